// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// stepLife is how long a sign-in waits for its next step.
const stepLife = 30 * time.Minute

// proved is what earlier steps of a sign-in have proved.
type proved struct {
	// Coded is true after the code for administrators who were away for long.
	Coded  bool           `json:"coded,omitempty"`
	Method session.Method `json:"method,omitempty"`
	// Mailed is true after the code that comes before the first second factor.
	Mailed bool `json:"mailed,omitempty"`
}

// visit is a step of a sign-in that waits in a visit to the forms, in a transaction that holds its account.
type visit struct {
	*attempt
	tx      *store.Tx
	hash    string
	step    *flow.Step
	proved  proved
	current *account.Account
	actor   audit.Actor
}

// waitFor opens a step of the visit, in place of the other one.
func (a *attempt) waitFor(ctx context.Context, tx *store.Tx, accountID string, purpose flow.Purpose, p proved) error {
	hash := flow.Hash(a.origin.Flow)
	if err := flow.Drop(ctx, tx, hash, secondfactor.PurposeFactor, secondfactor.PurposeEnrolment); err != nil {
		return err
	}
	detail, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a step: %w", err)
	}
	return flow.Put(ctx, tx, hash, purpose, flow.Step{AccountID: accountID, Detail: string(detail)}, stepLife)
}

// inVisit runs do in a transaction that holds the account of the step that waits in the visit for a purpose. When there is none, or the
// password was changed since, the sign-in is Refused: it begins anew.
func (s *Service) inVisit(ctx context.Context, origin Origin, purpose flow.Purpose, do func(*visit) (*Result, error)) (result *Result, err error) {
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		result = nil
		v, err := s.visit(ctx, tx, origin, purpose)
		if err != nil {
			return err
		}
		result, err = do(v)
		return err
	})
	if errors.Is(err, flow.ErrNone) || errors.Is(err, account.ErrNotFound) {
		return &Result{Outcome: Refused}, nil
	}
	return result, err
}

func (s *Service) visit(ctx context.Context, tx *store.Tx, origin Origin, purpose flow.Purpose) (*visit, error) {
	v := &visit{attempt: &attempt{Service: s, origin: origin}, tx: tx, hash: flow.Hash(origin.Flow)}
	step, err := flow.Find(ctx, tx, v.hash, purpose)
	if err != nil {
		return nil, err
	}
	if v.known, err = account.ByID(ctx, tx, step.AccountID); err != nil {
		return nil, err
	}
	if v.current, err = v.hold(ctx, tx); err != nil {
		return nil, err
	}
	// Again, now that nobody else can take it.
	if v.step, err = flow.Find(ctx, tx, v.hash, purpose); err != nil {
		return nil, err
	}
	if v.step.AccountID != v.current.ID {
		return nil, flow.ErrNone
	}
	if err := json.Unmarshal([]byte(v.step.Detail), &v.proved); err != nil {
		return nil, fmt.Errorf("decoding a step: %w", err)
	}
	v.coded, v.method = v.proved.Coded, v.proved.Method
	v.actor = audit.Actor{Class: audit.ActorAccount, ID: v.current.ID, RequestID: origin.RequestID}
	if v.method == session.SSO {
		if s.Settings().Auth.SSO == nil { // nobody vouches for the account any more
			return nil, flow.ErrNone
		}
		return v, nil
	}
	v.attempt.hash, err = provedHash(ctx, tx, v.current.ID, v.step.ProvedAt)
	return v, err
}

// provedHash is the stored hash of the password that was given at a moment; flow.ErrNone when it was changed since.
func provedHash(ctx context.Context, tx *store.Tx, accountID string, at time.Time) (hash string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT hash FROM credentials WHERE account_id = $1 AND changed_at <= $2", accountID, at.UnixMicro()).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", flow.ErrNone
	}
	if err != nil {
		return "", fmt.Errorf("reading a credential: %w", err)
	}
	return hash, nil
}

// complete ends the step and signs in with a second factor.
func (v *visit) complete(ctx context.Context, factor string) (*Result, error) {
	if err := flow.Drop(ctx, v.tx, v.hash, secondfactor.PurposeFactor, secondfactor.PurposeEnrolment); err != nil {
		return nil, err
	}
	v.factor = factor
	return v.decide(ctx, v.tx, v.current)
}

// Restart forgets everything that was proved in a visit. What was counted stays counted.
func (s *Service) Restart(ctx context.Context, visit string) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := flow.Close(ctx, tx, flow.Hash(visit)); err != nil {
			return err
		}
		return signincode.Close(ctx, tx, visit)
	})
}
