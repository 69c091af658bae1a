// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// groups collects the portals that share something, in the order of first sight.
type groups[K comparable] struct {
	order   []K
	portals map[K][]string
}

func (g *groups[K]) add(key K, portal *plan.Portal) {
	if g.portals == nil {
		g.portals = map[K][]string{}
	}
	if g.portals[key] == nil {
		g.order = append(g.order, key)
	}
	if name := nameOf(portal); !slices.Contains(g.portals[key], name) {
		g.portals[key] = append(g.portals[key], name)
	}
}

// names writes which portals share a key: their names as long as they are few.
func (g *groups[K]) names(key K) string {
	const few = 2
	if list := g.portals[key]; len(list) > few {
		return count(len(list), "portal")
	}
	return strings.Join(g.portals[key], ", ")
}

func drawValues(p *page, r *plan.Report) {
	type change struct{ path, text, source string }
	var found groups[change]
	for _, portal := range touched(r) {
		for _, v := range portal.Values {
			from := strings.ToLower(string(v.Source))
			if v.Bound != "" {
				from = "bound"
			}
			if v.Path != "className" { // the portals' table has it
				found.add(change{v.Path, settings.Text(v.Before) + " → " + settings.Text(v.After), from}, portal)
			}
		}
	}
	if len(found.order) == 0 {
		return
	}
	slices.SortStableFunc(found.order, func(a, b change) int { return strings.Compare(a.path, b.path) })
	var rows [][]cell
	for _, v := range found.order {
		rows = append(rows, []cell{text("%s", v.path), text("%s", v.text), text("%s", v.source), text("%s", found.names(v))})
	}
	p.line()
	p.table([]string{"VALUE", "CHANGE", "FROM", "IN"}, rows)
}

// drawBoosts tells of the boosts that the change brings: they end by themselves.
func drawBoosts(p *page, r *plan.Report) {
	var found groups[string]
	for _, portal := range touched(r) {
		if boost := portal.Boost; boost != nil && boost.New {
			found.add(fmt.Sprintf("boost to %d pods until %s: %s", boost.MinReplicas, clock(metav1.NewTime(boost.Until)), boost.Reason), portal)
		}
	}
	if len(found.order) == 0 {
		return
	}
	section(p, "BOOSTS")
	for _, line := range found.order {
		p.paragraph(text("  %s: ", found.names(line)), text("%s", line))
	}
}

func drawCrossings(p *page, r *plan.Report) {
	var found groups[string]
	for _, portal := range touched(r) {
		for _, crossing := range portal.Crossings {
			if !crossing.Refused || crossing.Audit {
				found.add(crossing.String(), portal)
			}
		}
	}
	if len(found.order) == 0 {
		return
	}
	section(p, "OUT OF BOUNDS, THE BOUND HOLDS")
	for _, line := range found.order {
		p.paragraph(cell{"  " + found.names(line) + ": ", warn}, text("%s", line))
	}
}

func drawObjects(p *page, r *plan.Report) {
	type deed struct {
		kind, action string
		restarts     bool
	}
	var found groups[deed]
	untouched := 0
	for _, portal := range touched(r) {
		for _, object := range portal.Objects {
			if object.Action == plan.None && object.Note == "" {
				untouched++
				continue
			}
			found.add(deed{object.Kind, deedOf(object), object.Restarts}, portal)
		}
	}
	if len(found.order) == 0 {
		if len(touched(r)) > 0 {
			p.line()
			p.line(text("No object of any portal is written."))
		}
		return
	}
	var rows [][]cell
	for _, d := range found.order {
		what := cell{text: d.action}
		if d.restarts {
			what.tone = warn
		}
		rows = append(rows, []cell{text("%s", d.kind), what, text("%s", found.names(d))})
	}
	p.line()
	p.table([]string{"OBJECT", "WHAT HAPPENS TO IT", "IN"}, rows)
	if untouched > 0 {
		p.line(text("Nothing happens to %s of these portals.", count(untouched, "other object")))
	}
}

func deedOf(object plan.Object) string {
	switch {
	case object.Action == plan.None:
		return object.Note
	case object.Restarts:
		return "updated, pods restart"
	case object.Action == plan.Update:
		return "updated in place"
	case object.Action == plan.Create:
		return "created"
	default:
		return "deleted"
	}
}

// manyTenants is up to how many tenants are listed one by one.
const manyTenants = 12

func drawTenants(p *page, r *plan.Report) {
	var rows [][]cell
	groups, order := map[string]int{}, []string{}
	for i := range r.Tenants {
		tenant := &r.Tenants[i]
		if tenant.Verdict == plan.Unchanged {
			continue
		}
		what := tenant.Note
		if tenant.Problem != nil {
			what = strings.TrimSuffix(tenant.Problem.Reason+": "+tenant.Problem.Message+"; "+what, "; ")
		} else if what == "" && tenant.Action == plan.Send {
			what = "the portal is told"
		}
		rows = append(rows, []cell{
			text("%s/%s", tenant.Namespace, tenant.Name), text("%s", tenant.DealerCode), text("%s", tenant.Portal), word(tenant.Verdict), text("%s", what),
		})
		group := string(tenant.Verdict)
		if tenant.Problem != nil {
			group += ": " + tenant.Problem.Reason
		}
		if groups[group] == 0 {
			order = append(order, group)
		}
		groups[group]++
	}
	if len(rows) == 0 {
		return
	}
	p.line()
	if len(rows) <= manyTenants {
		p.table([]string{"TENANT", "DEALER", "PORTAL", "BECOMES", "WHAT HAPPENS"}, rows)
		return
	}
	var few [][]cell
	for _, group := range order {
		few = append(few, []cell{text("%s", group), text("%d", groups[group])})
	}
	p.table([]string{"TENANTS BECOME", "NUMBER"}, few)
	p.line(text("-o json lists them one by one."))
}

func drawUnchanged(p *page, r *plan.Report, names bool) {
	if r.Changed() {
		p.line()
		p.paragraph(cell{}, text("Unchanged: %s.", stays(r.Totals)))
	}
	stalled := 0
	var list []string
	for i := range r.Portals {
		portal := &r.Portals[i]
		if portal.Verdict != plan.Unchanged {
			continue
		}
		name := nameOf(portal)
		if portal.Problem != nil {
			stalled++
			name += " (" + portal.Problem.Reason + " as before)"
		}
		list = append(list, name)
	}
	if stalled > 0 {
		p.paragraph(cell{}, text("%d of the unchanged portals %s not in force what %s, before and after: kubectl forecourt status says why.", stalled,
			map[bool]string{true: "has", false: "have"}[stalled == 1], map[bool]string{true: "it declares", false: "they declare"}[stalled == 1]))
	}
	if names && len(list) > 0 {
		p.paragraph(cell{text: "  "}, text("%s", strings.Join(list, ", ")))
	}
}
