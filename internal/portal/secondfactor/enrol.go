// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

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

const (
	// CodeLife is how long a mailed code is good.
	CodeLife = 10 * time.Minute
	// CodeTries is how many times a mailed code may be entered.
	CodeTries = 5
	// codePause is the least time between two codes for an account.
	codePause = time.Minute
)

// ErrTooSoon : the account was sent a code less than a minute ago.
var ErrTooSoon = errors.New("a code was sent a moment ago")

// AskCode queues a code for an account whose enrolment is open in a visit (its flow.Hash); ErrTooSoon when the account was sent one a moment
// ago, in whatever visit. The caller holds the account's row.
func (s *Service) AskCode(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	var recent bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE account_id = $1 AND kind = $2 AND created_at > $3)",
		a.ID, string(outbox.EnrolmentCode), now.Add(-codePause).UnixMicro()).Scan(&recent)
	if err != nil {
		return fmt.Errorf("looking for the last code: %w", err)
	}
	if recent {
		return ErrTooSoon
	}
	return outbox.Add(ctx, tx, outbox.Message{
		Kind: outbox.EnrolmentCode, AccountID: a.ID, Tenant: a.Tenant, Detail: outbox.Detail{Flow: visitHash},
	})
}

// MintCode makes the code for a message that was queued for a visit, in place of an earlier one, and audits that; flow.ErrNone when
// nobody waits for it any more.
func MintCode(ctx context.Context, tx *store.Tx, keys *sessionkey.Ring, a *account.Account, visitHash string) (code string, err error) {
	step, err := flow.Find(ctx, tx, visitHash, PurposeEnrolment)
	if err != nil {
		return "", err
	}
	if step.AccountID != a.ID {
		return "", flow.ErrNone
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the system's source of random bytes never fails
	}
	code = fmt.Sprintf("%06d", n)
	hash := hex.EncodeToString(keys.MAC(enrolmentText(visitHash, a.ID, code)))
	if err := flow.Put(ctx, tx, visitHash, purposeCode, flow.Step{AccountID: a.ID, CodeHash: hash}, CodeLife); err != nil {
		return "", err
	}
	return code, audit.Append(ctx, tx, audit.Event{
		Event: audit.EnrolmentCodeSent, Actor: audit.Actor{Class: audit.ActorPortal}, AccountID: a.ID, Tenant: a.Tenant,
	})
}

// TryCode uses up one try of the code that waits in a visit, and the code itself when it is right. left is how many tries there are
// after that; none when no code is good any more, or yet.
func (s *Service) TryCode(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account, given string, by audit.Actor) (right bool, left int, err error) {
	step, err := flow.Find(ctx, tx, visitHash, purposeCode)
	if errors.Is(err, flow.ErrNone) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, err
	}
	if step.AccountID != a.ID || step.Tries >= CodeTries {
		return false, 0, nil
	}
	mac, err := hex.DecodeString(step.CodeHash)
	if err == nil && s.Keys.Matches(mac, enrolmentText(visitHash, a.ID, compact(given))) {
		_, err := flow.Take(ctx, tx, visitHash, purposeCode)
		return err == nil, 0, err
	}
	if err := flow.Failed(ctx, tx, visitHash, purposeCode); err != nil {
		return false, 0, err
	}
	return false, CodeTries - step.Tries - 1, audit.Append(ctx, tx, audit.Event{
		Event: audit.EnrolmentCodeFailed, Actor: by, AccountID: a.ID, Tenant: a.Tenant,
	})
}

func enrolmentText(visitHash, accountID, code string) string {
	return "enrolment code\x00" + visitHash + "\x00" + accountID + "\x00" + code
}
