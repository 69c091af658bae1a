// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package signincode keeps the codes that are mailed to administrators who sign in after a long time and whom the inactivity
// policy spares only because they are the last. Who gave the right password opens a step, bound to one visit to the sign-in
// forms (its flow) and one account. A code is made when its mail is written and stored as a keyed hash of code, flow and account.
package signincode

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// Life is how long a code is good.
	Life = 10 * time.Minute
	// Tries is how many times a code may be entered.
	Tries = 5
	// stepLife is how long a step stays open after the password was given.
	stepLife = 30 * time.Minute
	// pause is the least time between two codes for an account.
	pause = time.Minute
)

var (
	// ErrNoStep : nobody gave a password in the flow, or too long ago.
	ErrNoStep = errors.New("no code is waited for")
	// ErrTooSoon : the account was sent a code less than a minute ago.
	ErrTooSoon = errors.New("a code was sent a moment ago")
)

// Codes makes and checks codes.
type Codes struct{ keys *sessionkey.Ring }

// New makes codes that are keyed with secrets that all replicas share.
func New(keys *sessionkey.Ring) *Codes { return &Codes{keys: keys} }

// Step is a sign-in that waits for a code.
type Step struct {
	AccountID string
	// CredentialHash is the password hash that was verified; empty when the password has been changed since.
	CredentialHash string
	// Left is how many times the code may still be entered; 0 when there is no code that is good.
	Left int

	codeHash string
	flowHash string
}

// Open notes that the right password of an account was given in a flow, and queues a code. ErrTooSoon when the account was sent
// one a moment ago: the step is open, and that code is good if it was for the same flow.
func (c *Codes) Open(ctx context.Context, tx *store.Tx, flow, accountID, tenant string) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO sign_in_codes AS s (flow_hash, account_id, proved_at) VALUES ($1, $2, $3)
ON CONFLICT (flow_hash) DO UPDATE SET proved_at = excluded.proved_at, account_id = excluded.account_id,
  code_hash = CASE WHEN s.account_id = excluded.account_id THEN s.code_hash ELSE '' END`, hashFlow(flow), accountID, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("opening a step for a code: %w", err)
	}
	return c.Ask(ctx, tx, flow, accountID, tenant)
}

// Ask queues another code for a step that is open; ErrTooSoon when the account was sent one a moment ago, in whatever flow. The
// caller holds the account's row.
func (c *Codes) Ask(ctx context.Context, tx *store.Tx, flow, accountID, tenant string) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	var recent bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE account_id = $1 AND kind = $2 AND created_at > $3)",
		accountID, string(outbox.SignInCode), now.Add(-pause).UnixMicro()).Scan(&recent)
	if err != nil {
		return fmt.Errorf("looking for the last code: %w", err)
	}
	if recent {
		return ErrTooSoon
	}
	return outbox.Add(ctx, tx, outbox.Message{
		Kind: outbox.SignInCode, AccountID: accountID, Tenant: tenant, Detail: outbox.Detail{Flow: hashFlow(flow)},
	})
}

// Find reads the step that is open in a flow; ErrNoStep when there is none.
func (c *Codes) Find(ctx context.Context, tx *store.Tx, flow string) (*Step, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	step := Step{flowHash: hashFlow(flow)}
	var tries int
	var expires int64
	err = tx.QueryRowContext(ctx, `
SELECT s.account_id, s.code_hash, s.tries, s.expires_at, COALESCE((SELECT c.hash FROM credentials c
  WHERE c.account_id = s.account_id AND c.changed_at <= s.proved_at), '')
FROM sign_in_codes s WHERE s.flow_hash = $1 AND s.proved_at > $2`, step.flowHash, now.Add(-stepLife).UnixMicro()).
		Scan(&step.AccountID, &step.codeHash, &tries, &expires, &step.CredentialHash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoStep
	}
	if err != nil {
		return nil, fmt.Errorf("reading a step for a code: %w", err)
	}
	if step.codeHash != "" && now.UnixMicro() < expires {
		step.Left = max(Tries-tries, 0)
	}
	return &step, nil
}

// Try uses up one try of a step that has some left, and the step itself when the code is right. The caller has held the account's
// row since before Find, so that tries at the same time queue.
func (c *Codes) Try(ctx context.Context, tx *store.Tx, step *Step, given string) (right bool, err error) {
	if c.matches(step, given) {
		// The condition: a mail that is written meanwhile has replaced the code.
		used, err := tx.ExecContext(ctx, "DELETE FROM sign_in_codes WHERE flow_hash = $1 AND code_hash = $2", step.flowHash, step.codeHash)
		if err != nil {
			return false, fmt.Errorf("using a code: %w", err)
		}
		return used == 1, nil
	}
	step.Left--
	_, err = tx.ExecContext(ctx, "UPDATE sign_in_codes SET tries = tries + 1 WHERE flow_hash = $1", step.flowHash)
	if err != nil {
		return false, fmt.Errorf("counting a wrong code: %w", err)
	}
	return false, nil
}

// Mint makes the code for a message that was queued with that detail, voids the step's earlier code and audits that; ErrNoStep
// when nobody waits for it any more.
func (c *Codes) Mint(ctx context.Context, tx *store.Tx, accountID, tenant, flowHash string) (code string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	code = newCode()
	changed, err := tx.ExecContext(ctx, `
UPDATE sign_in_codes SET code_hash = $3, expires_at = $4, tries = 0 WHERE flow_hash = $1 AND account_id = $2 AND proved_at > $5`,
		flowHash, accountID, c.hash(flowHash, accountID, code), now.Add(Life).UnixMicro(), now.Add(-stepLife).UnixMicro())
	if err != nil {
		return "", fmt.Errorf("storing a code: %w", err)
	}
	if changed == 0 {
		return "", ErrNoStep
	}
	return code, audit.Append(ctx, tx, audit.Event{
		Event: audit.SignInCodeSent, Actor: audit.Actor{Class: audit.ActorPortal}, AccountID: accountID, Tenant: tenant,
	})
}

// Close forgets the step of a flow.
func Close(ctx context.Context, tx *store.Tx, flow string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM sign_in_codes WHERE flow_hash = $1", hashFlow(flow)); err != nil {
		return fmt.Errorf("closing a step for a code: %w", err)
	}
	return nil
}

// Prune deletes steps that are over.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sign_in_codes WHERE proved_at <= $1", now.Add(-stepLife).UnixMicro()); err != nil {
		return fmt.Errorf("deleting old steps for codes: %w", err)
	}
	return nil
}

// newCode makes six random digits.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the system's source of random bytes never fails
	}
	return fmt.Sprintf("%06d", n)
}

// hash keys a code: six digits without a key could be found by trying all of them.
func (c *Codes) hash(flowHash, accountID, code string) string {
	return hex.EncodeToString(c.keys.MAC(hashed(flowHash, accountID, code)))
}

// matches compares a code with the step's, which any valid key may have hashed.
func (c *Codes) matches(step *Step, code string) bool {
	mac, err := hex.DecodeString(step.codeHash)
	return err == nil && c.keys.Matches(mac, hashed(step.flowHash, step.AccountID, code))
}

// hashed is the text that a code is hashed as.
func hashed(flowHash, accountID, code string) string {
	return "sign-in code\x00" + flowHash + "\x00" + accountID + "\x00" + code
}

func hashFlow(flow string) string {
	sum := sha256.Sum256([]byte(flow))
	return hex.EncodeToString(sum[:])
}
