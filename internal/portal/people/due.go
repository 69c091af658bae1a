// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Group is whose accounts the service desk looks at when it chooses no dealership.
type Group string

// Groups.
const (
	// Leaders are the administrators of all dealerships and the service desk.
	Leaders Group = "Leaders"
	// Office are all corporate people.
	Office Group = "Office"
)

const (
	// recently is how far back disabled accounts are listed.
	recently = 30 * 24 * time.Hour
	// maxListed is the most exemptions and disabled accounts of a report.
	maxListed = 10
)

// DueQuery says what to report.
type DueQuery struct {
	// Dealership is a dealer code. Only the service desk chooses one; without it Group counts.
	Dealership string
	Group      Group
	// Days from now within which the listed accounts become due, one of Horizons.
	Days int32
	// After is the Next of the page before; empty for the first.
	After string
	// Count counts everybody now, however long that takes; otherwise a large portal tells what was counted after its last run.
	Count bool
}

// countedAtOnce is the most accounts of a portal that are counted whenever somebody looks: that takes a tenth of a second.
const countedAtOnce = 10_000

// Horizons are the days that reports look ahead.
func Horizons() []int32 { return sweep.ForecastDays() }

// Report says whom the inactivity policy concerns soon, whom it does not, and whom it did.
type Report struct {
	At time.Time
	// Already due, and Due within each of Horizons: of the dealership, or for the service desk without one of everybody.
	Already int64
	Due     []int64
	// CountedAt is as of when; zero when that policy was not counted yet.
	CountedAt time.Time
	// Soon are a page of those due, the longest unused first; Next continues it.
	Soon []DuePerson
	Next string
	// Exempt people, whose exemption ends first being first, and those disabled recently, the last first; the first of each.
	Exempt   []ExemptPerson
	Disabled []*Person
	// LastRun of the policy, and the one that waits for an approval; nil when there is none.
	LastRun, HeldRun *portalapi.Run
	// Dealerships with the most due accounts, for the service desk without a dealership, and how many others have some.
	Dealerships      []DealershipDue
	OtherDealerships int
}

// DuePerson becomes due.
type DuePerson struct {
	account.Account
	// Dealership is its display name.
	Dealership string
	// Deadline is the last instant at which the account is not due.
	Deadline time.Time
}

// ExemptPerson is somebody with an exemption in force; its Grant is nil when it was imported.
type ExemptPerson struct {
	*Person
	Grant *Grant
}

// DealershipDue counts the accounts of a dealership that are due within each of Horizons.
type DealershipDue struct {
	DealerCode, Name string
	Due              []int64
}

// place is where a page of due accounts begins.
var place = regexp.MustCompile(`^-?[0-9]{1,18}\.[0-9a-f-]{36}$`)

// Report reports about the people whom the actor looks after; Foreign when he looks after nobody.
func (s *Service) Report(ctx context.Context, actor *account.Account, query DueQuery) (*Report, error) {
	if !Manages(actor) || (query.After != "" && !place.MatchString(query.After)) {
		return nil, Foreign
	}
	if actor.Role == account.Administrator {
		query.Dealership = actor.Tenant
	}
	var report *Report
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		report = &Report{Due: make([]int64, len(Horizons()))}
		if report.At, err = tx.Now(ctx); err != nil {
			return err
		}
		report.CountedAt = report.At
		r := reporting{Report: report, service: s, tx: tx, actor: actor, query: query}
		for _, step := range []func(context.Context) error{r.runs, r.count, r.soon, r.exempt, r.disabled} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// reporting is a report on its way.
type reporting struct {
	*Report
	service *Service
	tx      *store.Tx
	actor   *account.Account
	query   DueQuery
}

// runs reads what the policy did last.
func (r *reporting) runs(ctx context.Context) (err error) {
	if r.LastRun, err = optional(sweep.Last(ctx, r.tx)); err != nil {
		return err
	}
	r.HeldRun, err = optional(sweep.Held(ctx, r.tx))
	return err
}

// optional makes a run that is not there nil.
func optional(run *portalapi.Run, err error) (*portalapi.Run, error) {
	if errors.Is(err, sweep.ErrNotFound) {
		return nil, nil
	}
	return run, err
}

// count counts a dealership, or everybody by dealership.
func (r *reporting) count(ctx context.Context) error {
	if r.query.Dealership == "" {
		return r.countAll(ctx)
	}
	var months int
	err := r.tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(inactivity_months), 0) FROM tenants WHERE dealer_code = $1", r.query.Dealership).Scan(&months)
	if err != nil {
		return fmt.Errorf("reading a dealership's period: %w", err)
	}
	policy := inactivity.PolicyAt(r.At, r.service.settings(), months)
	args := &inactivity.Args{}
	columns, targets := []string{countDue(policy, args)}, []any{&r.Already}
	var last *inactivity.Policy
	for i, days := range Horizons() {
		last = policy.At(r.At.AddDate(0, 0, int(days)))
		columns, targets = append(columns, countDue(last, args)), append(targets, &r.Due[i])
	}
	err = r.tx.QueryRowContext(ctx, "SELECT "+strings.Join(columns, ", ")+
		" FROM accounts a WHERE a.status = 'Active' AND a.tenant = "+args.Add(r.query.Dealership)+" AND a.activity_at < "+args.Add(last.End()),
		args.Values()...).Scan(targets...)
	if err != nil {
		return fmt.Errorf("counting accounts that become due: %w", err)
	}
	return nil
}

