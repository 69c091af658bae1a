// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Sizes of the comparison.
const (
	randomClasses = 8
	randomPortals = 160
)

// TestThePoliciesSayWhatTheOperatorDoes compares the answers to random portals of random classes with what package settings
// makes of them, word for word.
func TestThePoliciesSayWhatTheOperatorDoes(t *testing.T) {
	s := start(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := dice{rand.New(rand.NewPCG(seed, 0))}
	made := make([]*v1alpha1.PortalClass, randomClasses)
	for i := range made {
		made[i] = random.class(fmt.Sprintf("random-%d", i))
		store(t, made[i])
		s.known(t, made[i].Name)
	}
	told := map[string]int{}
	for range randomPortals {
		class := made[random.IntN(len(made))]
		portal := random.portal(t, s, class.Name)
		effective, _ := settings.Explain(class, portal)
		object := &unstructured.Unstructured{}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(portal)
		if err != nil {
			t.Fatal(err)
		}
		object.Object = content
		delete(content, "status")
		object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("RegionalPortal"))
		compare(t, effective.Crossings, create(t, object, dry), told)
		if t.Failed() {
			t.Fatalf("class %s\nportal %s", text(class.Spec.Bounds), text(portal.Spec))
		}
	}
	t.Logf("%v", told)
	if told[denied] == 0 || told[warned] == 0 || told[silent] == 0 {
		t.Errorf("%v: the random objects do not bring all answers", told)
	}
}

// TestNamespacesAreAdmittedAsTheOperatorDoes compares the answers for every class in every namespace.
func TestNamespacesAreAdmittedAsTheOperatorDoes(t *testing.T) {
	s := start(t)
	refused := 0
	for name := range variants {
		class := &v1alpha1.PortalClass{}
		if err := plane.Admin.Get(t.Context(), types.NamespacedName{Name: name}, class); err != nil {
			t.Fatal(err)
		}
		for namespace, labels := range namespaces {
			want := ""
			if unusable, ok := errors.AsType[*settings.Unusable](settings.Usable(class, s.namespaces[namespace], labels)); ok {
				want, _, _ = strings.Cut(unusable.Message, " wants ")
				refused++
			}
			v := create(t, merge(t, s.portal(t, namespace, "admitted"), "{spec: {className: "+name+", network: {mode: Strict}}}"), dry)
			if want == "" && !v.silent() || want != "" && !contains(v.denied, want+" wants ") {
				t.Errorf("class %s in namespace %s: want %q, the policies say:\n%s", name, namespace, want, v)
			}
		}
	}
	if refused < 10 {
		t.Errorf("only %d of the pairs are refused", refused)
	}
}

// compare finds what one side says and the other does not. Of several refusals the API server tells one.
func compare(t *testing.T, crossings []settings.Crossing, v verdict, told map[string]int) {
	t.Helper()
	var deny, warn []string
	for _, crossing := range crossings {
		switch {
		case crossing.Source != v1alpha1.SourcePortal && crossing.Path != "network.mode" && crossing.Reckoning == "":
			// nobody wrote it into the portal
		case crossing.Refused && !crossing.Audit:
			deny = append(deny, crossing.String())
		default:
			warn = append(warn, crossing.String())
		}
	}
	for _, message := range v.denied {
		if !slices.ContainsFunc(deny, func(want string) bool { return tells(message, want) }) {
			t.Errorf("denied, but settings does not refuse: %s", message)
		}
	}
	for _, message := range v.warned {
		if !slices.ContainsFunc(warn, func(want string) bool { return tells(message, want) }) {
			t.Errorf("warned, but settings does not say: %s", message)
		}
	}
	if (len(deny) > 0) != (len(v.denied) > 0) {
		t.Errorf("settings refuses %q, the policies %q", deny, v.denied)
	}
	if len(warn) != len(v.warned) {
		t.Errorf("settings tells %q, the policies %q", warn, v.warned)
	}
	told[denied] += min(len(deny), 1)
	told[warned] += len(warn)
	if v.silent() {
		told[silent]++
	}
}

// tells says whether a message holds what settings says, whole; a cure may come after it.
func tells(message, want string) bool {
	return strings.Contains(message, want+"; ") || strings.HasSuffix(message, want)
}

