// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// ingressServes judges an Ingress by the only thing that its controller reports: the addresses at which it serves it.
func ingressServes(ingress *networkingv1.Ingress) *verdict {
	for _, address := range ingress.Status.LoadBalancer.Ingress {
		if address.IP != "" || address.Hostname != "" {
			return &verdict{metav1.ConditionTrue, v1alpha1.ReasonAsExpected, "The controller of the Ingress reports an address"}
		}
	}
	class := "of the default class"
	if name := ingress.Spec.IngressClassName; name != nil {
		class = fmt.Sprintf("of IngressClass %q", *name)
	}
	return no(v1alpha1.ReasonRoutePending, "No controller has reported an address for the Ingress %s yet: see that one runs that takes it and publishes its address", class)
}

// parent is what a controller reports about one Gateway of an HTTPRoute.
type parent struct {
	ref        map[string]any
	conditions []metav1.Condition
}

// httpRouteServes judges an HTTPRoute: every Gateway that it names has to accept it, as it is now, and to find its Service.
func httpRouteServes(route *unstructured.Unstructured) *verdict {
	wanted, _, _ := unstructured.NestedSlice(route.Object, "spec", "parentRefs")
	parents := parentsOf(route)
	pending := (*verdict)(nil)
	for i := range wanted {
		ref, _ := wanted[i].(map[string]any)
		switch found := parentServes(route, ref, parents); {
		case found == nil:
		case found.reason == v1alpha1.ReasonRouteRefused:
			return found
		case pending == nil:
			pending = found
		}
	}
	if pending != nil {
		return pending
	}
	return &verdict{metav1.ConditionTrue, v1alpha1.ReasonAsExpected, "Every Gateway has accepted the HTTPRoute"}
}

// parentServes judges one Gateway; nil means that it serves. Several controllers may report on the same one: then it is enough
// that one of them serves it.
func parentServes(route *unstructured.Unstructured, ref map[string]any, parents []parent) *verdict {
	gateway := text(ref, "namespace", route.GetNamespace()) + "/" + text(ref, "name", "")
	worst := no(v1alpha1.ReasonRoutePending, "Gateway %s has not reported on the HTTPRoute yet: see that it exists and that its controller runs", gateway)
	for _, p := range parents {
		if !sameParent(route, ref, p.ref) {
			continue
		}
		found := p.judge(gateway, route.GetGeneration())
		if found == nil {
			return nil
		}
		if worst.reason != v1alpha1.ReasonRouteRefused {
			worst = found
		}
	}
	return worst
}

// judge looks at the conditions that the Gateway API asks of controllers; what they say of an earlier generation does not count.
func (p parent) judge(gateway string, generation int64) *verdict {
	for _, kind := range []string{"Accepted", "ResolvedRefs"} {
		c := meta.FindStatusCondition(p.conditions, kind)
		switch {
		case c == nil || c.ObservedGeneration < generation || c.Status == metav1.ConditionUnknown || (c.Status == metav1.ConditionFalse && c.Reason == "Pending"):
			return no(v1alpha1.ReasonRoutePending, "Gateway %s has not reported on this version of the HTTPRoute yet", gateway)
		case c.Status == metav1.ConditionFalse:
			return no(v1alpha1.ReasonRouteRefused, "Gateway %s reports %s=False for the HTTPRoute: %s", gateway, kind, quote(c.Reason, c.Message))
		}
	}
	return nil
}

// parentsOf reads the reports of an HTTPRoute.
func parentsOf(route *unstructured.Unstructured) []parent {
	list, _, _ := unstructured.NestedSlice(route.Object, "status", "parents")
	parents := make([]parent, 0, len(list))
	for i := range list {
		entry, _ := list[i].(map[string]any)
		ref, _ := entry["parentRef"].(map[string]any)
		parents = append(parents, parent{ref: ref, conditions: conditionsAt(entry, "conditions")})
	}
	return parents
}

// sameParent compares references; what one of them leaves out is the default.
func sameParent(route *unstructured.Unstructured, a, b map[string]any) bool {
	for field, otherwise := range map[string]string{
		"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": route.GetNamespace(), "name": "", "sectionName": "", "port": "",
	} {
		if text(a, field, otherwise) != text(b, field, otherwise) {
			return false
		}
	}
	return true
}

func text(ref map[string]any, field, otherwise string) string {
	if value, found := ref[field]; found && value != nil {
		return fmt.Sprint(value)
	}
	return otherwise
}

// conditionsAt reads the conditions of an object without types; what cannot be read is left out.
func conditionsAt(object map[string]any, path ...string) []metav1.Condition {
	list, _, _ := unstructured.NestedSlice(object, path...)
	found := make([]metav1.Condition, 0, len(list))
	for i := range list {
		entry, _ := list[i].(map[string]any)
		c := metav1.Condition{}
		if runtime.DefaultUnstructuredConverter.FromUnstructured(entry, &c) == nil {
			found = append(found, c)
		}
	}
	return found
}

// maxQuote is how much of another controller's message is repeated.
const maxQuote = 200

// quote repeats what another controller says, in one line.
func quote(reason, message string) string {
	line := []rune(strings.Join(strings.Fields(message), " "))
	if len(line) > maxQuote {
		line = append(line[:maxQuote], '…')
	}
	if len(line) == 0 {
		return reason
	}
	return reason + ": " + string(line)
}
