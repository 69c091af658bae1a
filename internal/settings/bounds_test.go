// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// digest of an image that nobody has.
var digest = "@sha256:" + strings.Repeat("0a", 32)

// onPostgreSQL gives a portal a database that allows many pods.
func onPostgreSQL(p *v1alpha1.RegionalPortalSpec) {
	p.Database = &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
		SecretRef: v1alpha1.SecretKeyRef{Name: "db", Key: "dsn"},
	}}
}

func scaled(replicas int32) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { onPostgreSQL(p); p.Replicas = &replicas }
}

func named(image string) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { p.Image, p.ImageVersion = image, "1.0.0" }
}

// known gives a portal a host below portals.example and aliases.
func known(aliases ...string) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { p.Hostname, p.Aliases = "main.portals.example", aliases }
}

func hosted(name string) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { p.Hostname = name }
}

func unused(settings v1alpha1.InactivitySettings) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { p.Inactivity = &settings }
}

func session(settings v1alpha1.SessionSettings) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { p.Auth = &v1alpha1.AuthSettings{Session: &settings} }
}

func signsIn(settings v1alpha1.AuthSettings) func(*v1alpha1.RegionalPortalSpec) {
	return func(p *v1alpha1.RegionalPortalSpec) { p.Auth = &settings }
}

// provider is all that single sign-on needs.
func provider(issuer string) *v1alpha1.SSOSettings {
	return &v1alpha1.SSOSettings{
		IssuerURL: issuer, ClientID: "portals", ClientSecretRef: &v1alpha1.SecretKeyRef{Name: "login", Key: "current"}, ServiceDeskGroups: []string{"desk"},
	}
}

