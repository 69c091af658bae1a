// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Tries is how many times a code may be entered in a visit; after that another one must be asked for.
const Tries = 5

// ErrOver : nobody waits for the code any more.
var ErrOver = errors.New("the request for a code is over")

// MintCode makes the code for a message that was queued for the visit with that hash, voids the visit's earlier code and audits that. It
// answers how long the code is good. ErrOver when nobody waits for it. What was entered before it came counts as tries, because the same
// happens where there is no account.
func MintCode(ctx context.Context, tx *store.Tx, keys *sessionkey.Ring, a *account.Account, message outbox.Message) (code string, left time.Duration, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", 0, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", 0, fmt.Errorf("making a code: %w", err)
	}
	code = fmt.Sprintf("%06d", n)
	visit := message.Detail.Flow
	var ends time.Time
	rows, err := tx.QueryContext(ctx, `
UPDATE flows SET code_hash = $4 WHERE flow_hash = $1 AND purpose = $2 AND account_id = $3 AND expires_at > $5 RETURNING expires_at`,
		visit, string(purpose), a.ID, hex.EncodeToString(keys.MAC(hashed(visit, a.ID, code))), now.UnixMicro())
	if err != nil {
		return "", 0, fmt.Errorf("storing a code: %w", err)
	}
	defer rows.Close()
	found := rows.Next()
	if found {
		if err := rows.Scan(store.ScanTime(&ends)); err != nil {
			return "", 0, fmt.Errorf("storing a code: %w", err)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", 0, fmt.Errorf("storing a code: %w", err)
	}
	if !found {
		return "", 0, ErrOver
	}
	return code, ends.Sub(now), audit.Append(ctx, tx, audit.Event{
		Event: audit.RecoverySent, Actor: audit.Actor{Class: audit.ActorPortal}, AccountID: a.ID, Tenant: a.Tenant, Reason: string(message.Channel),
	})
}

// Entered is the answer to a code.
type Entered struct {
	// Token lets its holder choose a new password; empty when the code was wrong.
	Token string
	// Left is how many tries are left after a wrong code; with 0 another code must be asked for.
	Left int
}

// Waits tells whether a code was asked for in a visit, whoever for, and may still be entered.
func (s *Service) Waits(ctx context.Context, visit string) (waits bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := flow.Find(ctx, tx, flow.Hash(visit), purpose)
		waits = err == nil
		if errors.Is(err, flow.ErrNone) {
			return nil
		}
		return err
	})
	return waits, err
}

// EnterCode tries a code. The answer depends on nothing but the code and how often one was tried, so that it tells nothing about accounts.
// ErrOver when no code was asked for in the visit or too long ago, *WaitError when the address has tried too often.
func (s *Service) EnterCode(ctx context.Context, given string, origin Origin) (entered *Entered, err error) {
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		entered = &Entered{}
		if err := s.countAddress(ctx, tx, codesOfAddress, origin.Address); err != nil {
			return err
		}
		visit := flow.Hash(origin.Flow)
		// Counting comes first, and holds the row: tries at the same time queue.
		counted, err := tx.ExecContext(ctx, "UPDATE flows SET tries = tries + 1 WHERE flow_hash = $1 AND purpose = $2 AND tries < $3",
			visit, string(purpose), Tries)
		if err != nil {
			return fmt.Errorf("counting a code: %w", err)
		}
		step, err := flow.Find(ctx, tx, visit, purpose)
		if errors.Is(err, flow.ErrNone) {
			return ErrOver
		}
		if err != nil {
			return err
		}
		if counted == 0 {
			return nil
		}
		entered.Left = Tries - step.Tries
		if !s.matches(visit, step, given) {
			return s.wrong(ctx, tx, step, origin)
		}
		entered.Token, err = s.exchange(ctx, tx, visit, step.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entered, nil
}

// wrong audits a wrong code.
func (s *Service) wrong(ctx context.Context, tx *store.Tx, step *flow.Step, origin Origin) error {
	return audit.Append(ctx, tx, audit.Event{
		Event: audit.RecoveryCodeFailed, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: origin.RequestID}, AccountID: step.AccountID,
	})
}

// exchange uses the code up and answers a token instead.
func (s *Service) exchange(ctx context.Context, tx *store.Tx, visit, accountID string) (string, error) {
	if _, err := flow.Take(ctx, tx, visit, purpose); err != nil {
		return "", err
	}
	return mint(ctx, tx, accountID, tokenProved, CodeLife(s.Settings()))
}

// matches compares in constant time; where there is no code, nothing matches.
func (s *Service) matches(visit string, step *flow.Step, given string) bool {
	mac, err := hex.DecodeString(step.CodeHash)
	return s.Keys.Matches(mac, hashed(visit, step.AccountID, given)) && err == nil && step.AccountID != ""
}

// hashed is the text that a code is hashed as. Six digits without a key could be found by trying all of them.
func hashed(visitHash, accountID, code string) string {
	return "recovery code\x00" + visitHash + "\x00" + accountID + "\x00" + code
}

// Restart forgets what was asked for in a visit; messages that are under way open nothing there any more.
func (s *Service) Restart(ctx context.Context, visit string) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := flow.Take(ctx, tx, flow.Hash(visit), purpose)
		if errors.Is(err, flow.ErrNone) {
			return nil
		}
		return err
	})
}
