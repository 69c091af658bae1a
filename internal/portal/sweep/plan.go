// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// saveEvery is how often progress is stored of windows that have nothing to write.
const saveEvery = 5 * time.Second

// window is what one look at the candidates after the cursor found.
type window struct {
	// rows of accounts, and the last id of them.
	rows int
	last string
	// rules counts the verdicts.
	rules map[inactivity.Rule]int64
	// warn counts those that get a warning.
	warn int64
}

// plan looks at all accounts and notes in the run's actions who is to be disabled and who is to be warned. One statement
// finds out whether anybody can be; only then it walks over the candidates.
func (w *work) plan(ctx context.Context) error {
	if w.run.cursor == "" {
		if err := w.census(ctx); err != nil {
			return err
		}
	}
	look := w.lookStatement()
	for w.run.phase == phasePlan {
		before := time.Now()
		found, err := w.look(ctx, look)
		if err != nil {
			return err
		}
		if err := w.note(ctx, found); err != nil {
			return err
		}
		w.scan.took(found.rows, time.Since(before))
	}
	return nil
}

// candidates is the condition for active accounts that can be due or warned, or whose activity is unknown.
func (w *work) candidates(args *inactivity.Args) string {
	end := w.policy.End()
	if len(w.warnDays) > 0 {
		end = w.lastHorizon().End()
	}
	return "a.status = 'Active' AND (a.activity_at IS NULL OR a.activity_at < " + args.Add(end) + ")"
}

// census counts the active accounts, and ends the plan when none of them is a candidate.
func (w *work) census(ctx context.Context) error {
	args := params(0)
	var scanned, candidates int64
	var newest time.Time
	err := w.db.QueryRowContext(ctx, `
SELECT COUNT(*), COALESCE(SUM(CASE WHEN `+w.candidates(args)+` THEN 1 ELSE 0 END), 0), MAX(a.activity_at) FROM accounts a
WHERE a.status = 'Active'`, args.Values()...).Scan(&scanned, &candidates, store.ScanTime(&newest))
	if err != nil {
		return fmt.Errorf("counting accounts: %w", err)
	}
	return w.step(ctx, func(_ *store.Tx, next *run) error {
		next.Scanned = scanned
		if inactivity.ClockBehind(w.policy.Now(), newest) {
			next.Hold = &portalapi.Hold{Reason: portalapi.HoldClockJump, Until: w.policy.Now().Add(approvalTime)}
		}
		if candidates == 0 {
			next.phase = phaseJudge
		}
		return nil
	})
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

// lookStatement counts the verdicts about the candidates after $1, at most $2 of them.
func (w *work) lookStatement() *statement {
	args := params(2)
	rule := w.policy.SQL("a", args)
	warn := "0"
	if len(w.warnDays) > 0 {
		days, deadline := w.offsetSQL(args), w.deadlineSQL(args)
		warn = "CASE WHEN " + days + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inactivity_actions i WHERE i.account_id = a.id AND i.days = " +
			days + " AND i.deadline = " + deadline + ") THEN 1 ELSE 0 END"
	}
	return &statement{args: args, text: `
SELECT rule, COUNT(*), SUM(warn), MAX(id) FROM (
 SELECT a.id AS id, ` + rule + ` AS rule, ` + warn + ` AS warn
 FROM accounts a WHERE a.id > $1 AND ` + w.candidates(args) + ` ORDER BY a.id LIMIT $2) looked GROUP BY rule`}
}

// look counts the verdicts about the candidates after the cursor.
func (w *work) look(ctx context.Context, look *statement) (*window, error) {
	rows, err := w.db.QueryContext(ctx, look.text, look.with(w.run.cursor, w.scan.size)...)
	if err != nil {
		return nil, fmt.Errorf("asking the rule about accounts: %w", err)
	}
	defer rows.Close()
	found := &window{rules: map[inactivity.Rule]int64{}}
	for rows.Next() {
		var (
			rule    inactivity.Rule
			n, warn int64
			last    string
		)
		if err := rows.Scan(&rule, &n, &warn, &last); err != nil {
			return nil, fmt.Errorf("asking the rule about accounts: %w", err)
		}
		found.rows += int(n)
		found.last = max(found.last, last)
		found.warn += warn
		found.rules[rule] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("asking the rule about accounts: %w", err)
	}
	return found, nil
}

// note takes over what a window found, and writes down whom the run is going to disable and warn.
func (w *work) note(ctx context.Context, found *window) error {
	ends := found.rows < w.scan.size
	progress := func(next *run) {
		for rule, n := range found.rules {
			if rule.Skipped() {
				next.Skipped[string(rule)] += n
			}
		}
	}
	due := found.rules[inactivity.RuleDue]
	quiet := w.run.Mode != ModeEnforce || due == 0 && found.warn == 0
	if quiet && !ends && time.Since(w.saved) < saveEvery {
		next := *w.run
		next.Skipped = maps.Clone(w.run.Skipped)
		progress(&next)
		next.Due += due
		next.cursor = found.last
		*w.run = next
		return nil
	}
	return w.step(ctx, func(tx *store.Tx, next *run) error {
		progress(next)
		if w.run.Mode != ModeEnforce {
			next.Due += due
		} else if !quiet {
			if err := w.freeze(ctx, tx, next, found); err != nil {
				return err
			}
		}
		next.cursor = found.last
		if ends {
			next.cursor, next.phase = "", phaseJudge
		}
		return nil
	})
}

// freeze writes the actions that the run plans for the accounts of a window.
func (w *work) freeze(ctx context.Context, tx *store.Tx, next *run, found *window) error {
	if found.rules[inactivity.RuleDue] > 0 {
		args := params(3)
		frozen, err := tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at)
SELECT CAST($1 AS TEXT), a.id, 'Hold', 'Due', 0 FROM accounts a
WHERE a.id > $2 AND a.id <= $3 AND a.status = 'Active' AND a.activity_at < `+args.Add(w.policy.End())+` AND `+w.policy.DueSQL("a", args),
			(&statement{args: args}).with(next.ID, w.run.cursor, found.last)...)
		if err != nil {
			return fmt.Errorf("planning disablements: %w", err)
		}
		next.Due += frozen
	}
	if found.warn == 0 {
		return nil
	}
	args := params(3)
	days, deadline := w.offsetSQL(args), w.deadlineSQL(args)
	_, err := tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at, days, deadline)
SELECT CAST($1 AS TEXT), soon.id, 'Warn', 'Due', 0, soon.days, soon.deadline FROM (
 SELECT a.id AS id, `+days+` AS days, `+deadline+` AS deadline FROM accounts a
 WHERE a.id > $2 AND a.id <= $3 AND a.status = 'Active') soon
WHERE soon.days IS NOT NULL AND NOT EXISTS (
 SELECT 1 FROM inactivity_actions i WHERE i.account_id = soon.id AND i.days = soon.days AND i.deadline = soon.deadline)`,
		(&statement{args: args}).with(next.ID, w.run.cursor, found.last)...)
	if err != nil {
		return fmt.Errorf("planning warnings: %w", err)
	}
	return nil
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