// eachBound has every bound with a value that just respects it and one that just does not.
var eachBound = map[string]struct {
	bounds     v1alpha1.ClassBounds
	at, beyond func(*v1alpha1.RegionalPortalSpec)
	// path of the value, and what is in force instead of beyond; nil when it is refused.
	path    string
	inForce any
}{
	"replicas.min": {
		bounds: v1alpha1.ClassBounds{Replicas: &v1alpha1.ReplicaBounds{Min: new(int32(2))}},
		at:     scaled(2), beyond: scaled(1), path: "replicas", inForce: int32(2),
	},
	"replicas.min with an Embedded database": {
		bounds: v1alpha1.ClassBounds{Replicas: &v1alpha1.ReplicaBounds{Min: new(int32(2))}},
		at:     func(p *v1alpha1.RegionalPortalSpec) { p.Replicas = new(int32(1)) },
		beyond: func(p *v1alpha1.RegionalPortalSpec) { p.Replicas = new(int32(0)) }, path: "replicas", inForce: int32(1),
	},
	"replicas.max": {
		bounds: v1alpha1.ClassBounds{Replicas: &v1alpha1.ReplicaBounds{Max: new(int32(4))}},
		at:     scaled(4), beyond: scaled(5), path: "replicas", inForce: int32(4),
	},
	"hostnameSuffixes": {
		bounds: v1alpha1.ClassBounds{HostnameSuffixes: []string{"other.example", "portals.example"}},
		at:     hosted("us.portals.example"), beyond: hosted("us.evilportals.example"), path: "hostname",
	},
	"hostnameSuffixes of aliases": {
		bounds: v1alpha1.ClassBounds{HostnameSuffixes: []string{"portals.example"}},
		at:     known("us.portals.example", "portals.example"), beyond: known("us.other.example"), path: "aliases",
	},
	"requireDigest": {
		bounds: v1alpha1.ClassBounds{RequireDigest: new(true)},
		at:     named("registry.example/portal" + digest), beyond: named("registry.example/portal:1.0.0"), path: "image",
	},
	"allowedRegistries": {
		bounds: v1alpha1.ClassBounds{AllowedRegistries: []string{"other.example", "registry.example/forecourt"}},
		at:     named("registry.example/forecourt/portal:1"), beyond: named("registry.example/forecourts/portal:1"), path: "image",
	},
	"auth.minPasswordLength": {
		bounds: v1alpha1.ClassBounds{Auth: &v1alpha1.AuthBounds{MinPasswordLength: new(int32(20))}},
		at: func(p *v1alpha1.RegionalPortalSpec) {
			p.Auth = &v1alpha1.AuthSettings{Password: &v1alpha1.PasswordSettings{MinLength: new(int32(20))}}
		},
		beyond: func(p *v1alpha1.RegionalPortalSpec) {
			p.Auth = &v1alpha1.AuthSettings{Password: &v1alpha1.PasswordSettings{MinLength: new(int32(19))}}
		},
		path: "auth.password.minLength", inForce: int32(20),
	},
	"auth.secondFactor": {
		bounds: v1alpha1.ClassBounds{Auth: &v1alpha1.AuthBounds{SecondFactor: v1alpha1.SecondFactorAdminsOnly}},
		at:     signsIn(v1alpha1.AuthSettings{SecondFactor: v1alpha1.SecondFactorAdminsOnly}),
		beyond: signsIn(v1alpha1.AuthSettings{SecondFactor: v1alpha1.SecondFactorOptional}), path: "auth.secondFactor", inForce: "AdminsOnly",
	},
	"auth.allowedIssuers": {
		bounds: v1alpha1.ClassBounds{Auth: &v1alpha1.AuthBounds{AllowedIssuers: []string{"https://other.example", "https://login.example/realms/staff"}}},
		at:     signsIn(v1alpha1.AuthSettings{SSO: provider("https://login.example/realms/staff")}),
		beyond: signsIn(v1alpha1.AuthSettings{SSO: provider("https://login.example/realms/staff/")}), path: "auth.sso.issuerURL",
	},
	"auth.maxSessionHours": {
		bounds: v1alpha1.ClassBounds{Auth: &v1alpha1.AuthBounds{MaxSessionHours: new(int32(8))}},
		at:     session(v1alpha1.SessionSettings{AbsoluteHours: new(int32(8))}),
		beyond: session(v1alpha1.SessionSettings{AbsoluteHours: new(int32(9))}), path: "auth.session.absoluteHours", inForce: int32(8),
	},
	"auth.maxIdleMinutes": {
		bounds: v1alpha1.ClassBounds{Auth: &v1alpha1.AuthBounds{MaxIdleMinutes: new(int32(10))}},
		at:     session(v1alpha1.SessionSettings{IdleMinutes: new(int32(10))}),
		beyond: session(v1alpha1.SessionSettings{IdleMinutes: new(int32(11))}), path: "auth.session.idleMinutes", inForce: int32(10),
	},
	"inactivity.maxMonths": {
		bounds: v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(9))}},
		at:     unused(v1alpha1.InactivitySettings{Months: new(int32(9))}),
		beyond: unused(v1alpha1.InactivitySettings{Months: new(int32(10))}), path: "inactivity.months", inForce: int32(9),
	},
	"inactivity.minWarnings": {
		bounds: v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MinWarnings: new(int32(2))}},
		at:     unused(v1alpha1.InactivitySettings{WarnDaysBefore: []int32{9, 1}}),
		beyond: unused(v1alpha1.InactivitySettings{WarnDaysBefore: []int32{9}}), path: "inactivity.warnDaysBefore", inForce: []int32{30, 9},
	},
	"inactivity.maxDisabledPercentPerRun": {
		bounds: v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxDisabledPercentPerRun: new(int32(7))}},
		at:     unused(v1alpha1.InactivitySettings{MaxDisabledPercentPerRun: new(int32(7))}),
		beyond: unused(v1alpha1.InactivitySettings{MaxDisabledPercentPerRun: new(int32(8))}), path: "inactivity.maxDisabledPercentPerRun", inForce: int32(7),
	},
	"inactivity.requireEnforce": {
		bounds: v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{RequireEnforce: new(true)}},
		at:     unused(v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityEnforce}),
		beyond: unused(v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityObserve}), path: "inactivity.mode", inForce: "Enforce",
	},
	"network.requireStrict": {
		bounds: v1alpha1.ClassBounds{Network: &v1alpha1.NetworkBounds{RequireStrict: new(true)}},
		at: func(p *v1alpha1.RegionalPortalSpec) {
			p.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict}
		},
		beyond: func(p *v1alpha1.RegionalPortalSpec) {
			p.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkOpen}
		},
		path: "network.mode",
	},
}

