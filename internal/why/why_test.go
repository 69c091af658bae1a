// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

func class(edit func(*v1alpha1.PortalClassSpec)) *v1alpha1.PortalClass {
	object := &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: "gold", Generation: 4},
		Spec: v1alpha1.PortalClassSpec{
			Release: v1alpha1.PortalRelease{Version: "1.4.0", Image: "registry.example/portal:1.4.0"},
			Defaults: &v1alpha1.PortalSettings{
				Replicas: new(int32(3)), Inactivity: &v1alpha1.InactivitySettings{Months: new(int32(5))},
			},
			Bounds: &v1alpha1.ClassBounds{
				HostnameSuffixes: []string{"us.example"},
				Replicas:         &v1alpha1.ReplicaBounds{Min: new(int32(2)), Max: new(int32(6))},
				Inactivity:       &v1alpha1.InactivityBounds{MaxMonths: new(int32(6)), RequireEnforce: new(false)},
				Auth:             &v1alpha1.AuthBounds{MaxIdleMinutes: new(int32(10))},
			},
		},
	}
	if edit != nil {
		edit(&object.Spec)
	}
	return object
}

func portal(edit func(*v1alpha1.RegionalPortalSpec)) *v1alpha1.RegionalPortal {
	object := &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "markets", Name: "us", Generation: 7},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: "gold", Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealers",
			Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}},
			Locales: []string{"en-US"}, TimeZone: "America/Chicago", Hostname: "dealers.us.example",
		},
	}
	if edit != nil {
		edit(&object.Spec)
	}
	return object
}

func tenant(months *int32) *v1alpha1.DealerTenant {
	object := &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers", Name: "chi", Generation: 2},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: "us", Namespace: "markets"}, DealerCode: "CHI-1", DisplayName: "Chicago"},
	}
	if months != nil {
		object.Spec.Inactivity = &v1alpha1.TenantInactivity{Months: months}
	}
	return object
}

func explain(t *testing.T, s Subject) *Report {
	t.Helper()
	report, err := Explain(s)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func months(number int32) func(*v1alpha1.RegionalPortalSpec) {
	return func(spec *v1alpha1.RegionalPortalSpec) {
		spec.Inactivity = &v1alpha1.InactivitySettings{Months: &number}
	}
}

func postgres(spec *v1alpha1.RegionalPortalSpec) {
	spec.Database = &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL,
		PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "db", Key: "dsn"}}}
}

