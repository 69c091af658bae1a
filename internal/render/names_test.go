// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/internal/render"
)

func all(names render.ChildNames) []string {
	return []string{names.Workload, names.Config, names.Keys, names.Internal, names.Data, names.Inactivity}
}

// TestNamesAreValidAndUnique draws portal names, long ones with common beginnings above all.
func TestNamesAreValidAndUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		long := rapid.StringMatching(`[a-z][-a-z0-9]{45,61}[a-z0-9]`)
		portal := rapid.OneOf(rapid.StringMatching(`[a-z]([-a-z0-9]{0,20}[a-z0-9])?`), long).Draw(t, "portal")
		other := portal[:len(portal)-1] + rapid.StringMatching(`[a-z0-9]`).Draw(t, "end")
		seen := map[string]bool{}
		for _, name := range all(render.Names(portal)) {
			if problems := validation.IsDNS1035Label(name); len(problems) > 0 || len(name) > 52 {
				t.Errorf("portal %q has a child %q (%d): %v", portal, name, len(name), problems)
			}
			if seen[name] {
				t.Errorf("portal %q has two children %q", portal, name)
			}
			seen[name] = true
		}
		if other == portal {
			return
		}
		for i, name := range all(render.Names(other)) {
			if all(render.Names(portal))[i] == name {
				t.Errorf("portals %q and %q share a child %q", portal, other, name)
			}
		}
	})
}

func TestShortNamesAreKept(t *testing.T) {
	if got := render.Names("us-dealers"); got.Workload != "us-dealers" || got.Inactivity != "us-dealers-inactivity" {
		t.Errorf("Names(us-dealers) = %+v", got)
	}
	if got := render.Names(strings.Repeat("a", 63)).Inactivity; !strings.HasSuffix(got, "-inactivity") {
		t.Errorf("the kind of child is lost in %q", got)
	}
}
