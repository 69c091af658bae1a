// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/world"
)

// newFleet makes a scene with forty markets in two classes and two thousand tenants, all at rest. Its operator sees every class and
// asks portals only when an event says so: the test must not run beside others.
func newFleet(t *testing.T, tune func(*controllers.Options)) (*scene, *world.Fleet) {
	t.Helper()
	w := newScene(t, func(o *operator.Options) {
		o.Class, o.Agent = "", "forecourt-operator-of-a-fleet"
		o.Tune = func(c *controllers.Options) {
			c.PollPeriod = time.Hour
			tune(c)
		}
	})
	f := world.NewFleet(w.namespace, w.class)
	w.create(f.Common)
	w.create(f.Strict)
	begun := time.Now()
	w.createAll(len(f.Portals), func(i int) client.Object { return f.Portals[i] })
	w.createAll(len(f.Tenants), func(i int) client.Object { return f.Tenants[i] })
	w.wantTenantsReady(len(f.Tenants))
	w.wantPortalsReady(len(f.Portals))
	t.Logf("%d portals with %d tenants ready after %s", len(f.Portals), len(f.Tenants), time.Since(begun).Round(time.Second))
	w.settle(5 * time.Second)
	return w, f
}

// sent lists what the operator has written since a mark, and which portals it has looked at: each look reads the portal's
// internal Secret.
func (w *scene) sent(f *world.Fleet, since controlplane.Mark) (writes []controlplane.Request, looked []string) {
	w.Helper()
	all, err := plane.Requests(since, func(r controlplane.Request) bool { return r.Agent == w.options.Agent && !r.IsBookkeeping() })
	if err != nil {
		w.Fatal(err)
	}
	names := map[string]bool{}
	for _, request := range all {
		ours := request.Namespace == w.namespace || request.Name == f.Common.Name || request.Name == f.Strict.Name
		if ours && request.IsWrite() {
			writes = append(writes, request)
		}
		if portal, internal := strings.CutSuffix(request.Name, "-internal"); ours && internal && request.Verb == "get" && request.Resource == "secrets" {
			names[portal] = true
		}
	}
	return writes, slices.Sorted(maps.Keys(names))
}

// wantClass waits until a class of the current generation counts its portals as wanted.
func (w *scene) wantClass(class *v1alpha1.PortalClass, want v1alpha1.PortalCounts) {
	w.Helper()
	controlplane.Eventually(w.T, soon, "PortalClass "+class.Name+" counts its portals", func(context.Context) error {
		if w.read(class, class.Name); class.Status.Portals != want || class.Status.ObservedGeneration != class.Generation {
			return fmt.Errorf("generation %d of %d: %+v, want %+v", class.Status.ObservedGeneration, class.Generation, class.Status.Portals, want)
		}
		return nil
	})
}

func TestAClassChangeReachesOnlyThePortalsItTouches(t *testing.T) {
	if testing.Short() {
		t.Skip("runs forty portals")
	}
	w, f := newFleet(t, func(*controllers.Options) {})
	common := v1alpha1.PortalCounts{Total: 24, Ready: 24, Updated: 24}
	w.wantClass(f.Common, common)
	w.wantClass(f.Strict, v1alpha1.PortalCounts{Total: 16, Ready: 16, Updated: 16, Violating: 2})

	t.Run("an edit that touches fourteen of forty", func(t *testing.T) {
		w := w.on(t)
		touched := f.Touched()
		w.wantPlanned(f, touched)
		mark := w.mark()
		change(w, f.Common, f.Common.Name, f.Tighten)
		w.wantInForce(touched, "4")
		w.wantClass(f.Common, common)
		w.settle(3 * time.Second)
		writes, looked := w.sent(f, mark)
		if len(touched) != 14 || !slices.Equal(looked, touched) {
			t.Errorf("the operator looked at %v, want the fourteen %v", looked, touched)
		}
		by := map[string][]string{}
		for _, write := range writes {
			portal := strings.TrimSuffix(write.Name, "-config")
			kind := write.Verb + " " + write.Resource + "/" + write.Subresource
			by[kind] = append(by[kind], portal)
		}
		for kind, names := range by {
			slices.Sort(names)
			by[kind] = slices.Compact(names)
		}
		classes := len(by["patch portalclasses/status"])
		delete(by, "patch portalclasses/status")
		want := map[string][]string{"patch configmaps/": touched, "patch regionalportals/status": touched}
		if fmt.Sprint(by) != fmt.Sprint(want) || classes != 1 {
			t.Errorf("the operator wrote %v and %d classes, want %v and one", by, classes, want)
		}
		if each := len(writes); each > 14*2+14*2+5 {
			t.Errorf("%d writes: want at most two for each settings (one hands over), two for each status and a few for the class", each)
		}
		t.Logf("%v", tally(writes))
	})

	t.Run("an edit without effect", func(t *testing.T) {
		w := w.on(t)
		before, mark := w.look(), w.mark()
		change(w, f.Common, f.Common.Name, func(c *v1alpha1.PortalClass) {
			c.Spec.Bounds = &v1alpha1.ClassBounds{
				HostnameSuffixes: []string{"portals.example"}, Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(12))},
			}
		})
		w.wantClass(f.Common, common)
		w.settle(3 * time.Second)
		writes, looked := w.sent(f, mark)
		if len(looked) > 0 {
			t.Errorf("the operator looked at %v, want at nobody", looked)
		}
		if fmt.Sprint(tally(writes)) != fmt.Sprint(map[string]int{"patch portalclasses/status": 1}) {
			t.Errorf("the operator wrote %v, want the status of the class once", tally(writes))
		}
		if stored := w.revisions(before); len(stored) > 0 {
			t.Errorf("etcd stored %v", stored)
		}
	})

	t.Run("nor does a restart see a change in it", func(t *testing.T) {
		w := w.on(t)
		mark := w.mark()
		w.options.Agent = "forecourt-operator-restarted"
		w.restart()
		w.wantEveryPortalAsked(mark, len(f.Portals))
		w.settle(3 * time.Second)
		if writes, _ := w.sent(f, mark); len(writes) > 0 {
			t.Errorf("the operator wrote %v", tally(writes))
		}
	})

	t.Run("nobody waits behind the roll-out of forty portals", func(t *testing.T) {
		w := w.on(t)
		w.options.Tune = func(c *controllers.Options) { c.PollPeriod, c.PortalWorkers, c.TenantWorkers = time.Hour, 1, 1 }
		w.restart()
		w.settle(3 * time.Second)
		const attempts = 5
		for attempt := range int32(attempts) {
			if w.overtakes(f, attempt) {
				return
			}
		}
		t.Errorf("in none of %d attempts the roll-out was still under way when the new objects came", attempts)
	})
}

