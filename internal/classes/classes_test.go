// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package classes_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
)

func TestDefault(t *testing.T) {
	class := func(name string, day int, mark string) v1alpha1.PortalClass {
		made := metav1.NewTime(time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC))
		return v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{
			Name: name, CreationTimestamp: made, Annotations: map[string]string{v1alpha1.AnnotationDefaultClass: mark},
		}}
	}
	tests := map[string]struct {
		all  []v1alpha1.PortalClass
		want string
	}{
		"no class at all":                       {},
		"none is marked":                        {all: []v1alpha1.PortalClass{class("a", 1, ""), class("b", 1, "false")}},
		"the marked one wins":                   {all: []v1alpha1.PortalClass{class("a", 1, ""), class("b", 2, "true")}, want: "b"},
		"the older of two marked ones wins":     {all: []v1alpha1.PortalClass{class("a", 2, "true"), class("b", 1, "true")}, want: "b"},
		"of two of one age the first name wins": {all: []v1alpha1.PortalClass{class("b", 1, "true"), class("a", 1, "true")}, want: "a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			if chosen := classes.Default(test.all); chosen != nil {
				got = chosen.Name
			}
			if got != test.want {
				t.Errorf("Default class %q: want %q", got, test.want)
			}
		})
	}
}
