// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// maybe draws a pointer that is nil now and then.
func maybe[T any](t *rapid.T, name string, values *rapid.Generator[T]) *T {
	if !rapid.Bool().Draw(t, name+" is set") {
		return nil
	}
	return new(values.Draw(t, name))
}

func drawInactivity(t *rapid.T, who string) *v1alpha1.InactivitySettings {
	return &v1alpha1.InactivitySettings{
		Mode: rapid.SampledFrom([]v1alpha1.InactivityMode{
			"", v1alpha1.InactivityOff, v1alpha1.InactivityObserve, v1alpha1.InactivityEnforce,
		}).Draw(t, who+" mode"),
		Months:                   maybe(t, who+" months", rapid.Int32Range(1, 60)),
		GraceDays:                maybe(t, who+" grace", rapid.Int32Range(0, 365)),
		WarnDaysBefore:           drawWarnings(t, who),
		MaxDisabledPercentPerRun: maybe(t, who+" percent", rapid.Int32Range(1, 100)),
	}
}

func drawWarnings(t *rapid.T, who string) []int32 {
	if !rapid.Bool().Draw(t, who+" warns") {
		return nil
	}
	days := rapid.SliceOfNDistinct(rapid.Int32Range(1, 180), 1, 8, rapid.ID).Draw(t, who+" warnings")
	slices.Sort(days)
	slices.Reverse(days)
	return days
}

// drawSettings draws what class and portal may both say and bounds speak of.
func drawSettings(t *rapid.T, who string, mostPods int32) v1alpha1.PortalSettings {
	says := v1alpha1.PortalSettings{Replicas: maybe(t, who+" replicas", rapid.Int32Range(0, mostPods))}
	if mostPods > 1 && rapid.Bool().Draw(t, who+" autoscales") {
		least := maybe(t, who+" least pods", rapid.Int32Range(1, 6))
		says.Replicas = nil
		says.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{
			MinReplicas: least, MaxReplicas: maybe(t, who+" most pods", rapid.Int32Range(6, 14)),
			TargetCPUUtilizationPercent: maybe(t, who+" target", rapid.Int32Range(10, 400)),
		}}
	}
	if rapid.Bool().Draw(t, who+" auth") {
		says.Auth = &v1alpha1.AuthSettings{
			Password: &v1alpha1.PasswordSettings{MinLength: maybe(t, who+" length", rapid.Int32Range(15, 64))},
			Session: &v1alpha1.SessionSettings{
				IdleMinutes:   maybe(t, who+" idle", rapid.Int32Range(1, 60)),
				AbsoluteHours: maybe(t, who+" absolute", rapid.Int32Range(1, 24)),
			},
			SecondFactor: drawFactor(t, who),
		}
		if rapid.Bool().Draw(t, who+" sso") {
			says.Auth.SSO = provider(rapid.SampledFrom([]string{"https://a.example", "https://a.example/", "https://b.example/x"}).Draw(t, who+" issuer"))
		}
	}
	if rapid.Bool().Draw(t, who+" inactivity") {
		says.Inactivity = drawInactivity(t, who)
	}
	if rapid.Bool().Draw(t, who+" network") {
		says.Network = &v1alpha1.NetworkSettings{Mode: rapid.SampledFrom([]v1alpha1.NetworkMode{v1alpha1.NetworkOpen, v1alpha1.NetworkStrict}).Draw(t, who+" mode")}
	}
	return says
}

// drawFactor draws a policy for the second factor, or none.
func drawFactor(t *rapid.T, who string) v1alpha1.SecondFactorPolicy {
	return rapid.SampledFrom([]v1alpha1.SecondFactorPolicy{
		"", v1alpha1.SecondFactorOff, v1alpha1.SecondFactorOptional, v1alpha1.SecondFactorAdminsOnly, v1alpha1.SecondFactorRequired,
	}).Draw(t, who+" factor")
}

func drawImage(t *rapid.T, who string) string {
	return rapid.SampledFrom([]string{
		"a.example/x:1", "a.example/x/y:1", "a.example/x/y" + digest, "a.example:5000/x:1", "b.example/x:1" + digest, "x:1", "x/y" + digest,
	}).Draw(t, who+" image")
}

