// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// Reset is a new password from somebody who has a link, or entered a code.
type Reset struct {
	Token, New string
	// Words are what an attacker knows besides the account: names of portal, brands and dealership.
	Words     []string
	RequestID string
}

// Account reads whom a token is for; account.ErrNotFound when it is no longer good.
func (s *Service) Account(ctx context.Context, token string) (a *account.Account, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		a, err = ByToken(ctx, tx, token)
		return err
	})
	return a, err
}

// Reset uses the token up and sets the password. It ends every session and every sign-in that waits, forgets every browser that the account knew
// and every failure that was counted, and tells the owner at every address. Nobody is signed in by that, and the second factor stays. Errors to tell the
// user: account.ErrNotFound when the token is no longer good, what Judge answers, password.ErrBusy.
func (s *Service) Reset(ctx context.Context, reset Reset) error {
	a, err := s.Account(ctx, reset.Token)
	if err != nil {
		return err
	}
	if err := s.Judge(reset.New, a, reset.Words); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, reset.New)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error { return s.set(ctx, tx, a.ID, hash, reset) })
}

func (s *Service) set(ctx context.Context, tx *store.Tx, accountID, hash string, reset Reset) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	// The account first, as everywhere: whoever disables it at the same time is either done or waits.
	active, err := tx.ExecContext(ctx, "UPDATE accounts SET must_change_password = FALSE, version = version + 1 WHERE id = $1 AND status = 'Active'", accountID)
	if err != nil {
		return fmt.Errorf("holding an account: %w", err)
	}
	if active == 0 {
		return account.ErrNotFound
	}
	kind, err := use(ctx, tx, reset.Token, accountID, now)
	if err != nil {
		return err
	}
	if kind == tokenMailed {
		// The link arrived: the address is its owner's.
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET mail_confirmed_at = COALESCE(mail_confirmed_at, $2) WHERE id = $1", accountID, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("confirming an address: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, accountID, hash, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("storing a credential: %w", err)
	}
	for _, forget := range []func(context.Context, *store.Tx, string) error{forgetBrowsers, account.EndSteps, account.VoidRecovery, throttle.Open} {
		if err := forget(ctx, tx, accountID); err != nil {
			return err
		}
	}
	a, err := account.ByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	by := audit.Actor{Class: audit.ActorAccount, ID: a.ID, RequestID: reset.RequestID}
	if err := audit.Append(ctx, tx, audit.Event{Event: audit.PasswordReset, Actor: by, AccountID: a.ID, Tenant: a.Tenant}); err != nil {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Message{Kind: outbox.PasswordReset, AccountID: a.ID, Tenant: a.Tenant})
}

// use uses a token up and answers its kind.
func use(ctx context.Context, tx *store.Tx, token, accountID string, now time.Time) (kind string, err error) {
	err = tx.QueryRowContext(ctx, `
UPDATE tokens SET used_at = $3 WHERE hash = $1 AND account_id = $2 AND `+ofRecovery+` AND used_at IS NULL AND expires_at > $3
RETURNING kind`, hashToken(token), accountID, now.UnixMicro()).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", account.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("using a recovery link: %w", err)
	}
	return kind, nil
}

// forgetBrowsers ends the sessions and the browsers that were known: whoever had the old password may have had one of them.
func forgetBrowsers(ctx context.Context, tx *store.Tx, accountID string) error {
	if err := account.EndSessions(ctx, tx, accountID, ""); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM known_devices WHERE account_id = $1", accountID); err != nil {
		return fmt.Errorf("forgetting the browsers of an account: %w", err)
	}
	return nil
}

// ErrNoAddress : the account has no mail address.
var ErrNoAddress = errors.New("the account has no mail address")

// SendReset mails somebody a link on behalf of an administrator, who neither sees it nor chooses the password. The link goes to the
// account's mail address, confirmed or not, as an invitation does. account.ErrConflict when the account is not active, ErrNoAddress when it
// has no address. The caller has made sure that by may do that.
func SendReset(ctx context.Context, tx *store.Tx, target *account.Account, by audit.Actor) error {
	switch {
	case target.Status != account.Active || target.ServiceAccount:
		return account.ErrConflict
	case target.Mail == "":
		return ErrNoAddress
	}
	message := outbox.Message{Kind: outbox.RecoveryLink, AccountID: target.ID, Tenant: target.Tenant}
	if by.Class == audit.ActorAccount {
		message.SubjectID = by.ID
	}
	if err := outbox.Add(ctx, tx, message); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.RecoveryStarted, Actor: by, AccountID: target.ID, Tenant: target.Tenant})
}
