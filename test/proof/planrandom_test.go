// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/internal/plan"
)

// immutable are the paths at which the API server takes no change.
var immutable = []string{
	"DealerTenant dealerCode", "DealerTenant portalRef.name", "DealerTenant portalRef.namespace",
	"PortalClass defaults.scaling.boost.minReplicas", "PortalClass defaults.scaling.boost.reason", "PortalClass defaults.scaling.boost.until",
	"RegionalPortal audience", "RegionalPortal database.embedded.storageClassName", "RegionalPortal database.type", "RegionalPortal market",
}

// TestPlanSaysWhatTheOperatorThenDoes changes every path of every kind at least once, at random, and makes some more changes.
func TestPlanSaysWhatTheOperatorThenDoes(t *testing.T) {
	p := newPlanned(t)
	random := rand.New(rand.NewPCG(seed(t), 0))
	every := everyMutation(p.classA, p.classB)
	random.Shuffle(len(every), func(i, j int) { every[i], every[j] = every[j], every[i] })
	left := map[string]bool{}
	for _, m := range every {
		left[m.id()] = true
	}
	const least, most = 60, 260
	for p.changes < least || (len(left) > len(immutable) && p.changes < most && !testing.Short()) {
		if t.Failed() {
			return
		}
		for _, m := range p.change(p.draw(random, every, left)) {
			delete(left, m.id())
		}
	}
	t.Logf("%d changes as planned: %d wrote children, %d replaced pods", p.changes, p.wrote, p.restarted)
	if p.wrote < p.changes/4 || p.restarted < p.changes/10 {
		t.Error("too few of the changes did anything")
	}
	if rest := slices.Sorted(maps.Keys(left)); !testing.Short() && !slices.Equal(rest, immutable) {
		t.Errorf("not changed were %q, want only %q", rest, immutable)
	}
}

// seed of the random changes; another one is given by FORECOURT_SEED.
func seed(t *testing.T) uint64 {
	t.Helper()
	given, err := strconv.ParseUint(os.Getenv("FORECOURT_SEED"), 10, 64)
	if err != nil {
		given = 20260101
	}
	t.Logf("FORECOURT_SEED=%d", given)
	return given
}

// draw picks a few mutations of one object, which the API server takes, of paths that are left as long as there are any. A
// change of several objects would not be made at once: the operator would see, and write, what is between.
func (p *planned) draw(random *rand.Rand, every []mutation, left map[string]bool) []mutation {
	p.Helper()
	number, start := 1+random.IntN(5), random.IntN(len(every))
	var drawn []mutation
	for pass := range 2 {
		for i := range every {
			m := every[(start+i)%len(every)]
			if len(drawn) == number {
				return drawn
			}
			if left[m.id()] == (pass == 0) && !slices.Contains(immutable, m.id()) && p.fits(drawn, m) {
				drawn = append(drawn, m)
			}
		}
	}
	return drawn
}

// fits says whether a mutation changes something, is of the same object as others and of another path, and is taken with them.
func (p *planned) fits(others []mutation, m mutation) bool {
	p.Helper()
	other := func(other mutation) bool { return other.id() == m.id() || other.kind != m.kind || other.name != m.name }
	if slices.ContainsFunc(others, other) {
		return false
	}
	before, after := p.mutate(others, m.kind, m.name), p.mutate(append(slices.Clone(others), m), m.kind, m.name)
	return !equality.Semantic.DeepEqual(before.Object, after.Object) && p.taken(after)
}

// change makes mutations of one object and, when they leave a portal refused, takes them back. It answers the mutations.
func (p *planned) change(mutations []mutation) []mutation {
	p.Helper()
	kind, name := mutations[0].kind, mutations[0].name
	texts := make([]string, 0, len(mutations))
	for _, m := range mutations {
		texts = append(texts, m.String())
	}
	what := strings.Join(texts, "; ")
	object, back := p.mutate(mutations, kind, name), p.declared(kind, name)
	report := p.check(what, []*unstructured.Unstructured{object}, func() { p.mustPut(object) })
	if !slices.ContainsFunc(report.Portals, func(x plan.Portal) bool { return x.Problem != nil }) {
		return mutations
	}
	if size, found, _ := unstructured.NestedString(object.Object, "spec", "database", "embedded", "size"); found {
		_ = unstructured.SetNestedField(back.Object, size, "spec", "database", "embedded", "size") // only grows
	}
	if !p.taken(back) {
		p.Fatalf("the API server does not take %s %s back", kind, name)
	}
	p.check("back from "+what, []*unstructured.Unstructured{back}, func() { p.mustPut(back) })
	return mutations
}
