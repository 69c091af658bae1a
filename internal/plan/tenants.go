// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/attachment"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// portalOf names the portal that a tenant refers to.
func portalOf(tenant *v1alpha1.DealerTenant) types.NamespacedName {
	namespace := tenant.Spec.PortalRef.Namespace
	if namespace == "" {
		namespace = tenant.Namespace
	}
	return types.NamespacedName{Namespace: namespace, Name: tenant.Spec.PortalRef.Name}
}

// place is what one world means for a tenant.
type place struct {
	// refused says why the portal does not take the tenant, problem also why it takes it and cannot put it in force.
	refused, problem *Problem
	// clamped names a laxer value that is not in force; url is where its people sign in.
	clamped, url string
	// gone says that there is no portal to ask.
	gone bool
}

// places decides on the tenants of one world.
type places struct {
	world World
	rules map[types.NamespacedName]*attachment.Rules
	// effective is what each portal has in force.
	effective map[types.NamespacedName]*settings.Effective
	// paused are the portals that are suspended.
	paused map[types.NamespacedName]bool
}

// places prepares the decisions of a world. A portal whose values are refused has in force what it had before.
func (c *Change) places(world World, pick func(*pair) []*side) *places {
	result := &places{world: world, rules: map[types.NamespacedName]*attachment.Rules{}, effective: map[types.NamespacedName]*settings.Effective{}}
	result.paused = map[types.NamespacedName]bool{}
	others := map[types.NamespacedName][]v1alpha1.DealerTenant{}
	for i := range world.Tenants {
		key := portalOf(&world.Tenants[i])
		others[key] = append(others[key], world.Tenants[i])
	}
	for _, p := range c.portals {
		sides := pick(p)
		if sides[0] == nil {
			continue
		}
		result.paused[p.key] = sides[0].paused
		result.rules[p.key] = result.rulesOf(sides[0].portal, others[p.key])
		for _, s := range sides {
			if effective := s.inForce(); effective != nil {
				result.effective[p.key] = effective
				break
			}
		}
	}
	return result
}

// rulesOf are the rules of a portal. Where the labels of a namespace are not known, every namespace is taken to be admitted.
func (w *places) rulesOf(portal *v1alpha1.RegionalPortal, others []v1alpha1.DealerTenant) *attachment.Rules {
	rules := &attachment.Rules{Portal: portal, Others: others, InForce: func(string) string { return "" }, Labels: w.world.Namespaces}
	if !rules.Selects() || w.world.Complete {
		return rules
	}
	for i := range others {
		if _, known := w.world.Namespaces[others[i].Namespace]; !known {
			rules.Portal = portal.DeepCopy()
			rules.Portal.Spec.Tenants.AllowFrom = &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}
			break
		}
	}
	return rules
}

// of answers what the world means for a tenant; nil when it is not there.
func (w *places) of(tenant *v1alpha1.DealerTenant) *place {
	if tenant == nil {
		return nil
	}
	key := portalOf(tenant)
	rules := w.rules[key]
	if rules == nil {
		missing := &Problem{Reason: v1alpha1.ReasonPortalNotFound, Message: "spec.portalRef: there is no RegionalPortal " + key.String()}
		return &place{refused: missing, problem: missing, gone: true}
	}
	if refusal := rules.Judge(tenant); refusal != nil {
		refused := &Problem{Reason: refusal.Reason, Message: refusal.Message}
		return &place{refused: refused, problem: refused}
	}
	result := &place{}
	if effective := w.effective[key]; effective != nil {
		_, verdict := settings.Tenant(effective, tenant)
		result.clamped, result.url = verdict.Clamped, effective.PublicURL
		if verdict.Faults != nil {
			result.problem = &Problem{Reason: v1alpha1.ReasonBrandUnknown, Message: verdict.Faults.Error()}
		}
	}
	return result
}

// tenants says what becomes of each tenant.
func (c *Change) tenants() []Tenant {
	before := c.places(c.before, func(p *pair) []*side { return []*side{p.before} })
	after := c.places(c.after, func(p *pair) []*side { return []*side{p.after, p.before} })
	was, now := byKey(c.before.Tenants), byKey(c.after.Tenants)
	list := []Tenant{}
	for _, key := range keys(was, now) {
		either := now[key]
		if either == nil {
			either = was[key]
		}
		t := Tenant{Namespace: key.Namespace, Name: key.Name, DealerCode: either.Spec.DealerCode, Portal: portalOf(either).String()}
		edited := was[key] != nil && now[key] != nil && !equality.Semantic.DeepEqual(was[key].Spec, now[key].Spec)
		switch portal := portalOf(either); {
		case after.paused[portal]:
			t.decideWaiting(was[key], now[key], edited, portal)
		default:
			t.decide(before.of(was[key]), after.of(now[key]), edited || before.paused[portal] && resumes(was[key]))
		}
		if t.Action == Close && after.rules[portalOf(either)] == nil {
			t.Action = NoCall // no portal is left to ask
		}
		list = append(list, t)
	}
	return list
}

// decide compares two places; edited says that the tenant's own spec changes.
func (t *Tenant) decide(before, after *place, edited bool) {
	t.Verdict, t.Action = Unchanged, NoCall
	switch {
	case after == nil:
		t.Verdict = Deleted
		if before.refused == nil {
			t.Action, t.Note = Close, "closed by the portal as its deletion policy says"
		}
		return
	case after.problem != nil:
		t.decideRefused(before, after, edited)
		return
	case before == nil:
		t.Verdict, t.Action = Created, Send
	case edited || before.problem != nil:
		t.Verdict, t.Action = Changed, Send
	case before.clamped != after.clamped || before.url != after.url:
		t.Verdict, t.Note = Changed, "only its status changes"
	}
	if after.clamped != "" && t.Verdict != Unchanged {
		t.Note = after.clamped
	}
}

// decideRefused is for a tenant that is not in force afterwards.
func (t *Tenant) decideRefused(before, after *place, edited bool) {
	t.Problem = after.problem
	if before == nil || edited || before.problem == nil || *before.problem != *after.problem {
		t.Verdict = Refused
	}
	switch {
	case before == nil || before.refused != nil || after.gone:
	case after.refused != nil:
		t.Action, t.Note = Close, "closed by the portal; its accounts stay"
	default:
		t.Note = "what the portal has of it stays"
	}
}