// overtakes rolls out both classes, creates a tenant and a portal meanwhile, and checks that both were served before the last
// of the others. It is false when the roll-out was over too early to tell.
func (w *scene) overtakes(f *world.Fleet, attempt int32) bool {
	w.Helper()
	mark := w.mark()
	for _, class := range []*v1alpha1.PortalClass{f.Common, f.Strict} {
		change(w, class, class.Name, func(c *v1alpha1.PortalClass) {
			c.Spec.Defaults.Inactivity.Months = new(3 + attempt) // concerns tenants, too
			c.Spec.Defaults.Auth = &v1alpha1.AuthSettings{Session: &v1alpha1.SessionSettings{IdleMinutes: new(10 + attempt)}}
		})
	}
	tenant, portal := w.tenant("us", int(attempt)), w.portal(fmt.Sprintf("new-%d", attempt))
	w.create(tenant)
	w.create(portal)
	w.wantReady(tenant, portal)
	w.settle(3 * time.Second)
	requests, err := plane.Requests(mark, func(r controlplane.Request) bool { return r.Namespace == w.namespace && r.IsWrite() })
	if err != nil {
		w.Fatal(err)
	}
	created, served := 0, map[string]int{} // the number of portals that were still to come
	left := len(f.Portals)
	rolled := map[string]bool{}
	for _, request := range requests {
		switch {
		case request.Resource == "configmaps" && request.Verb == "patch" && !rolled[request.Name]:
			rolled[request.Name] = true
			left--
		case request.Resource == "regionalportals" && request.Verb == "create":
			created = left
		case request.Resource == "dealertenants" && request.Subresource == "status" && request.Name == tenant.Name,
			request.Resource == "deployments" && request.Verb == "create":
			served[request.Resource] = max(served[request.Resource], left)
		}
	}
	w.Logf("%d portals were to come when the new objects were there, %d when the tenant was served, %d when the portal was",
		created, served["dealertenants"], served["deployments"])
	if left != 0 {
		w.Errorf("%d portals were not rolled", left)
	}
	if created < len(f.Portals)/2 {
		return false
	}
	if least := created / 4; served["dealertenants"] < least || served["deployments"] < least {
		w.Errorf("want both served while at least %d portals are to come", least)
	}
	return true
}

// wantInForce waits until portals report the months after which an account is due.
func (w *scene) wantInForce(portals []string, months string) {
	w.Helper()
	controlplane.Eventually(w.T, soon, "the months are in force", func(context.Context) error {
		for _, name := range portals {
			portal := &v1alpha1.RegionalPortal{}
			w.read(portal, name)
			found := slices.ContainsFunc(portal.Status.Effective, func(v v1alpha1.EffectiveValue) bool {
				return v.Path == "inactivity.months" && v.Value == months
			})
			if !found || !isTrue(portal.Status.Conditions, v1alpha1.ConditionReady) {
				return fmt.Errorf("%s: %v; %s", name, portal.Status.Effective, brief(portal.Status.Conditions))
			}
		}
		return nil
	})
}
