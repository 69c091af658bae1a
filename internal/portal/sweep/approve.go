// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// RefusedError refuses an approval or an undo.
type RefusedError struct {
	// Code is portalapi.CodeCountMismatch, CodeNotHeld or CodeExpired.
	Code string
	text string
}

// Error implements error.
func (e *RefusedError) Error() string { return e.text }

func refused(code, format string, args ...any) error {
	return &RefusedError{code, fmt.Sprintf(format, args...)}
}

// Approve lets a held run disable the set that it froze, minus whoever is not due any more, and wakes the worker. It is idempotent for
// the same request. *RefusedError when the run does not wait for an approval, when it waited too long, when the policy has become weaker
// since, or when the count is not that of its set; *ModeError when the policy is not enforced any more; ErrBusy while another run is under way; ErrNotFound.
func (r *Runner) Approve(ctx context.Context, id string, approval portalapi.ApproveRequest, by audit.Actor) (*portalapi.Run, error) {
	var approved *run
	err := r.db.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.Lock(ctx, "inactivity/start"); err != nil {
			return err
		}
		approved, err = r.approve(ctx, tx, id, approval, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Wake()
	return &approved.Run, nil
}

// approve is Approve under the lock of Start.
func (r *Runner) approve(ctx context.Context, tx *store.Tx, id string, approval portalapi.ApproveRequest, by audit.Actor) (*run, error) {
	held, err := find(ctx, tx, "id = $1", id)
	if err != nil || held.approveRequest == approval.Request {
		return held, err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	if err := mayApprove(held, approval, now, r.settings()); err != nil {
		return nil, err
	}
	if _, err := running(ctx, tx); !errors.Is(err, ErrNotFound) {
		return nil, errors.Join(err, ErrBusy)
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE inactivity_runs SET status = 'Running', phase = 'Apply', cursor = '', finished_at = NULL, lease_until = 0, approved_at = $2, approve_request = $3
WHERE id = $1 AND status = 'Held'`, id, now.UnixMicro(), approval.Request)
	if err != nil {
		return nil, fmt.Errorf("approving the inactivity run %s: %w", id, err)
	}
	if changed == 0 { // the end of a later run ended the offer in this moment
		return nil, refused(portalapi.CodeExpired, "the run %s can no longer be approved: a later run has just been completed", id)
	}
	if held.Hold.Reason == portalapi.HoldClockJump {
		if err := endFuture(ctx, tx, now); err != nil {
			return nil, err
		}
	}
	if err := audit.Append(ctx, tx, audit.Event{Event: audit.RunApproved, Actor: by, RunID: id, Rule: held.Hold.Reason, Reason: approval.Request}); err != nil {
		return nil, err
	}
	return find(ctx, tx, "id = $1", id)
}

// mayApprove answers what speaks against an approval at an instant and under a policy.
func mayApprove(held *run, approval portalapi.ApproveRequest, now time.Time, policy portalconfig.Inactivity) error {
	const over = "the run %s can no longer be approved (%s): let a new run plan anew"
	switch {
	case held.Status == portalapi.RunExpired, held.Status == portalapi.RunHeld && now.After(held.Hold.Until):
		return refused(portalapi.CodeExpired, over, held.ID, orElse(held.Error, "its time is over"))
	case held.Status != portalapi.RunHeld:
		return refused(portalapi.CodeNotHeld, "the run %s is %s and does not wait for an approval", held.ID, held.Status)
	case approval.Count != held.Hold.Count:
		return refused(portalapi.CodeCountMismatch,
			"the run %s would disable %d accounts, not %d: look at it again and approve that number", held.ID, held.Hold.Count, approval.Count)
	}
	if _, err := runMode(ModeEnforce, policy.Mode); err != nil {
		return err
	}
	skips := policy.NeverSignedIn == inactivity.NeverSignedInSkip && held.policy.NeverSignedIn != policy.NeverSignedIn
	if policy.Months > held.policy.Months || skips {
		return refused(portalapi.CodeExpired, over, held.ID, "the policy in force spares accounts of its set")
	}
	return nil
}

// endFuture makes activity of the future, which a wrong clock left behind, one of this instant: it happened before, whoever approves
// has looked at the clocks, and otherwise every run would be held until the owners sign in.
func endFuture(ctx context.Context, tx *store.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, "UPDATE accounts SET activity_at = $1 WHERE status = 'Active' AND activity_at > $1", now.UnixMicro())
	if err != nil {
		return fmt.Errorf("ending activity of the future: %w", err)
	}
	return nil
}

// orElse prefers a text that is there.
func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}
