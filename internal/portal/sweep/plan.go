// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// saveEvery is how often progress is stored of windows that have nothing to write.
const saveEvery = 5 * time.Second

// plan counts who is to be disabled and warned, and judges by the counts whether that would exceed a limit. It writes nothing about
// accounts, so a plan that is cut off is made anew. One statement finds out whether anybody can be due; only then it walks
// over the candidates.
func (w *work) plan(ctx context.Context) error {
	all, err := w.census(ctx)
	if err != nil {
		return err
	}
	due := newTally()
	if all.candidates > 0 {
		if due, err = w.count(ctx); err != nil {
			return err
		}
	}
	hold, err := w.judge(ctx, all, due)
	if err != nil {
		return err
	}
	w.planned, w.allowed = due.actions, &allowance{total: due.due, byTeam: due.byTeam}
	return w.step(ctx, func(tx *store.Tx, next *run) error {
		next.Scanned, next.Due, next.Skipped, next.Hold = all.active, due.due, due.skipped, nil
		switch {
		case next.Mode != ModeEnforce:
			if hold != nil {
				hold.Count = due.due
			}
			next.phase, next.WouldHold = phaseReport, hold
		case hold != nil:
			now, err := tx.Now(ctx)
			if err != nil {
				return err
			}
			hold.Until = now.Add(approvalTime)
			next.phase, next.Hold = phaseFreeze, hold
		case due.due == 0 && due.warn == 0:
			next.phase = phaseReport
		default:
			next.phase = phaseApply
		}
		return nil
	})
}

// headcount is what one look at all accounts finds.
type headcount struct {
	// active accounts, and those of them that can be due or warned, or whose activity is unknown.
	active, candidates int64
	// newest is the latest activity of any.
	newest time.Time
}

// census counts the active accounts.
func (w *work) census(ctx context.Context) (*headcount, error) {
	args := params(0)
	found := &headcount{}
	err := w.db.QueryRowContext(ctx, `
SELECT COUNT(*), COUNT(CASE WHEN `+w.isCandidate(args)+` THEN 1 END), MAX(a.activity_at) FROM accounts a WHERE a.status = 'Active'`,
		args.Values()...).Scan(&found.active, &found.candidates, store.ScanTime(&found.newest))
	if err != nil {
		return nil, fmt.Errorf("counting accounts: %w", err)
	}
	return found, nil
}

// tally counts verdicts.
type tally struct {
	due, warn int64
	// byTeam counts the due accounts by team, skipped those that are spared by rule.
	byTeam, skipped map[string]int64
	// actions are those to disable or to warn, in order; nil when they are too many to be remembered.
	actions []candidate
	tooMany bool
}

// remembered is how many accounts a plan keeps in mind, at about 100 bytes each; a run that has more to do looks for them again.
const remembered = 1 << 17

func newTally() *tally { return &tally{byTeam: map[string]int64{}, skipped: map[string]int64{}} }

// count asks the rule about all candidates.
func (w *work) count(ctx context.Context) (*tally, error) {
	counted := newTally()
	for after, ends := "", false; !ends; {
		var found []candidate
		var err error
		if found, ends, err = w.look(ctx, after); err != nil {
			return nil, err
		}
		for i := range found {
			counted.add(&found[i])
			after = found[i].id
		}
		if time.Since(w.saved) > saveEvery {
			if err := w.step(ctx, func(*store.Tx, *run) error { return nil }); err != nil { // keeps the lease
				return nil, err
			}
		}
	}
	return counted, nil
}

// add counts a candidate.
func (t *tally) add(c *candidate) {
	switch {
	case c.due:
		t.due++
		t.byTeam[c.team]++
	case c.rule.Skipped():
		t.skipped[string(c.rule)]++
	}
	if c.warn {
		t.warn++
	}
	if (c.due || c.warn) && !t.tooMany {
		t.actions = append(t.actions, *c)
		if len(t.actions) > remembered {
			t.actions, t.tooMany = nil, true
		}
	}
}

// freeze writes down who is due, for somebody to approve: a run that would exceed a limit disables exactly these, or nobody.
func (w *work) freeze(ctx context.Context) error {
	return w.walk(ctx, w.look, func(p *portion) error {
		return w.advance(ctx, p, len(p.due) == 0, func(tx *store.Tx, next *run) error {
			hold := *next.Hold
			if len(p.due) > 0 {
				frozen, err := tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, tenant, action, rule, at)
SELECT CAST($1 AS TEXT), a.id, a.tenant, 'Hold', 'Due', 0 FROM accounts a WHERE a.status = 'Active' AND `+w.db.Among("a.id", "$2"),
					next.ID, store.Texts(p.due))
				if err != nil {
					return fmt.Errorf("freezing who is due: %w", err)
				}
				hold.Count += frozen
			}
			next.Hold = &hold
			if !p.ends {
				return nil
			}
			next.Due, next.phase = hold.Count, phaseApply
			return noteHeld(ctx, tx, next)
		})
	})
}
