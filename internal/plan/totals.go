// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// classes says what becomes of each class.
func (c *Change) classes() []Class {
	before, after := byKey(c.before.Classes), byKey(c.after.Classes)
	list := []Class{}
	for _, key := range keys(before, after) {
		was, now := before[key], after[key]
		class := Class{Name: key.Name, Verdict: Unchanged, PortalsBefore: users(c.before, key.Name), PortalsAfter: users(c.after, key.Name)}
		switch {
		case now == nil:
			class.Verdict = Deleted
		case was == nil:
			class.Verdict = Created
		case !equality.Semantic.DeepEqual(was.Spec, now.Spec) || classes.IsDefault(was) != classes.IsDefault(now):
			class.Verdict = Changed
		}
		if now != nil {
			if err := settings.ValidateClass(now); err != nil {
				class.Problem = &Problem{Reason: v1alpha1.ReasonInvalidSpec, Message: err.Error()}
				if class.Verdict != Unchanged {
					class.Verdict = Refused
				}
			}
		}
		list = append(list, class)
	}
	return list
}

// users counts the portals of a class.
func users(w World, class string) int {
	count := 0
	for i := range w.Portals {
		if used := classes.Of(w.Classes, &w.Portals[i]); used != nil && used.Name == class {
			count++
		}
	}
	return count
}

// sum fills in the totals.
func (r *Report) sum() {
	markets := map[string]bool{}
	for i := range r.Portals {
		portal := &r.Portals[i]
		r.Totals.Portals.add(portal.Verdict)
		touched := portal.Verdict != Unchanged
		markets[portal.Market] = markets[portal.Market] || touched
		if touched {
			r.Totals.Tenants.InTouchedPortals += portal.Tenants
		}
		r.Totals.Pods.add(portal.Pods)
		for _, object := range portal.Objects {
			r.Totals.Objects.add(object.Action)
		}
	}
	r.Totals.Markets = len(markets)
	for _, touched := range markets {
		if touched {
			r.Totals.MarketsTouched++
		}
	}
	for i := range r.Tenants {
		r.Totals.Tenants.add(r.Tenants[i].Verdict)
		switch r.Tenants[i].Action {
		case Send:
			r.Totals.Tenants.Sent++
		case Close:
			r.Totals.Tenants.Closed++
		case NoCall:
		}
	}
}

func (t *PodTotals) add(p Pods) {
	t.Before += int(p.Before)
	t.After += int(p.After)
	t.Restart += int(p.Restart)
	if p.Restart > 0 {
		t.Portals++
	}
	if p.Interrupted {
		t.Interrupted++
	}
}

func (t *ObjectTotals) add(action Action) {
	switch action {
	case Create:
		t.Create++
	case Update:
		t.Update++
	case Delete:
		t.Delete++
	case None:
		t.Unchanged++
	}
}
