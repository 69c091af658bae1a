// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"errors"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

func TestUsable(t *testing.T) {
	team := &metav1.LabelSelector{MatchLabels: map[string]string{"team": "dealers"}}
	for name, test := range map[string]struct {
		allowed *v1alpha1.NamespaceSelector
		image   string
		labels  labels.Set
		reason  string // empty when the class is usable
		says    []string
	}{
		"a class that says nothing takes every namespace": {},
		"All takes every namespace":                       {allowed: &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}},
		"a selector takes namespaces with the labels":     {allowed: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: team}, labels: labels.Set{"team": "dealers", "x": "y"}},
		"an empty selector takes every namespace":         {allowed: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{}}},
		"a selector does not take namespaces without them": {
			allowed: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: team}, labels: labels.Set{"team": "others"},
			reason: v1alpha1.ReasonNamespaceNotAllowed, says: []string{"namespace n:", "team=dealers", "spec.allowedNamespaces"},
		},
		"nobody can use an invalid class, whatever it takes": {
			image: "Not An Image", allowed: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: team},
			reason: v1alpha1.ReasonClassInvalid, says: []string{"spec.release.image"},
		},
		"a selector that cannot be read makes the class invalid": {
			allowed: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{
				MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Like"}},
			}},
			reason: v1alpha1.ReasonClassInvalid, says: []string{"spec.allowedNamespaces.selector"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			class := smallClass(t)
			class.Spec.AllowedNamespaces = test.allowed
			if test.image != "" {
				class.Spec.Release.Image = test.image
			}
			err := settings.Usable(class, "n", test.labels)
			unusable, refused := errors.AsType[*settings.Unusable](err)
			if refused != (test.reason != "") || (refused && unusable.Reason != test.reason) {
				t.Fatalf("%v, want reason %q", err, test.reason)
			}
			for _, word := range append(test.says, class.Name) {
				if refused && !strings.Contains(err.Error(), word) {
					t.Errorf("%q: want %q in it", err, word)
				}
			}
		})
	}
}
