// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// digestPeople is the most people of a list in a digest.
	digestPeople = 20
	// dueWithin is how far a digest looks ahead, and backFor how far back without an earlier digest.
	dueWithin = 30 * 24 * time.Hour
	backFor   = 30 * 24 * time.Hour
)

// digest tells whom the policy has disabled since the recipient's last digest, whom it will disable soon and who is exempt: among the
// people of his dealership, or for the service desk among corporate people. It does not apply when there is nobody to tell of.
func (r *reading) digest(ctx context.Context) (bool, error) {
	if !r.manages(r.recipient.Tenant) {
		return false, nil
	}
	r.facts.URL = r.publicURL.JoinPath(dueListPath).String()
	for _, part := range []func(context.Context) error{r.disabledPeople, r.duePeople, r.exemptPeople} {
		if err := part(ctx); err != nil {
			return false, fmt.Errorf("reading people for a digest: %w", err)
		}
	}
	return len(r.facts.Disabled.People)+len(r.facts.DueSoon.People)+len(r.facts.Exempt.People) > 0, nil
}

// disabledPeople reads who was disabled since the last digest that was sent.
func (r *reading) disabledPeople(ctx context.Context) error {
	var since time.Time
	err := r.tx.QueryRowContext(ctx, "SELECT MAX(created_at) FROM outbox WHERE account_id = $1 AND kind = $2 AND sent_at IS NOT NULL",
		r.recipient.ID, string(outbox.AdministratorDigest)).Scan(store.ScanTime(&since))
	if err != nil {
		return err
	}
	if since.IsZero() {
		since = r.now.Add(-backFor)
	}
	args := &inactivity.Args{}
	condition := r.ours(args) + " AND a.status = 'Disabled' AND a.disabled_reason = 'Inactivity' AND a.disabled_at > " + args.Add(since.UnixMicro())
	r.facts.Disabled, err = r.group(ctx, "'', ''", condition+" ORDER BY a.disabled_at, a.id", args, func(a *account.Account) time.Time { return a.DisabledAt })
	return err
}

// duePeople reads who will be disabled soon, if they are not active: nobody, unless the policy is enforced.
func (r *reading) duePeople(ctx context.Context) error {
	if r.settings.Inactivity.Mode != modeEnforce {
		return nil
	}
	policy, horizon, args := r.policy(), r.now.Add(dueWithin), &inactivity.Args{}
	condition := r.ours(args) + " AND " + policy.At(horizon).DueSQL("a", args) + " ORDER BY " + policy.DeadlineSQL("a", horizon, args) + ", a.id"
	var err error
	r.facts.DueSoon, err = r.group(ctx, "'', ''", condition, args, func(a *account.Account) time.Time {
		if deadline := policy.Deadline(r.member(a)); deadline.After(r.now) {
			return deadline
		}
		return time.Time{}
	})
	return err
}

// exemptPeople reads who is exempt, by whom and why; exemptions of service accounts and imported ones were granted by nobody.
func (r *reading) exemptPeople(ctx context.Context) error {
	args := &inactivity.Args{}
	condition := r.ours(args) + " AND a.status = 'Active' AND a.exempt_until >= " + args.Add(r.now.UnixMicro()) + " ORDER BY a.exempt_until, a.id"
	var err error
	r.facts.Exempt, err = r.group(ctx, `COALESCE((
 SELECT `+r.grantor(args)+` FROM exemptions e JOIN accounts g ON g.id = e.granted_by
 WHERE e.account_id = a.id AND e.ended_at IS NULL AND e.until = a.exempt_until ORDER BY e.granted_at DESC LIMIT 1), ''), a.exempt_reason`,
		condition, args, func(a *account.Account) time.Time { return a.ExemptUntil })
	return err
}

// grantor is the expression for what the recipient calls account g: as on the pages, names of the service desk's people are no
// business of dealerships.
func (r *reading) grantor(args *inactivity.Args) string {
	const name = "COALESCE(NULLIF(g.name, ''), g.username)"
	if r.recipient.Tenant == "" {
		return name
	}
	return "CASE WHEN g.tenant = " + args.Add(r.recipient.Tenant) + " THEN " + name + " ELSE CAST(" + args.Add(r.settings.Support.DeskName) + " AS TEXT) END"
}

// ours is the condition for the people that a digest is about.
func (r *reading) ours(args *inactivity.Args) string {
	if r.recipient.Tenant == "" {
		return "a.tenant IS NULL"
	}
	return "a.tenant = " + args.Add(r.recipient.Tenant)
}

// group reads the first people of a condition with an ORDER BY; grant selects by whom and why, at says when.
func (r *reading) group(ctx context.Context, grant, condition string, args *inactivity.Args, at func(*account.Account) time.Time) (group, error) {
	var g group
	rows, err := r.tx.QueryContext(ctx, "SELECT "+account.Columns+", "+grant+", COUNT(*) OVER () FROM accounts a WHERE "+condition+
		" LIMIT "+strconv.Itoa(digestPeople), args.Values()...)
	if err != nil {
		return g, err
	}
	defer rows.Close()
	for rows.Next() {
		p, all, err := scanPerson(rows, at)
		if err != nil {
			return g, err
		}
		g.People = append(g.People, p)
		g.More = all - len(g.People)
	}
	return g, rows.Err()
}

// scanPerson reads a row of group.
func scanPerson(rows *sql.Rows, at func(*account.Account) time.Time) (p person, all int, err error) {
	var a account.Account
	targets, finish := account.Targets(&a)
	if err := rows.Scan(append(targets, &p.By, &p.Reason, &all)...); err != nil {
		return p, 0, err
	}
	finish()
	p.Name, p.Username, p.At = a.Name, a.Username, at(&a)
	return p, all, nil
}
