// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// TestMeanings proves that what a class means is remembered for exactly the versions that it was computed from.
func TestMeanings(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.PortalClass, *v1alpha1.RegionalPortal)
		anew   bool
	}{
		"a portal whose status changed": {func(_ *v1alpha1.PortalClass, p *v1alpha1.RegionalPortal) { p.ResourceVersion = "2" }, false},
		"a changed portal":              {func(_ *v1alpha1.PortalClass, p *v1alpha1.RegionalPortal) { p.Generation++ }, true},
		"another portal of that name":   {func(_ *v1alpha1.PortalClass, p *v1alpha1.RegionalPortal) { p.UID = "other" }, true},
		"a changed class":               {func(c *v1alpha1.PortalClass, _ *v1alpha1.RegionalPortal) { c.Generation++ }, true},
		"another class of that name":    {func(c *v1alpha1.PortalClass, _ *v1alpha1.RegionalPortal) { c.UID = "other" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			class := &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: "standard", UID: "class", Generation: 1}}
			class.Spec.Release = v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}
			portal := &v1alpha1.RegionalPortal{ObjectMeta: metav1.ObjectMeta{Namespace: "market", Name: "us", UID: "portal", Generation: 1}}
			portal.Spec = v1alpha1.RegionalPortalSpec{
				Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal", Hostname: "us.example",
				Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}},
				Locales: []string{"en-US"}, TimeZone: "America/Chicago",
			}
			portal.Status.Class = &v1alpha1.ClassStatus{Name: class.Name}
			m := &meanings{}
			if first := m.look(class, []v1alpha1.RegionalPortal{*portal})[portal.UID]; first.digest == "" {
				t.Fatal("the class means nothing for the portal")
			}
			const mark = "remembered"
			m.keep(class, map[types.UID]resolved{portal.UID: {generation: portal.Generation, digest: mark}})
			test.change(class, portal)
			found := m.look(class, []v1alpha1.RegionalPortal{*portal})
			if anew := found[portal.UID].digest != mark; anew != test.anew {
				t.Errorf("computed anew: %t, want %t", anew, test.anew)
			}
			if len(found) != 1 || len(m.look(class, nil)) != 0 || len(m.of(class)) != 0 {
				t.Error("portals that the class does not have are remembered")
			}
			m.forget(class.Name)
			if m.of(class) != nil {
				t.Error("a class that is gone is remembered")
			}
		})
	}
}
