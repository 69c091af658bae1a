// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// candidate is an active account that can be due or warned, or whose activity is unknown, and what the rule says about it.
type candidate struct {
	id string
	// team is its dealer code, empty for corporate accounts.
	team string
	rule inactivity.Rule
	// due and warn say what the run would do; leads is true for those whose team must not lose everybody who leads it, mute for those
	// without an address.
	due, warn, leads, mute bool
}

// isCandidate is the condition for active accounts that can be due or warned, or whose activity is unknown.
func (w *work) isCandidate(args *inactivity.Args) string {
	end := w.policy.End()
	if len(w.warnDays) > 0 {
		end = w.lastHorizon().End()
	}
	return "(a.activity_at IS NULL OR a.activity_at < " + args.Add(end) + ")"
}

// statement is a statement with its parameters; those that change come first.
type statement struct {
	text string
	args *inactivity.Args
}

// with answers the parameters with the first ones set.
func (s *statement) with(first ...any) []any {
	values := append([]any(nil), s.args.Values()...)
	copy(values, first)
	return values
}

// params reserves the first parameters of a statement.
func params(n int) *inactivity.Args {
	args := &inactivity.Args{}
	for range n {
		args.Add(nil)
	}
	return args
}

// lookStatement asks the rule about the candidates after $1, at most $2 of them.
func (w *work) lookStatement() *statement {
	args := params(2)
	rule := w.policy.SQL("a", args)
	warn := "FALSE"
	if len(w.warnDays) > 0 {
		days, deadline := w.offsetSQL(args), w.deadlineSQL(args)
		warn = "(" + days + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inactivity_actions i WHERE i.account_id = a.id AND i.days = " + days +
			" AND i.deadline = " + deadline + "))"
	}
	return &statement{args: args, text: `
SELECT a.id, COALESCE(a.tenant, ''), ` + rule + `, ` + warn + `, a.role <> 'user', a.mail = ''
FROM accounts a WHERE a.id > $1 AND a.status = 'Active' AND ` + w.isCandidate(args) + ` ORDER BY a.id LIMIT $2`}
}

// frozenStatement reads the frozen set after $1, at most $2 accounts of it.
func (w *work) frozenStatement() *statement {
	args := params(2)
	return &statement{args: args, text: `
SELECT i.account_id, COALESCE(a.tenant, ''), '` + string(inactivity.RuleDue) + `', FALSE, a.role <> 'user', a.mail = ''
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id
WHERE i.run_id = ` + args.Add(w.run.ID) + ` AND i.account_id > $1 AND i.action = 'Hold' ORDER BY i.account_id LIMIT $2`}
}

// reader reads a window of accounts after an id, and answers whether it is the last one.
type reader func(ctx context.Context, after string) (found []candidate, ends bool, err error)

// look reads candidates.
func (w *work) look(ctx context.Context, after string) ([]candidate, bool, error) {
	return w.read(ctx, w.looks, after)
}

// lookFrozen reads the frozen set.
func (w *work) lookFrozen(ctx context.Context, after string) ([]candidate, bool, error) {
	return w.read(ctx, w.frozenStatement(), after)
}

// read is a reader. A window that the database gives up, because it takes too long, is made smaller.
func (w *work) read(ctx context.Context, s *statement, after string) ([]candidate, bool, error) {
	for {
		size := w.scan.size
		found, err := candidates(w.db.QueryContext(ctx, s.text, s.with(after, size)...))
		if err != nil && w.scan.halves(err) {
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("asking the rule about accounts: %w", err)
		}
		return found, len(found) < size, nil
	}
}

// candidates reads and closes the answer of a reader's query.
func candidates(rows *sql.Rows, err error) ([]candidate, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []candidate
	for rows.Next() {
		var c candidate
		if err := rows.Scan(&c.id, &c.team, &c.rule, &c.warn, &c.leads, &c.mute); err != nil {
			return nil, err
		}
		c.due = c.rule == inactivity.RuleDue
		found = append(found, c)
	}
	return found, rows.Err()
}

