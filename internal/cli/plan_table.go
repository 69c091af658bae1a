// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/plan"
)

// drawPlan draws a plan for people: what it comes to, then the details, then what stays.
func drawPlan(p *page, r *plan.Report, showUnchanged bool) {
	drawHeadline(p, r)
	drawClasses(p, r)
	drawPortals(p, r)
	drawProblems(p, r, plan.Refused, "REFUSED, WHAT IS THERE STAYS AS IT IS")
	drawProblems(p, r, plan.Waiting, "WAITING, WHAT IS THERE STAYS AS IT IS UNTIL THE PAUSE ENDS")
	drawValues(p, r)
	drawBoosts(p, r)
	drawDue(p, r)
	drawCrossings(p, r)
	drawObjects(p, r)
	drawTenants(p, r)
	drawUnchanged(p, r, showUnchanged)
	for _, missed := range r.NotLookedAt {
		p.line()
		p.paragraph(cell{"Not looked at: ", warn}, text("%s.", missed))
	}
}

func drawHeadline(p *page, r *plan.Report) {
	totals := r.Totals
	if !r.Changed() {
		p.paragraph(cell{}, cell{"No change: " + stays(totals) + ".", strong})
		for i := range r.Classes {
			if class := &r.Classes[i]; class.Verdict == plan.Changed {
				p.paragraph(cell{}, text("PortalClass %s is edited, which means the same to its %s.", class.Name, count(class.PortalsAfter, "portal")))
			}
		}
		return
	}
	reach := "there is no portal"
	if totals.Portals.Total > 0 {
		reach = fmt.Sprintf("%s; %d of %s touched", verdicts(totals.Portals, "portal"), totals.MarketsTouched, count(totals.Markets, "market"))
	}
	p.paragraph(cell{}, cell{"Plan: " + reach + ".", strong})
	if totals.Pods.Before+totals.Pods.After > 0 {
		p.paragraph(cell{}, podsLine(totals.Pods))
	}
	tenants := totals.Tenants
	switch {
	case tenants.Total == 0:
	case tenants.Unchanged == tenants.Total:
		p.paragraph(cell{}, text("No tenant changes; %d of %d are in the portals below.", tenants.InTouchedPortals, tenants.Total))
	default:
		p.paragraph(cell{}, text("%s; %d are in the portals below.", verdicts(tenants.VerdictCounts, "tenant"), tenants.InTouchedPortals))
	}
}

// podsLine says how many pods there are and how many of them restart.
func podsLine(pods plan.PodTotals) cell {
	if pods.Before == 0 {
		return text("%s start.", count(pods.After, "pod"))
	}
	line := fmt.Sprintf("Of %s none restarts", count(pods.Before, "pod"))
	if pods.Restart > 0 {
		line = fmt.Sprintf("%d of %s restart, in %s", pods.Restart, count(pods.Before, "pod"), count(pods.Portals, "portal"))
	}
	if pods.Before != pods.After {
		line += fmt.Sprintf("; afterwards there are %d", pods.After)
	}
	if pods.Interrupted == 0 {
		return cell{text: line + "."}
	}
	return cell{fmt.Sprintf("%s. In %d of them nobody can sign in meanwhile: an Embedded database allows one pod at a time.", line, pods.Interrupted), warn}
}

// stays says what is unchanged.
func stays(totals plan.Totals) string {
	line := fmt.Sprintf("%d of %s", totals.Portals.Unchanged, count(totals.Portals.Total, "portal"))
	if totals.Tenants.Total > 0 {
		line += fmt.Sprintf(" and %d of %s", totals.Tenants.Unchanged, count(totals.Tenants.Total, "tenant"))
	}
	return line + " stay as they are"
}

// verdicts sums up how many change and how many do not: "2 of 40 portals change, 1 is refused, 37 stay as they are".
func verdicts(c plan.VerdictCounts, noun string) string {
	of := " of " + count(c.Total, noun)
	var parts []string
	add := func(number int, one, many string) {
		if number == 0 {
			return
		}
		verb := many
		if number == 1 {
			verb = one
		}
		parts = append(parts, fmt.Sprintf("%d%s %s", number, of, verb))
		of = ""
	}
	add(c.Changed, "changes", "change")
	add(c.Created, "is created", "are created")
	add(c.Deleted, "is deleted", "are deleted")
	add(c.Refused, "is refused", "are refused")
	add(c.Waiting, "waits", "wait")
	add(c.Unchanged, "stays as it is", "stay as they are")
	return strings.Join(parts, ", ")
}

// count writes a number with its noun.
func count(number int, noun string) string { return plural(int64(number), noun) }

// section begins a part of the page.
func section(p *page, title string) {
	p.line()
	p.line(cell{title, strong})
}

