// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/figures"
	"github.com/forecourt-dev/forecourt/test/portalhost"
)

// BenchmarkTenants attaches many tenants to one portal that really runs. The bare client only writes their statuses.
func BenchmarkTenants(b *testing.B) {
	count, rounds := size(b, "FORECOURT_BENCH_TENANTS", 10000), size(b, "FORECOURT_BENCH_TENANT_ROUNDS", 3)
	s := newSite(b)
	s.runPortals()
	example := s.exampleTenant()
	var mine, theirs []run
	var after memory
	for round := range rounds {
		turns := []func(){
			func() { theirs = append(theirs, s.bareTenants(count, example)) },
			func() {
				measured, used := s.operatorTenants(count, round == rounds-1)
				mine, after = append(mine, measured), used
			},
		}
		if round%2 == 1 {
			turns[0], turns[1] = turns[1], turns[0]
		}
		for _, turn := range turns {
			turn()
		}
		if mine[round].sent != count || theirs[round].sent != count {
			b.Errorf("the operator wrote %d statuses of %d tenants, the bare client %d", mine[round].sent, count, theirs[round].sent)
		}
		b.Logf("round %d: operator %s, bare client %s", round+1, mine[round], theirs[round])
	}
	perSecond := func(r run) float64 { return float64(r.sent-1) / r.elapsed.Seconds() }
	report := figures.New(b, fmt.Sprintf("%d tenants of one portal", count))
	report.Ratio("tenants per second", bareClient, "0.9", pairs(mine, theirs, perSecond))
	report.Ratio("CPU per tenant", bareClient, "", pairs(mine, theirs, run.perWrite))
	report.Value("tenants per second", "", figures.Median(each(mine, perSecond)), "")
	report.Value("live heap per tenant", "2 KiB", float64(after.live)/float64(count)/1024, "KiB")
	report.Value("resident memory per tenant", "", float64(after.resident)/float64(count)/1024, "KiB")
	report.Done()
}

// runPortals starts a host for portals.
func (s *site) runPortals() {
	s.Helper()
	host, err := portalhost.New(s.plane.Config, s.plane.Scheme, filepath.Join(s.plane.Dir(), "portals"))
	if err != nil {
		s.Fatal(err)
	}
	s.host = host
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := host.Run(ctx); err != nil {
			s.Errorf("running portals: %v", err)
		}
	}()
	s.Cleanup(func() { cancel(); <-done })
}

// hub is the name of the portal that has all tenants.
const hub = "p00000"

// runPortal makes a namespace with a portal that works, and returns the arguments with which an operator reaches it.
func (s *site) runPortal() (namespace string, arguments []string) {
	s.Helper()
	namespace = s.namespace()
	key := types.NamespacedName{Namespace: namespace, Name: hub}
	arguments = []string{fmt.Sprintf("--portal-url=%s=%s", key, s.host.URL(key))}
	o := s.startOperator(arguments...)
	defer o.stop()
	made := portal(namespace, 0)
	if err := s.plane.Admin.Create(s.Context(), made); err != nil {
		s.Fatal(err)
	}
	s.eventually("the portal is ready", func(ctx context.Context) error {
		if err := s.plane.Admin.Get(ctx, key, made); err != nil {
			return err
		}
		if !meta.IsStatusConditionTrue(made.Status.Conditions, v1alpha1.ConditionReady) {
			return fmt.Errorf("%+v; host: %v", made.Status.Conditions, s.host.Problems())
		}
		return nil
	})
	return namespace, arguments
}

// tenant is one of many small tenants.
func tenant(namespace string, number int) *v1alpha1.DealerTenant {
	code := fmt.Sprintf("D%05d", number)
	return &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("dealer-%05d", number)},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: hub}, DealerCode: code, DisplayName: "Dealership " + code},
	}
}

func (s *site) createTenants(namespace string, count int) {
	s.Helper()
	err := parallel(s.Context(), controllers.Defaults().TenantWorkers, count, func(ctx context.Context, i int) error {
		return s.plane.Admin.Create(ctx, tenant(namespace, i))
	})
	if err != nil {
		s.Fatal(err)
	}
}

