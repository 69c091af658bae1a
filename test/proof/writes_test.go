// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
)

// farAway is a schedule whose next run no test lives to see: a run that comes due rightly costs a status write.
const farAway = "0 0 29 2 *"

// mark is the end of the audit log now.
func (w *scene) mark() controlplane.Mark {
	w.Helper()
	mark, err := plane.Mark()
	if err != nil {
		w.Fatal(err)
	}
	return mark
}

// writes lists what the operator has sent to this scene's namespace since a mark, leases and events left out.
func (w *scene) writes(since controlplane.Mark) []controlplane.Request {
	w.Helper()
	all, err := plane.OperatorWrites(since)
	if err != nil {
		w.Fatal(err)
	}
	return slices.DeleteFunc(all, func(r controlplane.Request) bool {
		return r.Namespace != w.namespace
	})
}

// settle waits until the operator has sent nothing for a while.
func (w *scene) settle(quiet time.Duration) {
	w.Helper()
	controlplane.Eventually(w.T, 5*time.Minute, "the operator comes to rest", func(context.Context) error {
		mark := w.mark()
		controlplane.Quiet(w.T, quiet)
		if writes := w.writes(mark); len(writes) > 0 {
			return fmt.Errorf("%d writes, the last is %s", len(writes), writes[len(writes)-1])
		}
		return nil
	})
}

// tally counts requests by verb, resource and subresource.
func tally(requests []controlplane.Request) map[string]int {
	counts := map[string]int{}
	for _, request := range requests {
		kind := request.Verb + " " + request.Resource
		if request.Subresource != "" {
			kind += "/" + request.Subresource
		}
		counts[kind]++
	}
	return counts
}

// revisions counts what etcd has stored for this scene since a look, and prints every key that changed.
func (w *scene) revisions(before controlplane.Revisions) map[string]int64 {
	w.Helper()
	now, err := plane.Revisions(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	writes := map[string]int64{}
	for key, count := range now.Since(before) {
		if strings.Contains(key, "/"+w.namespace+"/") {
			writes[key] = count
		}
	}
	return writes
}

func (w *scene) look() controlplane.Revisions {
	w.Helper()
	revisions, err := plane.Revisions(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return revisions
}

func TestAOneFieldChangeCostsTheTouchedChildrenAndOneStatusWrite(t *testing.T) {
	t.Parallel()
	w := newScene(t, nil)
	portal := w.portal("us-dealers")
	w.create(portal)
	w.wantReady(portal)
	w.settle(3 * time.Second)

	changes := []struct {
		what     string
		edit     func(*v1alpha1.RegionalPortal)
		children map[string]int64 // etcd writes by child; the first change of a child costs its hand-over, too
	}{
		{
			what:     "settings for the first time",
			edit:     func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "First" },
			children: map[string]int64{"configmaps": 2},
		},
		{
			what:     "settings again",
			edit:     func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Second" },
			children: map[string]int64{"configmaps": 1},
		},
		{
			what:     "the schedule for the first time",
			edit:     func(p *v1alpha1.RegionalPortal) { p.Spec.Inactivity = &v1alpha1.InactivitySettings{Schedule: farAway} },
			children: map[string]int64{"cronjobs": 2},
		},
		{
			what: "the schedule again",
			edit: func(p *v1alpha1.RegionalPortal) {
				p.Spec.Inactivity = &v1alpha1.InactivitySettings{Schedule: "0 1 29 2 *"}
			},
			children: map[string]int64{"cronjobs": 1},
		},
		{
			what: "network rules for the first time",
			edit: func(p *v1alpha1.RegionalPortal) {
				p.Spec.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict}
			},
			children: map[string]int64{"networkpolicies": 2},
		},
		{
			what:     "network rules again",
			edit:     func(p *v1alpha1.RegionalPortal) { p.Spec.Network = nil },
			children: map[string]int64{"networkpolicies": 1},
		},
		{
			what:     "whose tenants may attach, which touches no child",
			edit:     func(p *v1alpha1.RegionalPortal) { p.Spec.Tenants = &v1alpha1.TenantsSpec{Max: new(int32(5))} },
			children: map[string]int64{},
		},
	}
	for _, step := range changes {
		t.Run(step.what, func(t *testing.T) {
			w := w.on(t)
			before, mark := w.look(), w.mark()
			change(w, portal, portal.Name, step.edit)
			w.wantReady(portal)
			w.settle(3 * time.Second)
			want := map[string]int64{"portals.forecourt.dev/regionalportals": 2} // the change itself and one status write
			for child, count := range step.children {
				want[child] = count
			}
			got := map[string]int64{}
			for key, count := range w.revisions(before) {
				kind, _, _ := strings.Cut(key, "/"+w.namespace)
				got[kind] += count
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("etcd stored %v, want %v; sent: %v", got, want, w.writes(mark))
			}
			if sent, wanted := len(w.writes(mark)), int(sum(want))-1; sent != wanted {
				t.Errorf("%d writes were sent, want %d: %v", sent, wanted, w.writes(mark))
			}
		})
	}
}