func TestEachBound(t *testing.T) {
	for name, test := range eachBound {
		t.Run(name, func(t *testing.T) {
			class, portal := smallClass(t), smallPortal(t)
			class.Spec.Bounds = &test.bounds
			test.at(&portal.Spec)
			if violations := resolve(t, class, portal).Violations(); len(violations) > 0 {
				t.Errorf("exactly at the bound: %v", violations)
			}

			test.beyond(&portal.Spec)
			effective, faults := settings.Explain(class, portal)
			if len(faults.List) > 0 {
				t.Fatal(faults)
			}
			violations, value := effective.Violations(), valueAt(t, effective, test.path)
			if len(violations) != 1 {
				t.Fatalf("one beyond: %v, want one violation", violations)
			}
			bound, _, _ := strings.Cut(name, " ")
			want := settings.Crossing{
				Path: test.path, Source: v1alpha1.SourcePortal, Wanted: value.Layers[len(value.Layers)-1].Value, InForce: test.inForce,
				Bound: "bounds." + bound, By: &settings.Object{Kind: "PortalClass", Name: class.Name}, Refused: test.inForce == nil,
			}
			if want.Refused {
				want.InForce = want.Wanted
			}
			if diff := cmp.Diff(want, violations[0], cmpopts.IgnoreFields(settings.Crossing{}, "Limit")); diff != "" {
				t.Errorf("one beyond (-want +got):\n%s", diff)
			}
			if !cmp.Equal(value.Value, want.InForce) || !cmp.Equal(value.Bound, &violations[0]) {
				t.Errorf("%v is reported with bound %v, want %v", value.Value, value.Bound, want.InForce)
			}
			_, err := settings.Resolve(class, portal)
			if refusal, refused := errors.AsType[*settings.Refusal](err); refused != want.Refused || (refused && refusal.Error() == "") {
				t.Errorf("Resolve answers %v", err)
			}
			audited(t, class, portal, test.path)
		})
	}
}

// audited checks that the bounds of a class only report when its mode is Audit.
func audited(t *testing.T, class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, path string) {
	t.Helper()
	audit, free := class.DeepCopy(), class.DeepCopy()
	audit.Spec.Bounds.Mode, free.Spec.Bounds = v1alpha1.BoundsAudit, nil
	got, want := resolve(t, audit, portal), resolve(t, free, portal)
	if violations := got.Violations(); len(violations) != 1 || !violations[0].Audit || !cmp.Equal(violations[0].InForce, violations[0].Wanted) {
		t.Errorf("with Audit: %v, want one that is reported only", violations)
	}
	if value := valueAt(t, got, path).Value; !cmp.Equal(value, valueAt(t, want, path).Value) {
		t.Errorf("with Audit %v is in force", value)
	}
	if diff := cmp.Diff(want, got, exceptReports...); diff != "" {
		t.Errorf("Audit changes what is in force (-without +with):\n%s", diff)
	}
}

// exceptReports compare what is in force, not what is said about it.
var exceptReports = cmp.Options{
	cmpopts.IgnoreFields(settings.Effective{}, "Crossings"),
	cmpopts.IgnoreFields(settings.Value{}, "Bound"),
	cmpopts.IgnoreFields(v1alpha1.ClassStatus{}, "Resolved"),
}

func valueAt(t *testing.T, effective *settings.Effective, path string) settings.Value {
	t.Helper()
	for _, value := range effective.Values {
		if value.Path == path {
			return value
		}
	}
	t.Fatalf("%s is not among the values", path)
	return settings.Value{}
}

