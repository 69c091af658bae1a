// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/figures"
)

// run is one turn of the operator or of the bare client.
type run struct {
	// elapsed is the time from the first write to the last.
	elapsed time.Duration
	// objects in etcd, the writes that made them, and the requests that asked for a write.
	objects int
	stored  int64
	sent    int
	// cpu is what the program under test used, own the writes that it sent itself.
	cpu time.Duration
	own int
}

// perWrite is the processor time per write.
func (r run) perWrite() float64 {
	return r.cpu.Seconds() / float64(r.own)
}

// BenchmarkPortals creates many portals, which the operator gives their children and a status.
func BenchmarkPortals(b *testing.B) {
	count, rounds := size(b, "FORECOURT_BENCH_PORTALS", 1000), size(b, "FORECOURT_BENCH_ROUNDS", 5)
	s := newSite(b)
	example := s.examplePortal()
	var mine, theirs []run
	var after memory
	for round := range rounds {
		turns := []func(){
			func() { theirs = append(theirs, s.barePortals(count, example)) },
			func() {
				measured, used := s.operatorPortals(count, round == rounds-1)
				mine, after = append(mine, measured), used
			},
		}
		if round%2 == 1 {
			turns[0], turns[1] = turns[1], turns[0]
		}
		for _, turn := range turns {
			turn()
		}
		s.compareCounts(mine[round], theirs[round])
		b.Logf("round %d: operator %s, bare client %s", round+1, mine[round], theirs[round])
	}
	report := figures.New(b, fmt.Sprintf("%d portals at once", count))
	report.Ratio("time", bareClient, "1.05 at 1,000, 1.10 at 3,000", pairs(mine, theirs, func(r run) float64 { return r.elapsed.Seconds() }))
	report.Ratio("CPU per write", bareClient, "1.6", pairs(mine, theirs, run.perWrite))
	report.Ratio("etcd revisions", bareClient, "1.00, asserted", pairs(mine, theirs, func(r run) float64 { return float64(r.stored) }))
	report.Value("portals per second", "", float64(count)/figures.Median(each(mine, func(r run) float64 { return r.elapsed.Seconds() })), "")
	report.Value("CPU per write of the operator", "", 1000*figures.Median(each(mine, run.perWrite)), "ms")
	report.Value("CPU per write of the bare client", "", 1000*figures.Median(each(theirs, run.perWrite)), "ms")
	report.Value("live heap per portal", "12 KiB", float64(after.live)/float64(count)/1024, "KiB")
	report.Value("resident memory per portal", "", float64(after.resident)/float64(count)/1024, "KiB")
	report.Done()
}

func (r run) String() string {
	return fmt.Sprintf("%.2fs, %d objects, %d revisions, %d requests, %.3f ms CPU per write", r.elapsed.Seconds(), r.objects, r.stored, r.sent, 1000*r.perWrite())
}

// compareCounts fails when the operator needed another number of writes than a client that knows what it wants.
func (s *site) compareCounts(mine, theirs run) {
	s.Helper()
	if mine.objects != theirs.objects || mine.stored != theirs.stored || mine.sent != theirs.sent {
		s.Errorf("the operator made %d objects with %d revisions and %d requests, the bare client %d, %d and %d",
			mine.objects, mine.stored, mine.sent, theirs.objects, theirs.stored, theirs.sent)
	}
}

// examplePortal has the operator write one portal and returns it.
func (s *site) examplePortal() *v1alpha1.RegionalPortal {
	s.Helper()
	namespace := s.namespace()
	o := s.startOperator()
	defer o.stop()
	s.createPortals(namespace, 1)
	s.wantPortals(namespace, 1)
	example := portal(namespace, 0)
	if err := s.plane.Admin.Get(s.Context(), client.ObjectKeyFromObject(example), example); err != nil {
		s.Fatal(err)
	}
	s.rest(namespace)
	o.stop()
	s.clear(namespace)
	return example
}

func (s *site) barePortals(count int, example *v1alpha1.RegionalPortal) run {
	s.Helper()
	namespace, mark := s.namespace(), s.mark()
	cpu := s.bare(&order{Namespace: namespace, Portals: count, Workers: controllers.Defaults().PortalWorkers, Portal: example})
	measured := s.measure(namespace, mark)
	measured.cpu, measured.own = cpu, measured.sent
	s.clear(namespace)
	return measured
}

func (s *site) operatorPortals(count int, stay bool) (run, memory) {
	s.Helper()
	namespace, empty := s.namespace(), memory{}
	if stay {
		empty.live = s.live()
	}
	o := s.startOperator()
	defer o.stop()
	empty.resident = o.resident()
	cpu, mark := o.cpu(), s.mark()
	s.createPortals(namespace, count)
	s.wantPortals(namespace, count)
	s.rest(namespace)
	cpu = o.cpu() - cpu
	measured := s.measure(namespace, mark)
	measured.cpu, measured.own = cpu, measured.sent-count
	o.stop()
	used := memory{}
	if stay {
		used = s.stayQuiet(namespace).minus(empty)
	}
	s.clear(namespace)
	return measured, used
}

// measure reads from the audit log and from etcd what happened in a namespace.
func (s *site) measure(namespace string, since controlplane.Mark) run {
	s.Helper()
	sent := s.sent(namespace, since)
	objects, stored := s.stored(namespace)
	return run{elapsed: sent[len(sent)-1].At.Sub(sent[0].At), objects: objects, stored: stored, sent: len(sent)}
}

// createPortals creates portals with as many connections as the bare client has.
func (s *site) createPortals(namespace string, count int) {
	s.Helper()
	err := parallel(s.Context(), controllers.Defaults().PortalWorkers, count, func(ctx context.Context, i int) error {
		return s.plane.Admin.Create(ctx, portal(namespace, i))
	})
	if err != nil {
		s.Fatal(err)
	}
}

// wantPortals waits until every portal has a status for its generation. Etcd is asked for its revision only until that
// stands still: a list of all portals would be a load of its own.
func (s *site) wantPortals(namespace string, count int) {
	s.Helper()
	s.eventually(fmt.Sprintf("%d portals have their status", count), func(context.Context) error {
		s.standstill()
		list := &v1alpha1.RegionalPortalList{}
		if err := s.plane.Admin.List(s.Context(), list, client.InNamespace(namespace)); err != nil {
			return err
		}
		waiting := count - len(list.Items)
		for i := range list.Items {
			if list.Items[i].Status.ObservedGeneration != list.Items[i].Generation {
				waiting++
			}
		}
		if waiting > 0 {
			return fmt.Errorf("%d of %d wait", waiting, count)
		}
		return nil
	})
}

// standstill waits until etcd has taken no write for a moment.
func (s *site) standstill() {
	s.Helper()
	last := int64(-1)
	s.eventually("etcd takes no write", func(context.Context) error {
		now, err := s.plane.Revision(s.Context())
		if err != nil || now == last {
			return err
		}
		last = now
		controlplane.Quiet(s.B, 500*time.Millisecond)
		return fmt.Errorf("revision %d", now)
	})
}

// rest waits until nothing has been written to a namespace for a while.
func (s *site) rest(namespace string) {
	s.Helper()
	s.eventually("the operator comes to rest", func(context.Context) error {
		mark := s.mark()
		controlplane.Quiet(s.B, 3*time.Second)
		if sent := s.sent(namespace, mark); len(sent) > 0 {
			return fmt.Errorf("%d writes, the last is %s", len(sent), sent[len(sent)-1])
		}
		return nil
	})
}