func text(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// dice makes random objects.
type dice struct{ *rand.Rand }

// one is true once in so many times.
func (d dice) one(in int) bool { return d.IntN(in) == 0 }

// number is unset at times, otherwise from least to most.
func (d dice) number(least, most int32) *int32 {
	if d.one(4) {
		return nil
	}
	return new(least + d.Int32N(most-least+1))
}

func (d dice) flag() *bool {
	if d.one(3) {
		return nil
	}
	return new(d.one(2))
}

func pick[T any](d dice, values ...T) T { return values[d.IntN(len(values))] }

// class has the host of the probe out of bounds, so that the test can wait for it.
func (d dice) class(name string) *v1alpha1.PortalClass {
	low := 1 + d.Int32N(3)
	class := &v1alpha1.PortalClass{}
	class.Name = name
	class.Spec.Release = v1alpha1.PortalRelease{Version: "1.0.0", Image: good}
	class.Spec.Bounds = &v1alpha1.ClassBounds{
		Mode:              pick(d, "", v1alpha1.BoundsEnforce, v1alpha1.BoundsAudit),
		HostnameSuffixes:  pick(d, []string{"us.example"}, []string{"us.example", "ca.example"}, []string{"example", "localhost"}),
		RequireDigest:     d.flag(),
		AllowedRegistries: pick(d, nil, []string{"registry.example"}, []string{"registry.example/portals", "docker.io/library", "mirror.example:5000/a"}),
		Replicas:          pick(d, nil, &v1alpha1.ReplicaBounds{Min: &low}, &v1alpha1.ReplicaBounds{Min: &low, Max: new(low + 2)}),
		Auth: pick(d, nil, &v1alpha1.AuthBounds{
			MinPasswordLength: new(15 + d.Int32N(10)), MaxIdleMinutes: d.number(1, 60), MaxSessionHours: d.number(1, 24),
			SecondFactor:   pick(d, "", v1alpha1.SecondFactorOff, v1alpha1.SecondFactorOptional, v1alpha1.SecondFactorAdminsOnly, v1alpha1.SecondFactorRequired),
			AllowedIssuers: pick(d, nil, []string{"https://a.example"}, []string{"https://a.example", "https://b.example/x"}),
		}),
		Inactivity: pick(d, nil, &v1alpha1.InactivityBounds{
			MaxMonths: new(1 + d.Int32N(24)), MinWarnings: d.number(1, 3), MaxDisabledPercentPerRun: d.number(1, 20), RequireEnforce: d.flag(),
		}),
		Network:  pick(d, nil, &v1alpha1.NetworkBounds{RequireStrict: new(d.one(2))}),
		Database: pick(d, nil, &v1alpha1.DatabaseBounds{MaxConnections: new(2 + d.Int32N(200))}),
	}
	class.Spec.Defaults = pick(d, nil, &v1alpha1.PortalSettings{Replicas: d.number(0, 6)}, &v1alpha1.PortalSettings{Scaling: &v1alpha1.ScalingSettings{
		Autoscaling: &v1alpha1.AutoscalingSettings{MinReplicas: d.number(1, 6), MaxReplicas: new(6 + d.Int32N(6))},
	}})
	return class
}

func (d dice) portal(t *testing.T, s *setting, class string) *v1alpha1.RegionalPortal {
	t.Helper()
	portal := &v1alpha1.RegionalPortal{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(s.portal(t, "us", "random").Object, portal); err != nil {
		t.Fatal(err)
	}
	spec := &portal.Spec
	spec.ClassName = class
	spec.Hostname = pick(d, "us.example", "a.us.example", "a.ca.example", "a.notus.example", "a.localhost:8080")
	if d.one(2) {
		spec.ImageVersion = "1.0.0"
		spec.Image = pick(d, "", "registry.example/", "registry.example/portals/", "registry.example/portals-old/", "somebody/", "localhost/", "docker.io/", "index.docker.io/", "index.docker.io/a/", "mirror.example:5000/a/b/") +
			"portal" + pick(d, "", ":1", ":1"+sum, sum)
	}
	spec.Replicas = d.number(0, 6)
	if d.one(3) {
		spec.Database, spec.Replicas = nil, d.number(0, 1)
	} else {
		spec.Database.PostgreSQL.MaxConnections = d.number(2, 40)
		d.autoscale(spec)
	}
	if d.one(3) {
		if spec.Scaling == nil {
			spec.Scaling = &v1alpha1.ScalingSettings{}
		}
		spec.Scaling.Boost = &v1alpha1.BoostSettings{MinReplicas: new(1 + d.Int32N(9)), Until: metav1.Now(), Reason: "Sale"}
	}
	if !d.one(4) {
		spec.Auth = &v1alpha1.AuthSettings{
			Password:     &v1alpha1.PasswordSettings{MinLength: new(15 + d.Int32N(10))},
			Session:      &v1alpha1.SessionSettings{IdleMinutes: d.number(1, 60), AbsoluteHours: new(1 + d.Int32N(24))},
			SecondFactor: pick(d, "", v1alpha1.SecondFactorOff, v1alpha1.SecondFactorOptional, v1alpha1.SecondFactorAdminsOnly, v1alpha1.SecondFactorRequired),
			SSO:          pick(d, nil, &v1alpha1.SSOSettings{IssuerURL: pick(d, "https://a.example", "https://b.example/x", "https://b.example")}),
		}
	}
	if !d.one(4) {
		spec.Inactivity = &v1alpha1.InactivitySettings{
			Mode: pick(d, "", v1alpha1.InactivityOff, v1alpha1.InactivityObserve, v1alpha1.InactivityEnforce), Months: new(1 + d.Int32N(24)),
			MaxDisabledPercentPerRun: d.number(1, 20),
			WarnDaysBefore:           pick(d, nil, []int32{30}, []int32{14}, []int32{3}, []int32{60}, []int32{1}, []int32{20, 3}, []int32{14, 3}, []int32{9, 8, 7, 6}),
		}
	}
	spec.Network = pick(d, nil, &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkOpen}, &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict})
	return portal
}

// autoscale leaves the number of pods to an autoscaler at times.
func (d dice) autoscale(spec *v1alpha1.RegionalPortalSpec) {
	if !d.one(3) {
		return
	}
	spec.Replicas = nil
	spec.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{
		MinReplicas: d.number(1, 5), MaxReplicas: d.number(5, 12), TargetCPUUtilizationPercent: new(int32(60)),
	}}
}