// exampleTenant has the operator attach one tenant and returns it.
func (s *site) exampleTenant() *v1alpha1.DealerTenant {
	s.Helper()
	namespace, arguments := s.runPortal()
	o := s.startOperator(arguments...)
	defer o.stop()
	s.createTenants(namespace, 1)
	s.wantTenants(namespace, 1)
	example := tenant(namespace, 0)
	if err := s.plane.Admin.Get(s.Context(), client.ObjectKeyFromObject(example), example); err != nil {
		s.Fatal(err)
	}
	o.stop()
	s.clear(namespace)
	return example
}

func (s *site) bareTenants(count int, example *v1alpha1.DealerTenant) run {
	s.Helper()
	namespace := s.namespace()
	s.createTenants(namespace, count)
	s.standstill()
	mark := s.mark()
	cpu := s.bare(&order{Namespace: namespace, Tenants: count, Workers: controllers.Defaults().TenantWorkers, Tenant: example})
	measured := s.statuses(namespace, mark)
	measured.cpu, measured.own = cpu, count
	s.clear(namespace)
	return measured
}

func (s *site) operatorTenants(count int, stay bool) (run, memory) {
	s.Helper()
	namespace, arguments := s.runPortal()
	empty := memory{}
	if stay {
		before := s.startOperator(arguments...)
		controlplane.Quiet(s.B, 2*time.Second)
		empty.resident = before.resident()
		before.stop()
		empty.live = s.live(arguments...)
	}
	s.createTenants(namespace, count)
	s.standstill()
	mark := s.mark()
	o := s.startOperator(arguments...)
	defer o.stop()
	s.wantTenants(namespace, count)
	cpu := o.cpu()
	measured := s.statuses(namespace, mark)
	measured.cpu, measured.own = cpu, count
	s.wantCounted(namespace, count)
	o.stop()
	used := memory{}
	if stay {
		used = s.stayQuiet(namespace, arguments...).minus(empty)
	}
	s.clear(namespace)
	return measured, used
}

// statuses measures the writes of tenants' statuses: the first one starts the clock, so that the start of a program costs nothing.
func (s *site) statuses(namespace string, since controlplane.Mark) run {
	s.Helper()
	measured := run{}
	var first, last time.Time
	for _, request := range s.sent(namespace, since) {
		if request.Resource != "dealertenants" || request.Subresource != "status" {
			continue
		}
		if measured.sent++; measured.sent == 1 {
			first = request.At
		}
		last = request.At
	}
	measured.objects, measured.stored = s.stored(namespace)
	measured.elapsed = last.Sub(first)
	return measured
}

// wantTenants waits until every tenant is ready.
func (s *site) wantTenants(namespace string, count int) {
	s.Helper()
	s.eventually(fmt.Sprintf("%d tenants are ready", count), func(ctx context.Context) error {
		s.standstill()
		list := &v1alpha1.DealerTenantList{}
		if err := s.plane.Admin.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return err
		}
		ready := 0
		for i := range list.Items {
			if meta.IsStatusConditionTrue(list.Items[i].Status.Conditions, v1alpha1.ConditionReady) {
				ready++
			}
		}
		if ready < count {
			return fmt.Errorf("%d of %d", ready, count)
		}
		return nil
	})
}

// wantCounted waits until the portal's status counts its tenants, which is the last thing that changes.
func (s *site) wantCounted(namespace string, count int) {
	s.Helper()
	s.eventually("the portal counts its tenants", func(ctx context.Context) error {
		found := portal(namespace, 0)
		if err := s.plane.Admin.Get(ctx, client.ObjectKeyFromObject(found), found); err != nil {
			return err
		}
		if int(found.Status.Tenants.Ready) != count {
			controlplane.Quiet(s.B, time.Second)
			return fmt.Errorf("%+v", found.Status.Tenants)
		}
		return nil
	})
	s.rest(namespace)
}
