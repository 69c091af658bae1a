// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/why"
)

// TestDrawWhy draws a portal whose class clamps and refuses, and a dealership of it.
func TestDrawWhy(t *testing.T) {
	tests := map[string]struct {
		tenant bool
		path   string
	}{
		"why-portal":  {},
		"why-group":   {path: "inactivity"},
		"why-clamped": {path: "inactivity.months"},
		"why-refused": {path: "hostname"},
		"why-unset":   {path: "inactivity.maxDisabledPerRun"},
		"why-tenant":  {tenant: true},
		"why-laxer":   {tenant: true, path: "inactivity.months"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			subject := why.Subject{Class: &v1alpha1.PortalClass{}, Portal: &v1alpha1.RegionalPortal{}}
			fromFile(t, "class", subject.Class)
			fromFile(t, "portal", subject.Portal)
			if test.tenant {
				subject.Tenant = &v1alpha1.DealerTenant{}
				fromFile(t, "tenant", subject.Tenant)
			}
			report, err := why.Explain(subject)
			if err != nil {
				t.Fatal(err)
			}
			narrowed, one := report.At(test.path)
			p := &page{}
			drawWhy(p, narrowed, one)
			golden(t, name, p)
		})
	}
}

// fromFile reads an object of the files that the tests of why share.
func fromFile(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "why", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(raw, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
