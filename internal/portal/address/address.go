// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package address changes where an account is reached: two mail addresses and a mobile number. A new one counts only after its owner
// has entered a code that was sent there; until then the old one stays. Every change is audited and told at the old and at the new
// addresses.
package address

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Slot is one of the addresses of an account.
type Slot string

// Slots.
const (
	// Mail is the first mail address, which cannot be removed.
	Mail Slot = "Mail"
	// SecondMail gets the notices, too.
	SecondMail Slot = "SecondMail"
	// Phone is a mobile number in E.164 form.
	Phone Slot = "Phone"
)

// Slots lists them in the order in which pages show them.
func Slots() []Slot { return []Slot{Mail, SecondMail, Phone} }

const (
	// Life is how long a code is good (OWASP ASVS 6.5.5).
	Life = 10 * time.Minute
	// Tries is how many times a code may be entered.
	Tries = 5
	// waitForCode is how long an address waits for its code to be sent.
	waitForCode = 24 * time.Hour
	// PerHour is the most codes for an account in an hour, and pause the least time between two: nobody can have others flooded.
	PerHour = 5
	pause   = time.Minute
)

var (
	// ErrSame : the account has that address already.
	ErrSame = errors.New("the account has this address already")
	// ErrTooSoon : a code was sent less than a minute ago, or five within the hour.
	ErrTooSoon = errors.New("a code was sent a moment ago")
	// ErrNone : no address waits for a code there.
	ErrNone = errors.New("no address waits for a code")
	// ErrFirst : the first mail address can be replaced, not removed.
	ErrFirst = errors.New("the first mail address cannot be removed")
)

// Book changes addresses. Codes are keyed with secrets that all replicas share.
type Book struct{ keys *sessionkey.Ring }

// NewBook makes a book.
func NewBook(keys *sessionkey.Ring) *Book { return &Book{keys: keys} }

// Waiting is an address that waits for its confirmation.
type Waiting struct {
	Slot  Slot
	Value string
	// Left is how many times its code may still be entered; 0 when there is no code that is good any more.
	Left int
}

// List reads the addresses of an account that wait, by slot.
func List(ctx context.Context, db *store.DB, accountID string) (map[Slot]Waiting, error) {
	rows, err := db.QueryContext(ctx, `
SELECT slot, value, CASE WHEN expires_at > `+db.NowSQL()+` THEN tries ELSE $2 END FROM address_confirmations WHERE account_id = $1`,
		accountID, Tries)
	if err != nil {
		return nil, fmt.Errorf("reading the addresses that wait: %w", err)
	}
	defer rows.Close()
	list := map[Slot]Waiting{}
	for rows.Next() {
		var one Waiting
		var tries int
		if err := rows.Scan(&one.Slot, &one.Value, &tries); err != nil {
			return nil, fmt.Errorf("reading the addresses that wait: %w", err)
		}
		one.Left = max(Tries-tries, 0)
		list[one.Slot] = one
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the addresses that wait: %w", err)
	}
	return list, nil
}

// of answers the address that an account has in a slot, and whether it is confirmed.
func of(a *account.Account, slot Slot) (value string, confirmed bool) {
	switch slot {
	case SecondMail:
		return a.SecondMail, !a.SecondMailConfirmedAt.IsZero()
	case Phone:
		return a.Phone, !a.PhoneConfirmedAt.IsZero()
	default:
		return a.Mail, !a.MailConfirmedAt.IsZero()
	}
}