// countDue is an expression for the number of accounts that are due by a policy.
func countDue(policy *inactivity.Policy, args *inactivity.Args) string {
	return "COALESCE(SUM(CASE WHEN " + policy.DueSQL("a", args) + " THEN 1 ELSE 0 END), 0)"
}

// countAll counts everybody, and lists the dealerships with the most due accounts within the horizon in the middle.
func (r *reporting) countAll(ctx context.Context) error {
	counted, err := r.everybody(ctx)
	if err != nil {
		return err
	}
	r.CountedAt, r.Already, r.Due, r.OtherDealerships = counted.At, counted.AlreadyDue, counted.Total, counted.Others
	var codes []string
	for _, one := range counted.Tenants {
		codes = append(codes, one.DealerCode)
		r.Dealerships = append(r.Dealerships, DealershipDue{DealerCode: one.DealerCode, Due: one.Due})
	}
	names, err := dealershipNames(ctx, r.tx, codes)
	for i := range r.Dealerships {
		r.Dealerships[i].Name = names[r.Dealerships[i].DealerCode]
	}
	return err
}

// everybody counts everybody in a small portal and where that is wanted; elsewhere it answers what was counted after the last run, if
// that was by the same period.
func (r *reporting) everybody(ctx context.Context) (*sweep.Stored, error) {
	settings := r.service.settings()
	var accounts int
	err := r.tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM accounts LIMIT "+strconv.Itoa(countedAtOnce+1)+") few").Scan(&accounts)
	if err != nil {
		return nil, fmt.Errorf("looking how many accounts there are: %w", err)
	}
	if r.query.Count || accounts <= countedAtOnce {
		forecast, err := sweep.Forecast(ctx, r.tx, settings, r.At, Horizons())
		if err != nil {
			return nil, err
		}
		return sweep.Busiest(forecast), nil
	}
	stored, err := sweep.LastForecast(ctx, r.tx)
	if err != nil || stored != nil && stored.Months == settings.Months && slices.Equal(stored.Days, Horizons()) {
		return stored, err
	}
	return &sweep.Stored{Forecast: portalapi.Forecast{Total: make([]int64, len(Horizons()))}}, nil
}

// soon lists a page of those who become due.
func (r *reporting) soon(ctx context.Context) error {
	filter := sweep.DueFilter{Tenant: r.query.Dealership, Days: int(r.query.Days), Limit: PageSize, After: r.query.After}
	if r.query.Dealership == "" && r.query.Group != Office {
		filter.Everywhere, filter.LeadersOnly = true, true
	}
	page, err := sweep.DueList(ctx, r.tx, r.service.settings(), r.At, filter)
	if err != nil {
		return err
	}
	r.Next = page.Next
	var codes []string
	for _, one := range page.Accounts {
		if one.Tenant != "" {
			codes = append(codes, one.Tenant)
		}
	}
	slices.Sort(codes)
	names, err := dealershipNames(ctx, r.tx, slices.Compact(codes))
	for _, one := range page.Accounts {
		r.Soon = append(r.Soon, DuePerson{Account: one.Account, Dealership: names[one.Tenant], Deadline: one.Deadline})
	}
	return err
}

// scope is whom the lists are about.
func (r *reporting) scope() *conditions {
	c := &conditions{}
	switch {
	case r.query.Dealership != "":
		c.add("a.tenant = %s", r.query.Dealership)
	case r.query.Group == Office:
		c.add("a.tenant IS NULL")
	default:
		c.add("a.role <> 'user'")
	}
	return c
}

// exempt lists exemptions in force of active accounts, and who gave them.
func (r *reporting) exempt(ctx context.Context) error {
	where := r.scope()
	where.add("a.status = 'Active'")
	where.add("a.exempt_until >= %s", r.At.UnixMicro())
	list, err := listPeople(ctx, r.tx, r.service.db.NowSQL(), where, "a.exempt_until, a.id", maxListed)
	if err != nil {
		return err
	}
	grants, err := grantsOf(ctx, r.tx, r.actor, list)
	for _, p := range list {
		r.Exempt = append(r.Exempt, ExemptPerson{Person: p, Grant: grants[p.ID]})
	}
	return err
}

// disabled lists whom the policy disabled recently.
func (r *reporting) disabled(ctx context.Context) (err error) {
	where := r.scope()
	where.add("a.status = 'Disabled'")
	where.add("a.disabled_reason = 'Inactivity'")
	where.add("a.disabled_at > %s", r.At.Add(-recently).UnixMicro())
	r.Disabled, err = listPeople(ctx, r.tx, r.service.db.NowSQL(), where, "a.disabled_at DESC, a.id", maxListed)
	return err
}
