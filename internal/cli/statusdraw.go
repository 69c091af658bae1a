// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
)

// tones of the healths; the others are plain.
var healthTones = map[oncall.Health]tone{
	oncall.Down: bad, oncall.Stalled: bad, oncall.NotReady: bad, oncall.Unknown: warn, oncall.Suspended: warn, oncall.Degraded: warn, oncall.Healthy: good,
}

// drawFleet draws one line per portal and a summary.
func drawFleet(p *page, fleet oncall.Fleet, everywhere bool, now time.Time) {
	header := []string{"PORTAL", "HEALTH", "SINCE", "PODS", "TENANTS", "WHO", "WHY"}
	if everywhere {
		header = append([]string{"NAMESPACE"}, header...)
	}
	rows := make([][]cell, len(fleet.Portals))
	for i, report := range fleet.Portals {
		rows[i] = fleetRow(report, now)
		if everywhere {
			rows[i] = append([]cell{text("%s", report.Namespace)}, rows[i]...)
		}
	}
	if len(rows) > 0 {
		p.table(header, rows)
		p.line()
	}
	p.line(cell{text: summary(fleet), tone: strong})
}

// fleetRow is one line: of several problems the first, which blocks, and the number of the others.
func fleetRow(report oncall.Report, now time.Time) []cell {
	facts := report.Portal
	who, why := "-", "-"
	if len(report.Problems) > 0 {
		who, why = string(report.Problems[0].Owner), report.Problems[0].Reason
		if more := len(report.Problems) - 1; more > 0 {
			why += fmt.Sprintf(" +%d", more)
		}
	}
	return []cell{
		text("%s", report.Name),
		{text: string(report.Health), tone: healthTones[report.Health]},
		text("%s", orDash(age(report.Since, now))),
		text("%d/%d", facts.ReadyReplicas, facts.Replicas),
		text("%d/%d", facts.Tenants.Ready, facts.Tenants.Attached),
		text("%s", who),
		text("%s", why),
	}
}

// summary counts the portals by health, the worst first.
func summary(fleet oncall.Fleet) string {
	noun := "portals"
	if fleet.Total == 1 {
		noun = "portal"
	}
	var counts []string
	for _, health := range oncall.Healths() {
		if n := fleet.Health[health]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, health))
		}
	}
	if len(counts) == 0 {
		return "0 portals"
	}
	return fmt.Sprintf("%d %s: %s", fleet.Total, noun, strings.Join(counts, ", "))
}

// drawReport draws the report about one object: the headline, the problems, the facts.
func drawReport(p *page, report oncall.Report, now time.Time) {
	since := ""
	if at := age(report.Since, now); at != "" {
		since = fmt.Sprintf(" for %s, since %s", at, clock(*report.Since))
	}
	p.line(text("%s %s/%s: ", report.Kind, report.Namespace, report.Name),
		cell{text: string(report.Health), tone: healthTones[report.Health]}, text("%s", since))
	for _, problem := range report.Problems {
		drawProblem(p, problem, now)
	}
	p.line()
	facts := tenantFacts(report)
	if report.Portal != nil {
		facts = portalFacts(report, now)
	}
	for _, fact := range facts {
		if fact.value != "" {
			p.paragraph(text("%-13s", fact.name), text("%s", fact.value))
		}
	}
}

func drawProblem(p *page, problem oncall.Problem, now time.Time) {
	reason := cell{text: problem.Reason, tone: warn}
	if problem.Blocking {
		reason.tone = bad
	}
	detail := ""
	if len(problem.Conditions) > 0 {
		detail = " (" + strings.Join(problem.Conditions, ", ") + ")"
	}
	if at := age(problem.Since, now); at != "" {
		detail += " for " + at
	}
	p.line()
	p.line(reason, cell{text: detail, tone: faint})
	p.paragraph(text("  why   "), text("%s", problem.Message))
	p.paragraph(text("  who   "), text("%s", ownerText(problem.Owner)))
	if problem.Next != "" {
		p.paragraph(text("  next  "), text("%s", problem.Next))
	}
}

// ownerText says who that is.
func ownerText(owner oncall.Owner) string {
	switch owner {
	case oncall.Platform:
		return "platform team"
	case oncall.Region:
		return "regional operations"
	case oncall.Dealership:
		return "the dealership"
	case oncall.Support:
		return "service desk"
	default:
		return "nobody: it passes by itself"
	}
}

// fact is a line below the problems.
type fact struct {
	name, value string
}