func sum(counts map[string]int64) int64 {
	total := int64(0)
	for _, count := range counts {
		total += count
	}
	return total
}

func TestNewWiringCostsConfigMapDeploymentAndTheStatusOfTheRollOut(t *testing.T) {
	t.Parallel()
	w := newScene(t, nil)
	portal := w.portal("us-dealers")
	w.create(portal)
	w.wantReady(portal)
	w.settle(3 * time.Second)
	mark := w.mark()
	change(w, portal, portal.Name, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Workload = &v1alpha1.WorkloadSettings{LogLevel: v1alpha1.LogLevelWarn}
	})
	w.wantReady(portal)
	w.settle(3 * time.Second)
	counts := tally(w.writes(mark))
	if counts["patch configmaps"] != 2 || counts["patch deployments"] != 2 || counts["patch regionalportals/status"] > 3 || len(counts) != 3 {
		t.Errorf("got %v, want each child and its hand-over, and a status write per stage of the roll-out", counts)
	}
}

func TestANewPortalCostsItsChildrenAndTwoStatusWrites(t *testing.T) {
	t.Parallel()
	w := newScene(t, nil)
	w.settle(time.Second)
	mark := w.mark()
	portal := w.portal("us-dealers")
	w.create(portal)
	w.wantReady(portal)
	w.settle(3 * time.Second)
	counts := tally(w.writes(mark))
	statuses := counts["patch regionalportals/status"]
	delete(counts, "patch regionalportals/status")
	want := map[string]int{
		"create serviceaccounts": 1, "create networkpolicies": 1, "create secrets": 2, "create configmaps": 1, "create services": 1,
		"create persistentvolumeclaims": 1, "create deployments": 1, "create cronjobs": 1,
	}
	if fmt.Sprint(counts) != fmt.Sprint(want) || statuses > 3 {
		t.Errorf("got %v and %d status writes, want %v and a status write per stage", counts, statuses, want)
	}
	t.Logf("%d status writes", statuses)
}

func TestAThousandNewTenantsCostAThousandStatusWritesAndAHandfulOfThePortal(t *testing.T) {
	const tenants = 1000
	w := newScene(t, func(o *operator.Options) {
		o.Tune = func(c *controllers.Options) {
			defaults := controllers.Defaults()
			c.PollPeriod, c.PortalCoalesce, c.CountsInterval = defaults.PollPeriod, defaults.PortalCoalesce, defaults.CountsInterval
		}
	})
	portal := w.portal("us-dealers")
	portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Schedule: farAway}
	w.create(portal)
	w.wantReady(portal)
	w.settle(3 * time.Second)

	before, mark, begun := w.look(), w.mark(), time.Now()
	w.createAll(tenants, func(i int) client.Object { return w.tenant(portal.Name, i) })
	created := time.Since(begun)
	w.wantTenantsReady(tenants)
	converged := time.Since(begun)
	controlplane.Eventually(t, 3*time.Minute, "the portal counts its tenants", func(context.Context) error {
		w.read(portal, portal.Name)
		if portal.Status.Tenants.Ready != tenants {
			return fmt.Errorf("%+v", portal.Status.Tenants)
		}
		return nil
	})
	w.settle(15 * time.Second)

	counts := tally(w.writes(mark))
	t.Logf("created in %s, ready after %s; writes: %v", created.Round(time.Millisecond), converged.Round(time.Millisecond), counts)
	if counts["patch dealertenants/status"] != tenants || counts["patch regionalportals/status"] > 10 {
		t.Errorf("got %v, want %d tenant and at most 10 portal status writes", counts, tenants)
	}
	delete(counts, "patch dealertenants/status")
	delete(counts, "patch regionalportals/status")
	if len(counts) > 0 {
		t.Errorf("further writes: %v", counts)
	}
	for key, count := range w.revisions(before) {
		if strings.Contains(key, "/dealertenants/") && count != 2 {
			t.Errorf("%s was stored %d times, want the creation and one status", key, count)
		}
	}
}