func drawBounds(t *rapid.T) *v1alpha1.ClassBounds {
	bounds := &v1alpha1.ClassBounds{
		RequireDigest: maybe(t, "digest", rapid.Bool()),
		HostnameSuffixes: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a.example", "b.a.example", "example", "other.example"}), 0, 2, rapid.ID).
			Draw(t, "suffixes"),
		AllowedRegistries: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a.example", "a.example/x", "a.example:5000", "b.example", "docker.io"}), 0, 3, rapid.ID).
			Draw(t, "registries"),
	}
	if rapid.Bool().Draw(t, "bounds replicas") {
		least := rapid.Int32Range(1, 9).Draw(t, "least pods")
		bounds.Replicas = &v1alpha1.ReplicaBounds{Min: &least, Max: maybe(t, "most pods", rapid.Int32Range(least, 12))}
	}
	if rapid.Bool().Draw(t, "bounds auth") {
		bounds.Auth = &v1alpha1.AuthBounds{
			MinPasswordLength: maybe(t, "least length", rapid.Int32Range(15, 64)),
			MaxSessionHours:   maybe(t, "most hours", rapid.Int32Range(1, 24)), MaxIdleMinutes: maybe(t, "most minutes", rapid.Int32Range(1, 60)),
			SecondFactor:   drawFactor(t, "least"),
			AllowedIssuers: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"https://a.example", "https://b.example/x"}), 0, 2, rapid.ID).Draw(t, "issuers"),
		}
	}
	if rapid.Bool().Draw(t, "bounds inactivity") {
		bounds.Inactivity = &v1alpha1.InactivityBounds{
			MaxMonths: maybe(t, "most months", rapid.Int32Range(1, 60)), MinWarnings: maybe(t, "least warnings", rapid.Int32Range(1, 3)),
			MaxDisabledPercentPerRun: maybe(t, "most percent", rapid.Int32Range(1, 100)), RequireEnforce: maybe(t, "enforce", rapid.Bool()),
			MaxExemptionDays: maybe(t, "most exempt", rapid.Int32Range(1, 3650)),
		}
	}
	if rapid.Bool().Draw(t, "bounds database") {
		bounds.Database = &v1alpha1.DatabaseBounds{MaxConnections: maybe(t, "most connections", rapid.Int32Range(2, 200))}
	}
	if rapid.Bool().Draw(t, "bounds network") {
		bounds.Network = &v1alpha1.NetworkBounds{RequireStrict: new(rapid.Bool().Draw(t, "strict"))}
	}
	return bounds
}

// drawPair draws a class with bounds and a portal of it, both valid for the API.
func drawPair(t *rapid.T) (*v1alpha1.PortalClass, *v1alpha1.RegionalPortal) {
	says := drawSettings(t, "class", 12)
	class := &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: "standard", Generation: 3}, Spec: v1alpha1.PortalClassSpec{
		Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: drawImage(t, "class")}, Defaults: &says, Bounds: drawBounds(t),
	}}
	portal := &v1alpha1.RegionalPortal{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "us", UID: "u", Generation: 5}}
	portal.Spec = v1alpha1.RegionalPortalSpec{
		Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Portal", Brands: []v1alpha1.Brand{{Name: "a", DisplayName: "A"}},
		Locales: []string{"en"}, TimeZone: "UTC",
		Hostname: rapid.SampledFrom([]string{"a.example", "us.a.example", "us.b.a.example", "us.aa.example", "us.other.example.evil", "x.localhost:80"}).Draw(t, "host"),
	}
	if rapid.Bool().Draw(t, "postgresql") {
		onPostgreSQL(&portal.Spec)
		portal.Spec.PortalSettings = drawSettings(t, "portal", 12)
	} else {
		portal.Spec.PortalSettings = drawSettings(t, "portal", 1)
	}
	drawBoost(t, &portal.Spec)
	if rapid.Bool().Draw(t, "portal image") {
		portal.Spec.Image, portal.Spec.ImageVersion = drawImage(t, "portal"), "1.0.1"
	}
	return class, portal
}

// start is when boosts are drawn around.
var start = time.Date(2026, time.November, 27, 0, 0, 0, 0, time.UTC)

// drawBoost gives the portal a boost, and a share of the connections, now and then.
func drawBoost(t *rapid.T, spec *v1alpha1.RegionalPortalSpec) {
	if spec.Database != nil {
		spec.Database.PostgreSQL.MaxConnections = maybe(t, "connections", rapid.Int32Range(2, 30))
	}
	if !rapid.Bool().Draw(t, "boosts") {
		return
	}
	if spec.Scaling == nil {
		spec.Scaling = &v1alpha1.ScalingSettings{}
	}
	spec.Scaling.Boost = &v1alpha1.BoostSettings{
		MinReplicas: new(rapid.Int32Range(1, 14).Draw(t, "boost")), Reason: "Sale",
		Until: metav1.NewTime(start.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "boost hours")) * time.Hour)),
	}
}