// portion is what one transaction deals with.
type portion struct {
	// after and last bound its accounts; ends is true when none follow.
	after, last string
	ends        bool
	// due and warn are the accounts to disable and to warn; leads those among due that lead, teams what they lead, and mute those
	// that get no message.
	due, warn, leads, teams, mute []string
	// changed counts those that are left to the next run.
	changed int64
}

// cut makes a portion of the first candidates, so many that at most size are to be disabled or warned, and answers the rest.
func cut(found []candidate, after string, size int) (*portion, []candidate) {
	p := &portion{after: after, last: after}
	for i := range found {
		c := &found[i]
		if (c.due || c.warn) && len(p.due)+len(p.warn) == size {
			return p, found[i:]
		}
		p.last = c.id
		if c.due {
			p.due = append(p.due, c.id)
		}
		if c.due && c.leads {
			p.leads, p.teams = append(p.leads, c.id), append(p.teams, c.team)
		}
		if c.warn {
			p.warn = append(p.warn, c.id)
		}
		if c.mute {
			p.mute = append(p.mute, c.id)
		}
		if c.rule == changedRule {
			p.changed++
		}
	}
	return p, nil
}

// walk goes from the cursor to the end, in portions that take about as long as a transaction should.
func (w *work) walk(ctx context.Context, read reader, do func(*portion) error) error {
	after := w.run.cursor
	for {
		found, ends, err := read(ctx, after)
		if err != nil {
			return err
		}
		for len(found) > 0 || ends {
			p, rest := cut(found, after, w.write.size)
			p.ends = ends && len(rest) == 0
			before := time.Now()
			if err := do(p); err != nil {
				if w.write.halves(err) {
					continue
				}
				return err
			}
			w.write.took(len(p.due)+len(p.warn), time.Since(before))
			if p.ends {
				return nil
			}
			after, found = p.last, rest
		}
	}
}

// advance moves the cursor over a portion, in a transaction with what is to be done about it. A quiet portion has nothing to do
// before the end: it is stored now and then.
func (w *work) advance(ctx context.Context, p *portion, quiet bool, do func(tx *store.Tx, next *run) error) error {
	if quiet && !p.ends && time.Since(w.saved) < saveEvery {
		w.run.Skipped = maps.Clone(w.run.Skipped)
		w.run.passed(p)
		return nil
	}
	return w.step(ctx, func(tx *store.Tx, next *run) error {
		next.passed(p)
		return do(tx, next)
	})
}

// passed notes that a portion is done.
func (r *run) passed(p *portion) {
	r.cursor = p.last
	if p.ends {
		r.cursor = ""
	}
	if p.changed > 0 {
		r.Skipped[changedRule] += p.changed
	}
}

// offsetSQL is the smallest of the offsets, in days, within which the account becomes due if nobody uses it, or NULL.
func (w *work) offsetSQL(args *inactivity.Args) string {
	var choice strings.Builder
	choice.WriteString("(CASE WHEN a.activity_at >= " + args.Add(w.lastHorizon().End()) + " OR " + w.policy.DueSQL("a", args) + " THEN NULL")
	for _, n := range w.warnDays {
		choice.WriteString(" WHEN " + w.horizon(n).DueSQL("a", args) + " THEN " + strconv.Itoa(n))
	}
	return choice.String() + " ELSE NULL END)"
}

// deadlineSQL is the deadline of accounts that are to be warned.
func (w *work) deadlineSQL(args *inactivity.Args) string {
	return "(" + w.policy.DeadlineSQL("a", w.lastHorizon().Now(), args) + ")"
}

// lastHorizon is the policy at the instant before which deadlines are warned of.
func (w *work) lastHorizon() *inactivity.Policy { return w.horizon(w.warnDays[len(w.warnDays)-1]) }

// horizon is the policy so many days later.
func (w *work) horizon(days int) *inactivity.Policy {
	return w.policy.At(w.policy.Now().AddDate(0, 0, days))
}