// TestAQuietFleetAndARestartCostNoWrite is a fleet of 200 portals with 2,000 tenants, all of them real.
func TestAQuietFleetAndARestartCostNoWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	const portals, perPortal = 200, 10
	w := newScene(t, func(o *operator.Options) {
		o.SyncPeriod = 15 * time.Second
		o.Tune = func(c *controllers.Options) { c.PollPeriod = 20 * time.Second }
	})
	begun := time.Now()
	w.createAll(portals, func(i int) client.Object {
		portal := w.portal(fmt.Sprintf("p%03d", i))
		portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Schedule: farAway}
		return portal
	})
	w.createAll(portals*perPortal, func(i int) client.Object { return w.tenant(fmt.Sprintf("p%03d", i/perPortal), i) })
	w.wantTenantsReady(portals * perPortal)
	w.wantPortalsReady(portals)
	t.Logf("%d portals with %d tenants ready after %s", portals, portals*perPortal, time.Since(begun).Round(time.Second))
	w.settle(20 * time.Second)

	before, mark := w.look(), w.mark()
	controlplane.Quiet(t, time.Minute)
	w.wantNoWrites("a quiet minute with forced resyncs", before, mark)

	before, mark = w.look(), w.mark()
	w.options.Agent = "forecourt-operator-restarted"
	w.restart()
	w.wantEveryPortalAsked(mark, portals)
	controlplane.Quiet(t, 20*time.Second)
	w.wantNoWrites("a restart", before, mark)
}

func (w *scene) wantNoWrites(what string, before controlplane.Revisions, mark controlplane.Mark) {
	w.Helper()
	if writes := w.writes(mark); len(writes) > 0 {
		w.Errorf("%s: %d writes were sent: %v, the first is %s", what, len(writes), tally(writes), writes[0])
	}
	if stored := w.revisions(before); len(stored) > 0 {
		w.Errorf("%s: etcd stored %v", what, stored)
	}
}

// wantEveryPortalAsked waits until the operator has read the tokens of every portal since a mark, which it does before it asks one.
func (w *scene) wantEveryPortalAsked(since controlplane.Mark, portals int) {
	w.Helper()
	controlplane.Eventually(w.T, 5*time.Minute, "the operator asks every portal", func(context.Context) error {
		reads, err := plane.Requests(since, func(r controlplane.Request) bool {
			return r.Verb == "get" && r.Resource == "secrets" && r.Namespace == w.namespace && r.Agent == w.options.Agent && strings.HasSuffix(r.Name, "-internal")
		})
		if err != nil {
			return err
		}
		names := map[string]bool{}
		for _, read := range reads {
			names[read.Name] = true
		}
		if len(names) < portals {
			return fmt.Errorf("%d of %d", len(names), portals)
		}
		return nil
	})
}

// createAll creates objects with a few connections at a time.
func (w *scene) createAll(count int, object func(int) client.Object) {
	w.Helper()
	workqueue.ParallelizeUntil(w.Context(), 8, count, func(i int) {
		if err := plane.Admin.Create(w.Context(), object(i)); err != nil {
			w.Errorf("creating object %d: %v", i, err)
		}
	})
}

func (w *scene) wantTenantsReady(count int) {
	w.Helper()
	w.wantAllReady(count, func(ctx context.Context) ([]client.Object, error) {
		list := &v1alpha1.DealerTenantList{}
		err := plane.Admin.List(ctx, list, client.InNamespace(w.namespace))
		objects := make([]client.Object, len(list.Items))
		for i := range list.Items {
			objects[i] = &list.Items[i]
		}
		return objects, err
	})
}

func (w *scene) wantPortalsReady(count int) {
	w.Helper()
	w.wantAllReady(count, func(ctx context.Context) ([]client.Object, error) {
		list := &v1alpha1.RegionalPortalList{}
		err := plane.Admin.List(ctx, list, client.InNamespace(w.namespace))
		objects := make([]client.Object, len(list.Items))
		for i := range list.Items {
			objects[i] = &list.Items[i]
		}
		return objects, err
	})
}

func (w *scene) wantAllReady(count int, list func(context.Context) ([]client.Object, error)) {
	w.Helper()
	controlplane.Eventually(w.T, 10*time.Minute, fmt.Sprintf("%d objects are ready", count), func(ctx context.Context) error {
		objects, err := list(ctx)
		if err != nil {
			return err
		}
		ready, waiting := 0, ""
		for _, object := range objects {
			observed, conditions := statusOf(object)
			if observed == object.GetGeneration() && isTrue(conditions, v1alpha1.ConditionReady) {
				ready++
				continue
			}
			waiting = cmp.Or(waiting, object.GetName()+": "+brief(conditions))
		}
		if ready < count {
			controlplane.Quiet(w.T, time.Second) // the list is long
			return fmt.Errorf("%d of %d; %s; host: %.500v", ready, count, waiting, host.Problems())
		}
		return nil
	})
}

func isTrue(conditions []metav1.Condition, name string) bool {
	return slices.ContainsFunc(conditions, func(c metav1.Condition) bool { return c.Type == name && c.Status == metav1.ConditionTrue })
}
