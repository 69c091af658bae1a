// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package world

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Sizes of a fleet.
const (
	fleetTenants = 50 // of each portal
	fleetCommon  = 24 // portals of the first class
	fleetOwn     = 10 // of these, portals that say themselves after how many months an account is due
)

// markets are forty countries.
var markets = strings.Fields("AR AT AU BE BG BR CA CH CL CN CO CZ DE DK EE ES FI FR GB GR HR HU IE IN IT JP KR LT LV MX NL NO NZ PL PT RO SE SI TR US")

// quietSchedule is one whose next run no test lives to see.
const quietSchedule = "0 0 29 2 *"

// Fleet is forty markets in two classes with fifty tenants each.
type Fleet struct {
	// Common and Strict are the classes: the first has 24 portals and no bounds, the second 16 and a few bounds, which two of
	// its portals cross.
	Common, Strict *v1alpha1.PortalClass
	// Portals of the forty markets, by name in lower case.
	Portals []*v1alpha1.RegionalPortal
	// Tenants of all portals.
	Tenants []*v1alpha1.DealerTenant
}

// NewFleet builds a fleet whose portals and tenants are in one namespace. Nothing is created. Names of classes begin with the
// prefix.
func NewFleet(namespace, prefix string) *Fleet {
	f := &Fleet{Common: fleetClass(prefix + "-common"), Strict: fleetClass(prefix + "-strict")}
	f.Common.Spec.Defaults.Inactivity.Months = new(int32(6))
	f.Strict.Spec.Bounds = &v1alpha1.ClassBounds{
		HostnameSuffixes: []string{"portals.example"},
		Auth:             &v1alpha1.AuthBounds{MinPasswordLength: new(int32(18))},
		Inactivity:       &v1alpha1.InactivityBounds{MaxMonths: new(int32(9))},
	}
	for i, market := range markets {
		portal := fleetPortal(namespace, market)
		portal.Spec.ClassName = f.Common.Name
		switch {
		case i < fleetOwn:
			portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Months: new(int32(3))}
		case i >= len(markets)-2:
			portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Months: new(int32(12))}
		}
		if i >= fleetCommon {
			portal.Spec.ClassName = f.Strict.Name
		}
		f.Portals = append(f.Portals, portal)
		for number := range fleetTenants {
			f.Tenants = append(f.Tenants, fleetTenant(portal, number))
		}
	}
	return f
}

// Tighten makes the first class disable unused accounts after four months instead of six.
func (*Fleet) Tighten(common *v1alpha1.PortalClass) {
	common.Spec.Defaults.Inactivity.Months = new(int32(4))
}

// Touched names the fourteen portals for which Tighten means something else: those of the class that say nothing themselves.
func (f *Fleet) Touched() []string {
	var names []string
	for _, portal := range f.Portals {
		if portal.Spec.ClassName == f.Common.Name && portal.Spec.Inactivity == nil {
			names = append(names, portal.Name)
		}
	}
	return names
}

func fleetClass(name string) *v1alpha1.PortalClass {
	return &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.PortalClassSpec{
			Release:  v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"},
			Defaults: &v1alpha1.PortalSettings{Inactivity: &v1alpha1.InactivitySettings{Schedule: quietSchedule}},
		},
	}
}

func fleetPortal(namespace, market string) *v1alpha1.RegionalPortal {
	name := strings.ToLower(market)
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			Market: market, Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal " + market,
			Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}},
			Locales: []string{"en"}, TimeZone: "UTC", Hostname: name + ".portals.example",
		},
	}
}

func fleetTenant(portal *v1alpha1.RegionalPortal, number int) *v1alpha1.DealerTenant {
	code := fmt.Sprintf("%s-%03d", portal.Spec.Market, number)
	return &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: portal.Namespace, Name: strings.ToLower(code)},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: portal.Name}, DealerCode: code, DisplayName: "Dealership " + code},
	}
}