func drawClasses(p *page, r *plan.Report) {
	var rows [][]cell
	for i := range r.Classes {
		class := &r.Classes[i]
		if class.Verdict == plan.Unchanged || !r.Changed() {
			continue
		}
		rows = append(rows, []cell{text("%s", class.Name), word(class.Verdict), text("%s", fromTo(class.PortalsBefore, class.PortalsAfter))})
	}
	if len(rows) > 0 {
		p.line()
		p.table([]string{"CLASS", "BECOMES", "PORTALS"}, rows)
	}
	for i := range r.Classes {
		if class := &r.Classes[i]; class.Verdict == plan.Refused && class.Problem != nil {
			p.paragraph(cell{"  " + class.Name + ": ", bad}, text("%s: %s", class.Problem.Reason, class.Problem.Message))
		}
	}
}

// word writes a verdict in its tone.
func word(verdict plan.Verdict) cell {
	tones := map[plan.Verdict]tone{plan.Created: good, plan.Deleted: bad, plan.Refused: bad, plan.Waiting: warn, plan.Changed: warn}
	return cell{string(verdict), tones[verdict]}
}

func fromTo[T comparable](before, after T) string {
	if before == after {
		return fmt.Sprint(after)
	}
	return fmt.Sprintf("%v → %v", before, after)
}

func drawPortals(p *page, r *plan.Report) {
	var rows [][]cell
	for _, portal := range touched(r) {
		class := portal.Class
		if portal.ClassBefore != "" {
			class = portal.ClassBefore + " → " + cmp.Or(class, "none")
		}
		rows = append(rows, []cell{
			text("%s", nameOf(portal)), text("%s", portal.Market), text("%s", class), word(portal.Verdict), podsOf(portal), text("%s", effectsOf(portal)),
		})
	}
	if len(rows) > 0 {
		p.line()
		p.table([]string{"PORTAL", "MARKET", "CLASS", "BECOMES", "PODS", "WHAT PEOPLE NOTICE"}, rows)
	}
}

func touched(r *plan.Report) []*plan.Portal {
	var list []*plan.Portal
	for i := range r.Portals {
		if r.Portals[i].Verdict != plan.Unchanged {
			list = append(list, &r.Portals[i])
		}
	}
	return list
}

func nameOf(portal *plan.Portal) string { return portal.Namespace + "/" + portal.Name }

// podsOf says what becomes of a portal's pods.
func podsOf(portal *plan.Portal) cell {
	pods := portal.Pods
	change := ""
	if pods.Before != pods.After {
		change = fmt.Sprintf("%d → %d", pods.Before, pods.After)
	}
	switch {
	case pods.Interrupted:
		return cell{"1 restarts, gap", bad}
	case pods.Restart > 0 && change != "":
		return cell{fmt.Sprintf("%s, %s", change, several(pods.Restart, "restart")), warn}
	case pods.Restart > 0:
		return cell{several(pods.Restart, "restart"), warn}
	case change != "":
		return cell{text: change}
	case pods.Before == 0:
		return cell{text: "none"}
	default:
		return cell{text: several(pods.Before, "stay")}
	}
}

// several writes a number with its verb.
func several(number int32, verb string) string {
	if number == 1 {
		return "1 " + verb + "s"
	}
	return fmt.Sprintf("%d %s", number, verb)
}

func effectsOf(portal *plan.Portal) string {
	switch {
	case portal.Verdict == plan.Created:
		return "a new portal"
	case portal.Verdict == plan.Deleted:
		return count(portal.Tenants, "tenant") + " lose their portal"
	case portal.Verdict == plan.Refused && portal.ClassBefore == "" && len(portal.Objects) == 0:
		return "nothing is created"
	case portal.Verdict == plan.Refused:
		return "nothing: what runs stays"
	case portal.Verdict == plan.Waiting:
		return "nothing until the pause ends"
	case len(portal.Effects) == 0:
		return "nothing: only its status changes"
	}
	words := make([]string, len(portal.Effects))
	for i, effect := range portal.Effects {
		words[i] = string(effect)
	}
	return strings.Join(words, ", ")
}

// drawProblems tells why portals with this verdict stay as they are.
func drawProblems(p *page, r *plan.Report, verdict plan.Verdict, title string) {
	var found groups[plan.Problem]
	for _, portal := range touched(r) {
		if portal.Problem != nil && portal.Verdict == verdict {
			found.add(*portal.Problem, portal)
		}
	}
	if len(found.order) == 0 {
		return
	}
	section(p, title)
	for _, problem := range found.order {
		p.paragraph(cell{"  " + found.names(problem) + ": ", word(verdict).tone}, text("%s: %s", problem.Reason, problem.Message))
	}
}