func portalFacts(report oncall.Report, now time.Time) []fact {
	facts := report.Portal
	list := []fact{{"URL", report.URL}, {"Market", fmt.Sprintf("%s, %s portal", facts.Market, strings.ToLower(string(facts.Audience)))}}
	if facts.Class != nil {
		list = append(list, fact{"Class", fmt.Sprintf("%s, generation %d", facts.Class.Name, facts.Class.Generation)})
	}
	if facts.Release != nil {
		list = append(list, fact{"Release", facts.Release.Version + ", " + facts.Release.Image})
	}
	list = append(list,
		fact{"Pods", fmt.Sprintf("%d of %d ready", facts.ReadyReplicas, facts.Replicas)},
		fact{"Boost", boosted(facts.Boost, now)},
		fact{"Tenants", fmt.Sprintf("%d attached, %d ready, %d refused", facts.Tenants.Attached, facts.Tenants.Ready, facts.Tenants.Refused)},
	)
	if facts.Accounts != nil {
		list = append(list, fact{"Accounts", accounts(*facts.Accounts)})
	}
	if facts.Inactivity != nil {
		list = append(list, sweepFacts(facts.Inactivity, now)...)
	}
	return list
}

// boosted tells of a boost that is in force, or that somebody forgot; empty when there is none.
func boosted(boost *v1alpha1.BoostStatus, now time.Time) string {
	switch {
	case boost == nil || boost.MinReplicas == nil:
		return ""
	case boost.State == v1alpha1.BoostEnded:
		return fmt.Sprintf("ended %s ago: remove spec.scaling.boost", duration.HumanDuration(now.Sub(boost.Until.Time)))
	}
	told := fmt.Sprintf("at least %d pods until %s, %s", *boost.MinReplicas, clock(boost.Until), ahead(boost.Until, now))
	if boost.Message != "" {
		told += "; " + boost.Message
	}
	return told
}

// sweepFacts tell of the last, the held and the next sweep, and of who falls due.
func sweepFacts(inactivity *v1alpha1.InactivityStatus, now time.Time) []fact {
	list := []fact{{"Inactivity", string(inactivity.Mode)}, {"Last sweep", lastSweep(inactivity.LastRun, now)}}
	if held := inactivity.HeldRun; held != nil {
		list = append(list, fact{"Held sweep", fmt.Sprintf("%s (limit %d): %d accounts wait for an approval until %s, run %s",
			held.Reason, held.Limit, held.Due, clock(held.Until), held.ID)})
	}
	next := "none is planned"
	if inactivity.NextRun != nil {
		next = fmt.Sprintf("%s, %s", ahead(*inactivity.NextRun, now), clock(*inactivity.NextRun))
	}
	var due []string
	for _, forecast := range inactivity.Forecast {
		due = append(due, fmt.Sprintf("%d within %d days", forecast.Due, forecast.Days))
	}
	return append(list, fact{"Next sweep", next}, fact{"Falling due", strings.Join(due, ", ")})
}

// lastSweep tells how the last run ended.
func lastSweep(run *v1alpha1.InactivityRun, now time.Time) string {
	if run == nil || run.FinishedAt == nil {
		return "none has ended yet"
	}
	told := fmt.Sprintf("%s, %s ago: %d scanned, %d due, %d warned, %d disabled",
		run.Outcome, duration.HumanDuration(now.Sub(run.FinishedAt.Time)), run.Scanned, run.Due, run.Warned, run.Disabled)
	if run.Undone > 0 {
		told += fmt.Sprintf(", %d of them given back", run.Undone)
	}
	if run.WouldHold != nil {
		told += fmt.Sprintf("; in mode Enforce it would be held for %s (limit %d)", run.WouldHold.Reason, run.WouldHold.Limit)
	}
	return told
}

func tenantFacts(report oncall.Report) []fact {
	facts := report.Tenant
	if facts == nil {
		return nil
	}
	list := []fact{{"URL", report.URL}, {"Portal", facts.Portal}, {"Dealer", "code " + facts.DealerCode}, {"State", string(facts.State)}}
	if facts.Accounts != nil {
		list = append(list, fact{"Accounts", fmt.Sprintf("%s, %d administrators active", accounts(facts.Accounts.AccountCounts), facts.Accounts.Administrators)})
	}
	return list
}

func accounts(counts v1alpha1.AccountCounts) string {
	return fmt.Sprintf("%d, %d active, %d disabled", counts.Total, counts.Active, counts.Disabled)
}

// age is how long ago a time is, as kubectl writes it; empty when nobody knows.
func age(at *metav1.Time, now time.Time) string {
	if at == nil || at.IsZero() {
		return ""
	}
	return duration.HumanDuration(now.Sub(at.Time))
}

// ahead is how long it is until a time.
func ahead(at metav1.Time, now time.Time) string {
	if at.After(now) {
		return "in " + duration.HumanDuration(at.Sub(now))
	}
	return "overdue"
}

// clock is a time for people, always in UTC: they read it in different places.
func clock(at metav1.Time) string {
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