// Ask notes the address that is to be confirmed in a slot, in place of one that waits there, and queues a code to it. An address that
// the account has and that was never confirmed can be asked for, too. The caller has checked its form.
func Ask(ctx context.Context, tx *store.Tx, a *account.Account, slot Slot, value string) error {
	if err := hold(ctx, tx, a.ID); err != nil {
		return err
	}
	current, err := account.ByID(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	for _, other := range Slots() {
		have, confirmed := of(current, other)
		if have == value && (other != slot || confirmed) {
			return ErrSame
		}
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO address_confirmations (account_id, slot, value, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id, slot) DO UPDATE SET value = excluded.value, code_hash = '', tries = 0, created_at = excluded.created_at,
  expires_at = excluded.expires_at`, a.ID, string(slot), value, now.UnixMicro(), now.Add(waitForCode).UnixMicro())
	if err != nil {
		return fmt.Errorf("storing an address that waits: %w", err)
	}
	return queue(ctx, tx, a, slot)
}

// Again queues another code for the address that waits in a slot; the earlier one is void as soon as it is made.
func Again(ctx context.Context, tx *store.Tx, a *account.Account, slot Slot) error {
	if err := hold(ctx, tx, a.ID); err != nil {
		return err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	waits, err := tx.ExecContext(ctx, `
UPDATE address_confirmations SET code_hash = '', tries = 0, expires_at = $3 WHERE account_id = $1 AND slot = $2`,
		a.ID, string(slot), now.Add(waitForCode).UnixMicro())
	if err != nil {
		return fmt.Errorf("storing an address that waits: %w", err)
	}
	if waits == 0 {
		return ErrNone
	}
	return queue(ctx, tx, a, slot)
}

// queue queues the message with the code.
func queue(ctx context.Context, tx *store.Tx, a *account.Account, slot Slot) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	var recent, hour int
	err = tx.QueryRowContext(ctx, `
SELECT COUNT(CASE WHEN created_at > $3 THEN 1 END), COUNT(*) FROM outbox WHERE account_id = $1 AND kind = $2 AND created_at > $4`,
		a.ID, string(outbox.AddressCode), now.Add(-pause).UnixMicro(), now.Add(-time.Hour).UnixMicro()).Scan(&recent, &hour)
	if err != nil {
		return fmt.Errorf("looking for the last codes: %w", err)
	}
	if recent > 0 || hour >= PerHour {
		return ErrTooSoon
	}
	message := outbox.Message{Kind: outbox.AddressCode, AccountID: a.ID, Tenant: a.Tenant, Detail: outbox.Detail{Changed: string(slot)}}
	if slot == Phone {
		message.Channel = outbox.SMS
	}
	return outbox.Add(ctx, tx, message)
}

// Cancel forgets an address that waits.
func Cancel(ctx context.Context, tx *store.Tx, accountID string, slot Slot) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM address_confirmations WHERE account_id = $1 AND slot = $2", accountID, string(slot)); err != nil {
		return fmt.Errorf("forgetting an address that waits: %w", err)
	}
	return nil
}

// hold keeps other changes of the account away until the transaction ends; account.ErrConflict when it is not active.
func hold(ctx context.Context, tx *store.Tx, accountID string) error {
	held, err := tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id = $1 AND status = 'Active'", accountID)
	if err != nil {
		return fmt.Errorf("holding an account: %w", err)
	}
	if held == 0 {
		return account.ErrConflict
	}
	return nil
}

// Former reads the address that an account had, by the id in the detail of a message; empty when it was forgotten.
func Former(ctx context.Context, q store.Querier, id string) (slot Slot, value string, err error) {
	err = q.QueryRowContext(ctx, "SELECT slot, value FROM former_addresses WHERE id = $1", id).Scan(&slot, &value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("reading a former address: %w", err)
	}
	return slot, value, nil
}

// formerLife is how long a former address is kept: as long as its notice is tried, and a little more.
const formerLife = 7 * 24 * time.Hour

// Prune forgets addresses that waited in vain and former ones whose notices were sent long ago.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM address_confirmations WHERE created_at <= $1", now.Add(-waitForCode).UnixMicro()); err != nil {
		return fmt.Errorf("forgetting addresses that waited: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM former_addresses WHERE created_at <= $1", now.Add(-formerLife).UnixMicro()); err != nil {
		return fmt.Errorf("forgetting former addresses: %w", err)
	}
	return nil
}