func TestABoundHoldsOverWhatNobodySet(t *testing.T) {
	class := smallClass(t)
	class.Spec.Bounds = &v1alpha1.ClassBounds{
		Auth:       &v1alpha1.AuthBounds{MinPasswordLength: new(int32(20))},
		Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(3)), MaxExemptionDays: new(int32(90)), RequireEnforce: new(true)},
	}
	got := resolve(t, class, smallPortal(t))
	in := got.Settings
	if in.Auth.PasswordMinLength != 20 || in.Inactivity.Months != 3 || in.Inactivity.Mode != "Enforce" || in.Inactivity.MaxExemptionDays != 90 {
		t.Errorf("in force: %+v %+v", in.Auth, in.Inactivity)
	}
	if violations := got.Violations(); len(violations) > 0 {
		t.Errorf("the portal asked for nothing, but is told to mend %v", violations)
	}
	if err := settings.ValidateClass(class); err != nil {
		t.Errorf("the class asked for nothing either, but %v", err)
	}
}

func TestAClassMustRespectItsOwnBounds(t *testing.T) {
	for name, test := range eachBound {
		if test.path == "hostname" || test.path == "aliases" || strings.Contains(name, "Embedded") {
			continue // no class says where a portal answers, or on which database
		}
		t.Run(name, func(t *testing.T) {
			for _, mode := range []v1alpha1.BoundsMode{"", v1alpha1.BoundsAudit} {
				says := &v1alpha1.RegionalPortalSpec{}
				test.beyond(says)
				class := smallClass(t)
				class.Spec.Bounds, class.Spec.Defaults = test.bounds.DeepCopy(), &says.PortalSettings
				class.Spec.Bounds.Mode = mode
				field := "spec.defaults." + test.path
				if test.path == "image" {
					class.Spec.Release.Image, field = says.Image, "spec.release.image"
				}
				err := settings.ValidateClass(class)
				if err == nil || !strings.HasPrefix(err.Error(), field+": ") || !strings.Contains(err.Error(), "spec.bounds."+name) {
					t.Errorf("mode %q: %v, want %s and the bound in it", mode, err, field)
				}
			}
		})
	}
}

func TestALongListIsNotRepeatedInEveryMessage(t *testing.T) {
	class, portal := smallClass(t), smallPortal(t)
	class.Spec.Bounds = &v1alpha1.ClassBounds{HostnameSuffixes: []string{"a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example"}}
	portal.Spec.Hostname = "us.other.example"
	_, err := settings.Resolve(class, portal)
	want := `spec.hostname: us.other.example is refused: spec.bounds.hostnameSuffixes of PortalClass ` + class.Name +
		` is ["a.example","b.example","c.example","d.example","e.example"] and 2 more`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestThePolicyForTheStatus(t *testing.T) {
	class, portal := smallClass(t), smallPortal(t)
	class.Spec.Bounds = &v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(4))}}
	portal.Spec.Auth = &v1alpha1.AuthSettings{Session: &v1alpha1.SessionSettings{IdleMinutes: new(int32(7))}}
	policy := map[string]v1alpha1.EffectiveValue{}
	for _, value := range resolve(t, class, portal).Policy() {
		policy[value.Path] = value
	}
	for _, want := range []v1alpha1.EffectiveValue{
		{Path: "inactivity.months", Value: "4", Source: v1alpha1.SourceBuiltIn, Bound: "bounds.inactivity.maxMonths"},
		{Path: "inactivity.warnDaysBefore", Value: "[30,14,3]", Source: v1alpha1.SourceBuiltIn},
		{Path: "auth.session.idleMinutes", Value: "7", Source: v1alpha1.SourcePortal},
		{Path: "network.mode", Value: "Open", Source: v1alpha1.SourceBuiltIn},
		{Path: "replicas", Value: "1", Source: v1alpha1.SourceBuiltIn},
	} {
		if policy[want.Path] != want {
			t.Errorf("%+v, want %+v", policy[want.Path], want)
		}
	}
	if _, listed := policy["displayName"]; listed {
		t.Error("the name of the portal is no policy")
	}
}
