// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"errors"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// draws runs a property more often than is the default.
func draws(t *testing.T, count int, property func(*rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set(fmt.Sprint(count)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = checks.Value.Set(before) }()
	rapid.Check(t, property)
}

// respected says in the plainest words whether what is in force respects each bound: first those that clamp, then those
// that refuse.
func respected(bounds *v1alpha1.ClassBounds, e *settings.Effective) (clamped, refused map[string]bool) {
	clamped, refused = map[string]bool{}, map[string]bool{}
	if r := bounds.Replicas; r != nil {
		for at := start.Add(-4 * time.Hour); at.Before(start.Add(4 * time.Hour)); at = at.Add(time.Hour) {
			scale := e.Scale(at)
			if alone := e.Database.Type == v1alpha1.DatabaseEmbedded; alone {
				clamped["replicas.min"] = scale.Least == 1 && scale.Most == 1
			} else {
				clamped["replicas.min"] = scale.Least >= *r.Min
			}
			clamped["replicas.max"] = r.Max == nil || scale.Most <= *r.Max
		}
	}
	if d := bounds.Database; d != nil && d.MaxConnections != nil {
		most := int32(0)
		for at := start.Add(-4 * time.Hour); at.Before(start.Add(4 * time.Hour)); at = at.Add(time.Hour) {
			most = max(most, e.Scale(at).Most)
		}
		refused["database.maxConnections"] = e.Database.Type == v1alpha1.DatabaseEmbedded || most == 0 || (most+1)*e.Database.MaxConnections <= *d.MaxConnections
	}
	if a, in := bounds.Auth, e.Settings.Auth; a != nil {
		clamped["auth.minPasswordLength"] = a.MinPasswordLength == nil || in.PasswordMinLength >= *a.MinPasswordLength
		order := []string{"Off", "Optional", "AdminsOnly", "Required"}
		factor := in.SecondFactor
		if factor == "" {
			factor = "AdminsOnly" // as the portal reads it
		}
		clamped["auth.secondFactor"] = slices.Index(order, factor) >= slices.Index(order, string(a.SecondFactor))
		refused["auth.allowedIssuers"] = len(a.AllowedIssuers) == 0 || in.SSO == nil || slices.Contains(a.AllowedIssuers, in.SSO.IssuerURL)
		clamped["auth.maxSessionHours"] = a.MaxSessionHours == nil || in.SessionAbsoluteHours <= *a.MaxSessionHours
		clamped["auth.maxIdleMinutes"] = a.MaxIdleMinutes == nil || in.SessionIdleMinutes <= *a.MaxIdleMinutes
	}
	if i, in := bounds.Inactivity, e.Settings.Inactivity; i != nil {
		clamped["inactivity.maxMonths"] = i.MaxMonths == nil || in.Months <= *i.MaxMonths
		clamped["inactivity.minWarnings"] = i.MinWarnings == nil || len(in.WarnDaysBefore) >= int(*i.MinWarnings)
		clamped["inactivity.maxDisabledPercentPerRun"] = i.MaxDisabledPercentPerRun == nil || in.MaxDisabledPercentPerRun <= *i.MaxDisabledPercentPerRun
		clamped["inactivity.requireEnforce"] = i.RequireEnforce == nil || !*i.RequireEnforce || in.Mode == "Enforce"
		clamped["inactivity.maxExemptionDays"] = i.MaxExemptionDays == nil || in.MaxExemptionDays <= *i.MaxExemptionDays
	}
	if n := bounds.Network; n != nil && *n.RequireStrict {
		refused["network.requireStrict"] = e.Network.Mode == "Strict"
	}
	if bounds.RequireDigest != nil && *bounds.RequireDigest {
		refused["requireDigest"] = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`).MatchString(e.Release.Image)
	}
	if len(bounds.AllowedRegistries) > 0 {
		full := map[string]string{"x:1": "docker.io/library/x", "x/y" + digest: "docker.io/x/y"}[e.Release.Image]
		if full == "" {
			full = e.Release.Image
		}
		refused["allowedRegistries"] = startsWithPartsOfAny(full, bounds.AllowedRegistries)
	}
	if len(bounds.HostnameSuffixes) > 0 {
		host := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(e.PublicURL, "http://"), "https://"), ":80")
		refused["hostnameSuffixes"] = endsWithLabelsOfAny(host, bounds.HostnameSuffixes)
	}
	return clamped, refused
}

// startsWithPartsOfAny compares names between slashes; the tag or digest of the last one is dropped.
func startsWithPartsOfAny(image string, places []string) bool {
	parts := strings.Split(image, "/")
	last := len(parts) - 1
	parts[last] = strings.FieldsFunc(parts[last], func(r rune) bool { return r == ':' || r == '@' })[0]
	return slices.ContainsFunc(places, func(place string) bool {
		want := strings.Split(place, "/")
		return len(want) <= len(parts) && slices.Equal(parts[:len(want)], want)
	})
}

func endsWithLabelsOfAny(host string, suffixes []string) bool {
	labels := strings.Split(host, ".")
	return slices.ContainsFunc(suffixes, func(suffix string) bool {
		want := strings.Split(suffix, ".")
		return len(want) <= len(labels) && slices.Equal(labels[len(labels)-len(want):], want)
	})
}

func TestNoCombinationCrossesABound(t *testing.T) {
	allowed, refusals := 0, 0
	draws(t, 5000, func(rt *rapid.T) {
		class, portal := drawPair(rt)
		explained, faults := settings.Explain(class, portal)
		if len(faults.List) > 0 {
			rt.Fatal(faults)
		}
		clamped, member := respected(class.Spec.Bounds, explained)
		for bound, ok := range clamped {
			if !ok {
				rt.Errorf("%s is crossed by what is in force: %+v", bound, explained)
			}
		}
		var want []string
		for bound, ok := range member {
			if !ok {
				want = append(want, "bounds."+bound)
			}
		}
		slices.Sort(want)
		var got []string
		_, err := settings.Resolve(class, portal)
		if refusal, refused := errors.AsType[*settings.Refusal](err); refused {
			for _, crossing := range refusal.Crossings {
				got = append(got, crossing.Bound)
			}
			refusals++
		} else {
			allowed++
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Errorf("refused by %v, want %v", got, want)
		}
	})
	if allowed < 100 || refusals < 100 {
		t.Errorf("%d were allowed and %d refused: the draws are too narrow", allowed, refusals)
	}
}

func TestAuditChangesNothing(t *testing.T) {
	draws(t, 2000, func(rt *rapid.T) {
		class, portal := drawPair(rt)
		class.Spec.Bounds.Mode = v1alpha1.BoundsAudit
		free := class.DeepCopy()
		free.Spec.Bounds = nil
		got, err := settings.Resolve(class, portal)
		if err != nil {
			rt.Fatalf("Audit refuses: %v", err)
		}
		want, err := settings.Resolve(free, portal)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got, exceptReports...); diff != "" {
			rt.Errorf("(-without bounds +with Audit):\n%s", diff)
		}
		enforced := class.DeepCopy()
		enforced.Spec.Bounds.Mode = v1alpha1.BoundsEnforce
		strict, _ := settings.Explain(enforced, portal)
		if len(strict.Crossings) != len(got.Crossings) {
			rt.Errorf("Audit reports %v, Enforce finds %v", got.Crossings, strict.Crossings)
		}
	})
}

// TestMergingTheRecordAgainGivesTheSame lays the recorded layers over each other and puts the recorded bound in force.
func TestMergingTheRecordAgainGivesTheSame(t *testing.T) {
	order := []v1alpha1.ValueSource{v1alpha1.SourceBuiltIn, v1alpha1.SourceClass, v1alpha1.SourcePortal, v1alpha1.SourceTenant}
	draws(t, 3000, func(rt *rapid.T) {
		class, portal := drawPair(rt)
		effective, _ := settings.Explain(class, portal)
		tenant := &v1alpha1.DealerTenant{Spec: v1alpha1.DealerTenantSpec{
			PortalRef: v1alpha1.PortalRef{Name: "us"}, DealerCode: "D1", DisplayName: "D",
			Inactivity: &v1alpha1.TenantInactivity{Months: maybe(rt, "tenant's months", rapid.Int32Range(1, 60))},
			Auth:       &v1alpha1.TenantAuth{SecondFactor: drawFactor(rt, "tenant's")},
		}}
		for _, value := range slices.Concat(effective.Values, settings.ExplainTenant(effective, tenant)) {
			var merged any
			source, last := v1alpha1.ValueSource(""), -1
			for _, layer := range value.Layers {
				place := slices.Index(order, layer.Source)
				if place <= last {
					rt.Errorf("%s: the layers are not in order: %v", value.Path, value.Layers)
				}
				merged, source, last = layer.Value, layer.Source, place
				if objects := layer.Object == nil; objects != (layer.Source == v1alpha1.SourceBuiltIn) {
					rt.Errorf("%s: %s is said by %v", value.Path, layer.Source, layer.Object)
				}
			}
			if bound := value.Bound; bound != nil {
				if !cmp.Equal(bound.Wanted, merged) && bound.Source != v1alpha1.SourceTenant {
					rt.Errorf("%s: the bound looked at %v, want %v", value.Path, bound.Wanted, merged)
				}
				merged = bound.InForce
				if bound.Source == v1alpha1.SourceTenant {
					source = value.Source // what the portal has is in force, and its source is named
				}
			}
			if !cmp.Equal(merged, value.Value) || source != value.Source {
				rt.Errorf("%s: %v of %q is in force, the record gives %v of %q: %+v", value.Path, value.Value, value.Source, merged, source, value)
			}
		}
	})
}

func TestATenantIsOnlyEverStricter(t *testing.T) {
	draws(t, 2000, func(rt *rapid.T) {
		class, portal := drawPair(rt)
		effective, err := settings.Resolve(class, portal)
		if err != nil {
			rt.Skip()
		}
		own := rapid.Int32Range(1, 60).Draw(rt, "tenant's months")
		order := []string{"Off", "Optional", "AdminsOnly", "Required"}
		factor := rapid.SampledFrom(order).Draw(rt, "tenant's factor")
		tenant := &v1alpha1.DealerTenant{Spec: v1alpha1.DealerTenantSpec{
			Inactivity: &v1alpha1.TenantInactivity{Months: &own}, Auth: &v1alpha1.TenantAuth{SecondFactor: v1alpha1.SecondFactorPolicy(factor)},
		}}
		told, verdict := settings.Tenant(effective, tenant)
		laxer := own > effective.Settings.Inactivity.Months
		laxerFactor := slices.Index(order, factor) < slices.Index(order, string(effective.SecondFactor()))
		if told.InactivityMonths != own || told.SecondFactor != factor || (verdict.Clamped != "") != (laxer || laxerFactor) ||
			strings.Contains(verdict.Clamped, "inactivity.months") != laxer || strings.Contains(verdict.Clamped, "auth.secondFactor") != laxerFactor {
			rt.Errorf("told %d and %s, verdict %q, the portal has %d and %s", told.InactivityMonths, told.SecondFactor, verdict.Clamped,
				effective.Settings.Inactivity.Months, effective.SecondFactor())
		}
		for _, value := range settings.ExplainTenant(effective, tenant) {
			want := order[max(slices.Index(order, factor), slices.Index(order, string(effective.SecondFactor())))]
			if value.Path == "auth.secondFactor" && value.Value != want {
				rt.Errorf("%v is in force, want %s", value.Value, want)
			}
			if want := min(own, effective.Settings.Inactivity.Months); value.Path == "inactivity.months" && value.Value != want {
				rt.Errorf("%v months are in force, want %d", value.Value, want)
			}
		}
	})
}
