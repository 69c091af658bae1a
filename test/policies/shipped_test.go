// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// TestNoPolicyCanHoldUpACluster holds what makes every policy harmless when it cannot be evaluated.
func TestNoPolicyCanHoldUpACluster(t *testing.T) {
	for _, policy := range shippedPolicies(t) {
		if failure := policy.Spec.FailurePolicy; failure == nil || *failure != admissionv1.Ignore {
			t.Errorf("%s: failurePolicy %v, want Ignore", policy.Name, failure)
		}
		for _, rule := range policy.Spec.MatchConstraints.ResourceRules {
			for _, resource := range rule.Resources {
				if strings.ContainsAny(resource, "*/") {
					t.Errorf("%s looks at %s: subresources are not for policies", policy.Name, resource)
				}
			}
			if diff := cmp.Diff([]string{v1alpha1.GroupVersion.Group}, rule.APIGroups); diff != "" {
				t.Errorf("%s looks at others' objects: %s", policy.Name, diff)
			}
		}
		for _, validation := range policy.Spec.Validations {
			if validation.Message == "" {
				t.Errorf("%s: a validation without a message, for values that are too long to be repeated", policy.Name)
			}
		}
	}
}

// TestEveryPolicyIsBound holds the shape of the bindings.
func TestEveryPolicyIsBound(t *testing.T) {
	bindings := map[string]admissionv1.ValidatingAdmissionPolicyBindingSpec{}
	for _, binding := range shippedBindings(t) {
		if binding.Name != binding.Spec.PolicyName {
			t.Errorf("binding %s is of %s: they share a name", binding.Name, binding.Spec.PolicyName)
		}
		bindings[binding.Spec.PolicyName] = binding.Spec
	}
	policies := shippedPolicies(t)
	for _, policy := range policies {
		binding := bindings[policy.Name]
		if len(binding.ValidationActions) != 1 {
			t.Errorf("%s: actions %v, want one", policy.Name, binding.ValidationActions)
		}
		var want *admissionv1.ParamRef
		if policy.Spec.ParamKind != nil {
			want = &admissionv1.ParamRef{Selector: &metav1.LabelSelector{}, ParameterNotFoundAction: new(admissionv1.AllowAction)}
		}
		if diff := cmp.Diff(want, binding.ParamRef); diff != "" {
			t.Errorf("%s: every class is a parameter, and none is needed: %s", policy.Name, diff)
		}
	}
	if len(bindings) != len(policies) {
		t.Errorf("%d bindings for %d policies", len(bindings), len(policies))
	}
}

// TestAuditSaysTheSame compares the policies for mode Audit with those for Enforce: only the mode differs.
func TestAuditSaysTheSame(t *testing.T) {
	byName := map[string]admissionv1.ValidatingAdmissionPolicy{}
	for _, policy := range shippedPolicies(t) {
		byName[policy.Name] = policy
	}
	pairs := 0
	for name, audit := range byName {
		enforce, found := byName[strings.TrimSuffix(name, "-audit")]
		if !found || enforce.Name == name {
			continue
		}
		pairs++
		last := len(audit.Spec.MatchConditions) - 1
		audit.Spec.MatchConditions[last].Name = "mode-enforce"
		audit.Spec.MatchConditions[last].Expression = strings.Replace(audit.Spec.MatchConditions[last].Expression, "== 'Audit'", "== 'Enforce'", 1)
		if diff := cmp.Diff(enforce.Spec, audit.Spec); diff != "" {
			t.Errorf("%s differs in more than the mode: %s", name, diff)
		}
	}
	if pairs != 5 {
		t.Errorf("%d pairs, want 5", pairs)
	}
}

// TestEveryBoundHasAPolicy finds bounds of the API that no policy speaks of.
func TestEveryBoundHasAPolicy(t *testing.T) {
	// What administrators may do later is not in the portal's spec.
	known := map[string]bool{"bounds.mode": true, "bounds.inactivity.maxExemptionDays": true}
	for _, policy := range shippedPolicies(t) {
		for _, validation := range policy.Spec.Validations {
			known[subjectOf(t, validation)] = true
		}
	}
	var walk func(of reflect.Type, path string)
	walk = func(of reflect.Type, path string) {
		for field := range of.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if inner := field.Type; inner.Kind() == reflect.Pointer && inner.Elem().Kind() == reflect.Struct {
				walk(inner.Elem(), path+"."+name)
			} else if !known[path+"."+name] {
				t.Errorf("no policy speaks of %s", path+"."+name)
			}
		}
	}
	walk(reflect.TypeFor[v1alpha1.ClassBounds](), "bounds")
}
