// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
)

// Change is the difference between two worlds.
type Change struct {
	before, after World
	portals       []*pair
}

// pair is a portal in both worlds.
type pair struct {
	key types.NamespacedName
	// before and after are nil where the portal is not there.
	before, after *side
	// same says that nothing that is in force changes.
	same bool
}

// Compare puts two worlds side by side.
func Compare(before, after World) (*Change, error) {
	c := &Change{before: before.identified(), after: after.identified()}
	c.before.hosts = hostsOf(c.before, c.before.inForce())
	c.after.hosts = hostsOf(c.after, c.before.hosts.inForce)
	was, now := byKey(c.before.Portals), byKey(c.after.Portals)
	for _, key := range keys(was, now) {
		p := &pair{key: key}
		var err error
		if p.before, err = c.before.sideOf(was[key]); err != nil {
			return nil, err
		}
		if p.after, err = c.after.sideOf(now[key]); err != nil {
			return nil, err
		}
		p.before.pause(nil)
		p.after.pause(p.before)
		p.same = p.before.meansTheSame(p.after)
		c.portals = append(c.portals, p)
	}
	return c, nil
}

// byKey answers objects by namespace and name.
func byKey[T any, P object[T]](objects []T) map[types.NamespacedName]P {
	found := make(map[types.NamespacedName]P, len(objects))
	for i := range objects {
		found[keyOf[T, P](&objects[i])] = &objects[i]
	}
	return found
}

// keys answers the keys of two maps, in order.
func keys[V any](a, b map[types.NamespacedName]V) []types.NamespacedName {
	list := make([]types.NamespacedName, 0, len(a)+len(b))
	for _, m := range []map[types.NamespacedName]V{a, b} {
		for key := range m {
			list = append(list, key)
		}
	}
	slices.SortFunc(list, func(a, b types.NamespacedName) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(list)
}

// objects are the objects that the portal may have in either world, in creation order.
func (p *pair) objects() []Ref {
	var refs []Ref
	for _, s := range []*side{p.after, p.before} {
		if s == nil {
			continue
		}
		for _, child := range s.children {
			refs = append(refs, refOf(child))
		}
	}
	refs = append(refs, prunable(p.key)...)
	seen := map[Ref]bool{}
	return slices.DeleteFunc(refs, func(ref Ref) bool { twice := seen[ref]; seen[ref] = true; return twice })
}

// Objects are the objects of portals that change: what Live.Objects should hold, where they exist.
func (c *Change) Objects() []Ref {
	var refs []Ref
	for _, p := range c.portals {
		if !p.same {
			refs = append(refs, p.objects()...)
		}
	}
	return refs
}

// References are the Secrets and ConfigMaps that specs of portals that change name: Live.Keys should hold their keys, where they exist.
func (c *Change) References() []Reference {
	var named []Reference
	for _, p := range c.portals {
		if !p.same {
			named = append(named, referencesOf(p.after)...)
		}
	}
	return named
}

// Report says what the change does. Without live, portals are taken to have what the world before renders.
func (c *Change) Report(live *Live) (*Report, error) {
	r := &Report{Classes: c.classes(), Portals: []Portal{}}
	comparer := apply.NewComparer(clientgoscheme.Scheme)
	tenants := map[types.NamespacedName]int{}
	for i := range c.after.Tenants {
		tenants[portalOf(&c.after.Tenants[i])]++
	}
	for _, p := range c.portals {
		portal, err := p.report(comparer, live)
		if err != nil {
			return nil, fmt.Errorf("planning RegionalPortal %s: %w", p.key, err)
		}
		portal.Tenants = tenants[p.key]
		r.Portals = append(r.Portals, portal)
	}
	r.Tenants = c.tenants()
	r.sum()
	return r, nil
}

// report says what becomes of one portal.
func (p *pair) report(comparer *apply.Comparer, live *Live) (Portal, error) {
	portal := p.describe()
	if p.same {
		if p.after != nil {
			portal.Problem = cmp.Or(p.after.problem, stalled(p.after.portal))
		}
		portal.Verdict = Unchanged
		return portal, nil
	}
	f := &foresight{comparer: comparer, live: live, pair: p}
	objects, problem, err := f.foresee()
	if err != nil {
		return Portal{}, err
	}
	portal.Objects, portal.Problem = objects, problem
	portal.Verdict = p.verdict(problem)
	if live != nil {
		portal.Due = live.Due[p.key]
	}
	portal.Pods = p.pods(f, objects, problem)
	if p.after != nil && p.after.effective != nil {
		portal.Crossings = p.after.effective.Violations()
		if problem == nil && p.before != nil && p.before.effective != nil {
			portal.Values = values(p.before.effective, p.after.effective)
			portal.Effects = effects(p.before.effective, p.after.effective)
			if p.before.paused != p.after.paused {
				portal.Effects = append(portal.Effects, Suspension)
			}
		}
	}
	return portal, nil
}

// stalled is what the portal's status says keeps it from what it declares; nil when nothing does or it has not been looked at.
func stalled(portal *v1alpha1.RegionalPortal) *Problem {
	found := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionStalled)
	if found == nil || found.Status != metav1.ConditionTrue || found.ObservedGeneration != portal.Generation {
		return nil
	}
	return &Problem{Reason: found.Reason, Message: found.Message}
}

func (p *pair) verdict(problem *Problem) Verdict {
	switch {
	case p.after == nil:
		return Deleted
	case problem != nil && problem.Reason == v1alpha1.ReasonSuspended:
		return Waiting
	case problem != nil:
		return Refused
	case p.before == nil:
		return Created
	default:
		return Changed
	}
}

// describe fills in who the portal is.
func (p *pair) describe() Portal {
	portal := Portal{Namespace: p.key.Namespace, Name: p.key.Name}
	for _, s := range []*side{p.before, p.after} {
		if s == nil {
			continue
		}
		portal.Market, portal.Class = s.portal.Spec.Market, ""
		if s.class != nil {
			portal.Class = s.class.Name
		}
	}
	if p.before != nil && p.after != nil {
		if p.before.class != nil && p.before.class.Name != portal.Class {
			portal.ClassBefore = p.before.class.Name
		}
		portal.Edited = !equality.Semantic.DeepEqual(p.before.portal.Spec, p.after.portal.Spec)
	}
	if s := p.after; s != nil && s.inForce() != nil && p.same {
		least := s.scale().Least
		portal.Pods = Pods{Before: least, After: least}
	}
	if p.after != nil && p.after.inForce() != nil {
		portal.Boost = p.boost()
	}
	return portal
}

// pods counts the serving pods: those of the live Deployment, or those that the world before wants.
func (p *pair) pods(f *foresight, objects []Object, problem *Problem) Pods {
	pods := Pods{}
	at := slices.IndexFunc(objects, func(o Object) bool { return o.Kind == kindDeployment })
	if at < 0 {
		return pods
	}
	if object := f.before[objects[at].Ref]; object != nil {
		pods.Before = p.podsOf(object.Object)
	}
	switch {
	case p.after == nil:
	case problem != nil || p.after.paused:
		pods.After = pods.Before
	default:
		pods.After = p.after.pods(pods.Before)
	}
	if objects[at].Restarts {
		pods.Restart = min(pods.Before, pods.After)
		objects[at].Restarts = pods.Restart > 0
		pods.Interrupted = pods.Restart > 0 && p.after.effective.Database.Type == v1alpha1.DatabaseEmbedded
	}
	return pods
}