func TestStory(t *testing.T) {
	tests := map[string]struct {
		subject Subject
		path    string
		want    []string
	}{
		"a value of the portal within its bound": {Subject{Class: class(nil), Portal: portal(months(3))}, "inactivity.months", []string{
			"inactivity.months is 3.",
			"RegionalPortal us (generation 7) sets it to 3, in spec.inactivity.months.",
			"PortalClass gold (generation 4) says 5 in spec.defaults.inactivity.months, which does not count: RegionalPortal us goes first.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"It keeps to spec.bounds.inactivity.maxMonths of PortalClass gold, which is 6.",
		}},
		"a value that a bound clamps": {Subject{Class: class(nil), Portal: portal(months(9))}, "inactivity.months", []string{
			"inactivity.months is 6.",
			"RegionalPortal us (generation 7) sets it to 9, in spec.inactivity.months.",
			"PortalClass gold (generation 4) says 5 in spec.defaults.inactivity.months, which does not count: RegionalPortal us goes first.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"spec.inactivity.months: 9 is wanted, 6 is in force: spec.bounds.inactivity.maxMonths of PortalClass gold is 6.",
		}},
		"a value that a bound would clamp": {Subject{
			Class: class(func(spec *v1alpha1.PortalClassSpec) { spec.Bounds.Mode = v1alpha1.BoundsAudit }), Portal: portal(months(9)),
		}, "inactivity.months", []string{
			"inactivity.months is 9.",
			"RegionalPortal us (generation 7) sets it to 9, in spec.inactivity.months.",
			"PortalClass gold (generation 4) says 5 in spec.defaults.inactivity.months, which does not count: RegionalPortal us goes first.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"spec.inactivity.months: 9 would not be in force: spec.bounds.inactivity.maxMonths of PortalClass gold is 6. PortalClass gold only reports it: its spec.bounds.mode is Audit.",
		}},
		"a default of the class": {Subject{Class: class(nil), Portal: portal(nil)}, "inactivity.months", []string{
			"inactivity.months is 5.",
			"PortalClass gold (generation 4) sets it to 5, in spec.defaults.inactivity.months.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"RegionalPortal us could set it and does not.",
			"It keeps to spec.bounds.inactivity.maxMonths of PortalClass gold, which is 6.",
		}},
		"a built-in default that a bound clamps": {Subject{Class: class(nil), Portal: portal(nil)}, "auth.session.idleMinutes", []string{
			"auth.session.idleMinutes is 10.",
			"It is the built-in default, 20.",
			"RegionalPortal us and PortalClass gold could set it and do not.",
			"spec.auth.session.idleMinutes: 20 is wanted, 10 is in force: spec.bounds.auth.maxIdleMinutes of PortalClass gold is 10.",
		}},
		"a switch that is off is no bound": {Subject{Class: class(nil), Portal: portal(nil)}, "inactivity.mode", []string{
			"inactivity.mode is Observe.",
			"It is the built-in default, Observe.",
			"RegionalPortal us and PortalClass gold could set it and do not.",
			"No bound of PortalClass gold speaks of it.",
		}},
		"a value that nobody set": {Subject{Class: class(nil), Portal: portal(nil)}, "inactivity.maxDisabledPerRun", []string{
			"inactivity.maxDisabledPerRun is not set: nobody sets it, and there is no default.",
			"RegionalPortal us and PortalClass gold could set it and do not.",
			"No bound of PortalClass gold speaks of it.",
		}},
		"a value that only portals have": {Subject{Class: class(nil), Portal: portal(nil)}, "market", []string{
			"market is US.",
			"RegionalPortal us (generation 7) sets it to US, in spec.market.",
			"No bound of PortalClass gold speaks of it.",
		}},
		"the release of the class": {Subject{Class: class(nil), Portal: portal(nil)}, "image", []string{
			"image is registry.example/portal:1.4.0.",
			"PortalClass gold (generation 4) sets it to registry.example/portal:1.4.0, in spec.release.image.",
			"RegionalPortal us could set it and does not.",
			"No bound of PortalClass gold speaks of it.",
		}},
		"replicas of the class on an embedded database": {Subject{Class: class(nil), Portal: portal(nil)}, "replicas", []string{
			"replicas is 1.",
			"PortalClass gold (generation 4) sets it to 3, in spec.defaults.replicas.",
			"The built-in default, 1, does not count: PortalClass gold sets it.",
			"An Embedded database allows one pod, so 1 is in force.",
			"RegionalPortal us could set it and does not.",
			"It keeps to spec.bounds.replicas.min of PortalClass gold, which is 1.",
			"It keeps to spec.bounds.replicas.max of PortalClass gold, which is 6.",
		}},
		"one of two bounds is crossed": {Subject{Class: class(nil), Portal: portal(func(spec *v1alpha1.RegionalPortalSpec) {
			postgres(spec)
			spec.Replicas = new(int32(9))
		})}, "replicas", []string{
			"replicas is 6.",
			"RegionalPortal us (generation 7) sets it to 9, in spec.replicas.",
			"PortalClass gold (generation 4) says 3 in spec.defaults.replicas, which does not count: RegionalPortal us goes first.",
			"The built-in default, 2, does not count: PortalClass gold sets it.",
			"It keeps to spec.bounds.replicas.min of PortalClass gold, which is 2.",
			"spec.replicas: 9 is wanted, 6 is in force: spec.bounds.replicas.max of PortalClass gold is 6.",
		}},
		"a value that is refused": {Subject{Class: class(nil), Portal: portal(func(spec *v1alpha1.RegionalPortalSpec) { spec.Hostname = "ca.example" })}, "hostname", []string{
			"hostname would be ca.example, but nothing new comes into force until every problem is mended.",
			"RegionalPortal us (generation 7) sets it to ca.example, in spec.hostname.",
			`spec.hostname: ca.example is refused: spec.bounds.hostnameSuffixes of PortalClass gold is ["us.example"].`,
		}},
		"both bounds of an image": {Subject{Class: class(func(spec *v1alpha1.PortalClassSpec) {
			spec.Bounds.RequireDigest, spec.Bounds.AllowedRegistries = new(true), []string{"registry.example"}
		}), Portal: portal(func(spec *v1alpha1.RegionalPortalSpec) {
			spec.Image, spec.ImageVersion = "other.example/portal:1", "1.0.0"
		})}, "image", []string{
			"image would be other.example/portal:1, but nothing new comes into force until every problem is mended.",
			"RegionalPortal us (generation 7) sets it to other.example/portal:1, in spec.image.",
			"PortalClass gold (generation 4) says registry.example/portal:1.4.0 in spec.release.image, which does not count: RegionalPortal us goes first.",
			"spec.image: other.example/portal:1 is refused: spec.bounds.requireDigest of PortalClass gold is true.",
			`spec.image: other.example/portal:1 is refused: spec.bounds.allowedRegistries of PortalClass gold is ["registry.example"].`,
		}},
		"a tenant that is stricter": {Subject{Class: class(nil), Portal: portal(months(9)), Tenant: tenant(new(int32(2)))}, "inactivity.months", []string{
			"inactivity.months is 2.",
			"DealerTenant chi (generation 2) sets it to 2, in spec.inactivity.months.",
			"RegionalPortal us (generation 7) says 9 in spec.inactivity.months, which does not count: DealerTenant chi goes first.",
			"PortalClass gold (generation 4) says 5 in spec.defaults.inactivity.months, which does not count: RegionalPortal us goes first.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"It keeps to spec.bounds.inactivity.maxMonths of PortalClass gold, which is 6.",
			"It keeps to spec.inactivity.months of RegionalPortal us, which is 6.",
		}},
		"a tenant that is laxer": {Subject{Class: class(nil), Portal: portal(nil), Tenant: tenant(new(int32(12)))}, "inactivity.months", []string{
			"inactivity.months is 5.",
			"DealerTenant chi (generation 2) sets it to 12, in spec.inactivity.months.",
			"PortalClass gold (generation 4) says 5, which counts for the portal, and a tenant can only be stricter.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"RegionalPortal us could set it and does not.",
			"It keeps to spec.bounds.inactivity.maxMonths of PortalClass gold, which is 6.",
			"spec.inactivity.months: 12 is wanted, 5 is in force: spec.inactivity.months of RegionalPortal us is 5.",
		}},
		"a tenant without a period of its own": {Subject{Class: class(nil), Portal: portal(months(4)), Tenant: tenant(nil)}, "inactivity.months", []string{
			"inactivity.months is 4.",
			"RegionalPortal us (generation 7) sets it to 4, in spec.inactivity.months.",
			"PortalClass gold (generation 4) says 5 in spec.defaults.inactivity.months, which does not count: RegionalPortal us goes first.",
			"The built-in default, 6, does not count: PortalClass gold sets it.",
			"DealerTenant chi could set it and does not.",
			"It keeps to spec.bounds.inactivity.maxMonths of PortalClass gold, which is 6.",
			"It keeps to spec.inactivity.months of RegionalPortal us, which is 4.",
		}},
		"a tenant's own value": {Subject{Class: class(nil), Portal: portal(nil), Tenant: tenant(nil)}, "state", []string{
			"state is Active.",
			"It is the built-in default, Active.",
			"DealerTenant chi could set it and does not.",
			"No bound of PortalClass gold speaks of it.",
		}},
		"the portal's policy for a tenant": {Subject{Class: class(nil), Portal: portal(nil), Tenant: tenant(nil)}, "auth.password.minLength", []string{
			"auth.password.minLength is 15.",
			"It is the built-in default, 15.",
			"RegionalPortal us and PortalClass gold could set it and do not.",
			"No bound of PortalClass gold speaks of it.",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			narrowed, one := explain(t, test.subject).At(test.path)
			if !one {
				t.Fatalf("%s is no single value", test.path)
			}
			if diff := cmp.Diff(test.want, narrowed.Story(narrowed.Values[0])); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	selective := func(spec *v1alpha1.PortalClassSpec) {
		spec.AllowedNamespaces = &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"market": "us"}}}
	}
	tests := map[string]struct {
		subject Subject
		want    []string
	}{
		"none":                                 {Subject{Class: class(nil), Portal: portal(months(9))}, nil},
		"a namespace whose labels are unknown": {Subject{Class: class(selective), Portal: portal(nil)}, nil},
		"a namespace that is admitted":         {Subject{Class: class(selective), Portal: portal(nil), Namespace: labels.Set{"market": "us"}}, nil},
		"a namespace that is not admitted":     {Subject{Class: class(selective), Portal: portal(nil), Namespace: labels.Set{}}, []string{"PortalClass gold takes no portals from namespace markets"}},
		"a class that breaks its own bounds":   {Subject{Class: class(func(spec *v1alpha1.PortalClassSpec) { spec.Bounds.Inactivity.MaxMonths = new(int32(4)) }), Portal: portal(nil)}, []string{"PortalClass gold: spec.defaults.inactivity.months"}},
		"such a class for some namespaces": {Subject{Class: class(func(spec *v1alpha1.PortalClassSpec) {
			selective(spec)
			spec.Bounds.Inactivity.MaxMonths = new(int32(4))
		}), Portal: portal(nil)}, []string{"PortalClass gold: spec.defaults.inactivity.months"}},
		"a refused value and one that is wrong": {Subject{Class: class(nil), Portal: portal(func(spec *v1alpha1.RegionalPortalSpec) { spec.Hostname, spec.TimeZone = "ca.example", "Mars/North" })}, []string{`spec.timeZone: "Mars/North": unknown time zone`, "spec.hostname: ca.example is refused"}},
		"a refused value of a tenant's portal":  {Subject{Class: class(nil), Portal: portal(func(spec *v1alpha1.RegionalPortalSpec) { spec.Hostname = "ca.example" }), Tenant: tenant(nil)}, []string{"RegionalPortal us: spec.hostname: ca.example is refused"}},
		"a brand that the portal does not have": {Subject{Class: class(nil), Portal: portal(nil), Tenant: func() *v1alpha1.DealerTenant {
			object := tenant(nil)
			object.Spec.Brands = []string{"borealis"}
			return object
		}()}, []string{`spec.brands[0]: "borealis"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := explain(t, test.subject).Problems
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i := range got {
				if !strings.Contains(got[i], test.want[i]) {
					t.Errorf("got %q, want %q", got[i], test.want[i])
				}
			}
		})
	}
}

func TestAt(t *testing.T) {
	report := explain(t, Subject{Class: class(nil), Portal: portal(nil)})
	tests := map[string]struct {
		path        string
		one         bool
		first, last string
		number      int
	}{
		"everything":             {path: "", first: "replicas", last: "suspend.until", number: len(report.Values)},
		"everything, by name":    {path: "spec", first: "replicas", last: "suspend.until", number: len(report.Values)},
		"a value":                {path: "inactivity.months", one: true, first: "inactivity.months", last: "inactivity.months", number: 1},
		"a value as in the YAML": {path: "spec.inactivity.months", one: true, first: "inactivity.months", last: "inactivity.months", number: 1},
		"a group":                {path: "auth.session", first: "auth.session.idleMinutes", last: "auth.session.maxPerAccount", number: 3},
		"a group with a dot":     {path: "auth.session.", first: "auth.session.idleMinutes", last: "auth.session.maxPerAccount", number: 3},
		"an item of a list":      {path: "brands[0].name", one: true, first: "brands", last: "brands", number: 1},
		"an entry of a map":      {path: "workload.nodeSelector.disk", one: true, first: "workload.nodeSelector", last: "workload.nodeSelector", number: 1},
		"half a name":            {path: "inact"},
		"no such value":          {path: "inactivity.years"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			narrowed, one := report.At(test.path)
			if narrowed == nil {
				if test.number > 0 {
					t.Error("nothing was found")
				}
				return
			}
			first, last := narrowed.Values[0].Path, narrowed.Values[len(narrowed.Values)-1].Path
			if one != test.one || first != test.first || last != test.last || len(narrowed.Values) != test.number {
				t.Errorf("%d values from %s to %s, one: %t", len(narrowed.Values), first, last, one)
			}
		})
	}
	if paths := report.Paths(); !slices.Contains(paths, "auth") || !slices.Contains(paths, "auth.session") || !slices.Contains(paths, "auth.session.idleMinutes") {
		t.Errorf("paths lack a group or a value: %v", paths)
	}
}

// TestEveryBoundIsSpokenOf finds bounds of the API that no value knows of, and the other way round.
func TestEveryBoundIsSpokenOf(t *testing.T) {
	known := map[string]bool{"bounds.mode": true, "bounds.inactivity.maxExemptionDays": true}
	report := explain(t, Subject{Class: class(nil), Portal: portal(nil)})
	for _, s := range spoken {
		known[s.bound] = true
		if _, one := report.At(s.path); !one {
			t.Errorf("%s speaks of %s, which is no value", s.bound, s.path)
		}
	}
	var walk func(of reflect.Type, path string)
	walk = func(of reflect.Type, path string) {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			field := of.Field(i).Type
			if field.Kind() == reflect.Pointer && field.Elem().Kind() == reflect.Struct {
				walk(field.Elem(), path+"."+name)
				continue
			}
			if !known[path+"."+name] {
				t.Errorf("no value is said to be bounded by %s", path+"."+name)
			}
			delete(known, path+"."+name)
		}
	}
	walk(reflect.TypeFor[v1alpha1.ClassBounds](), "bounds")
	if len(known) > 0 {
		t.Errorf("these are no bounds: %v", known)
	}
}

// TestEveryGroupOfTheClassIsKnown compares what a class can default with the API.
func TestEveryGroupOfTheClassIsKnown(t *testing.T) {
	of := reflect.TypeFor[v1alpha1.PortalSettings]()
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); !defaulted(name) {
			t.Errorf("a class can set %s, which is not known", name)
		}
	}
}

// TestEveryValueIsDescribed finds values that the definitions say nothing of.
func TestEveryValueIsDescribed(t *testing.T) {
	for _, s := range []Subject{{Class: class(nil), Portal: portal(nil)}, {Class: class(nil), Portal: portal(nil), Tenant: tenant(nil)}} {
		for _, v := range explain(t, s).Values {
			if v.About == "" {
				t.Errorf("%s: nothing is said of the field", v.Path)
			}
		}
	}
}

// TestKnownPathsAreThoseOfReports compares what is offered with what a report of a full object has.
func TestKnownPathsAreThoseOfReports(t *testing.T) {
	for name, subject := range map[string]Subject{
		"a portal": {Class: class(nil), Portal: portal(postgres)},
		"a tenant": {Class: class(nil), Portal: portal(nil), Tenant: tenant(new(int32(3)))},
	} {
		t.Run(name, func(t *testing.T) {
			known, err := Known(subject.Tenant != nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(explain(t, subject).Paths(), known); diff != "" {
				t.Errorf("-report +known:\n%s", diff)
			}
		})
	}
}
