// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Mint makes the code for a message that was queued by Ask or Again, and answers the address that it goes to. ErrNone when no address
// waits there any more.
func (b *Book) Mint(ctx context.Context, tx *store.Tx, accountID string, slot Slot) (code, to string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", "", err
	}
	code = newCode()
	err = tx.QueryRowContext(ctx, "SELECT value FROM address_confirmations WHERE account_id = $1 AND slot = $2 AND expires_at > $3",
		accountID, string(slot), now.UnixMicro()).Scan(&to)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", ErrNone
	}
	if err != nil {
		return "", "", fmt.Errorf("reading an address that waits: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
UPDATE address_confirmations SET code_hash = $4, tries = 0, expires_at = $5 WHERE account_id = $1 AND slot = $2 AND value = $3`,
		accountID, string(slot), to, b.hash(accountID, slot, to, code), now.Add(Life).UnixMicro())
	if err != nil {
		return "", "", fmt.Errorf("storing a code: %w", err)
	}
	return code, to, nil
}

// Confirm enters a code. It counts the try before it compares, in one statement, so that tries at the same time cannot outrun the count.
// When the code is right the address counts, the change is audited, and the old and the new addresses are told. Left is how many tries
// are left when it is wrong; ErrNone when no code is good any more.
func (b *Book) Confirm(ctx context.Context, tx *store.Tx, a *account.Account, slot Slot, code string, by audit.Actor) (right bool, left int, err error) {
	if err := hold(ctx, tx, a.ID); err != nil {
		return false, 0, err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return false, 0, err
	}
	var value, hash string
	var tries int
	err = tx.QueryRowContext(ctx, `
UPDATE address_confirmations SET tries = tries + 1
WHERE account_id = $1 AND slot = $2 AND code_hash <> '' AND tries < $3 AND expires_at > $4 RETURNING value, code_hash, tries`,
		a.ID, string(slot), Tries, now.UnixMicro()).Scan(&value, &hash, &tries)
	if errors.Is(err, sql.ErrNoRows) {
		return false, 0, ErrNone
	}
	if err != nil {
		return false, 0, fmt.Errorf("counting a try: %w", err)
	}
	mac, err := hex.DecodeString(hash)
	if err != nil || !b.keys.Matches(mac, hashed(a.ID, slot, value, code)) {
		return false, Tries - tries, audit.Append(ctx, tx, audit.Event{
			Event: audit.AddressCodeFailed, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: string(slot),
		})
	}
	return true, 0, change(ctx, tx, a.ID, slot, value, by)
}

// Remove takes an address away; ErrFirst for the first one.
func Remove(ctx context.Context, tx *store.Tx, a *account.Account, slot Slot, by audit.Actor) error {
	if slot == Mail {
		return ErrFirst
	}
	if err := hold(ctx, tx, a.ID); err != nil {
		return err
	}
	return change(ctx, tx, a.ID, slot, "", by)
}

// columns are those of a slot: the address, and when it was confirmed.
var columns = map[Slot][2]string{
	Mail: {"mail", "mail_confirmed_at"}, SecondMail: {"second_mail", "second_mail_confirmed_at"}, Phone: {"phone", "phone_confirmed_at"},
}

// change puts an address in force, with everything that goes along with that.
func change(ctx context.Context, tx *store.Tx, accountID string, slot Slot, value string, by audit.Actor) error {
	before, err := account.ByID(ctx, tx, accountID)
	if err != nil {
		return err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	confirmed := sql.NullInt64{Int64: now.UnixMicro(), Valid: value != ""}
	_, err = tx.ExecContext(ctx, "UPDATE accounts SET "+columns[slot][0]+" = $2, "+columns[slot][1]+" = $3, version = version + 1 WHERE id = $1",
		accountID, value, confirmed)
	if err != nil {
		return fmt.Errorf("changing an address: %w", err)
	}
	if err := Cancel(ctx, tx, accountID, slot); err != nil {
		return err
	}
	// A link that was sent to the address that no longer counts opens nothing.
	if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account_id = $1 AND used_at IS NULL", accountID); err != nil {
		return fmt.Errorf("voiding links: %w", err)
	}
	if err := account.VoidRecovery(ctx, tx, accountID); err != nil {
		return err
	}
	event := audit.Event{Event: audit.AddressChanged, Actor: by, AccountID: accountID, Tenant: before.Tenant, Reason: string(slot)}
	if value == "" {
		event.Event = audit.AddressRemoved
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return err
	}
	return tell(ctx, tx, before, slot, value)
}

// tell queues the notices: to the addresses that the account has now, and to the one that it had.
func tell(ctx context.Context, tx *store.Tx, before *account.Account, slot Slot, value string) error {
	notice := outbox.Message{
		Kind: outbox.AddressChanged, AccountID: before.ID, Tenant: before.Tenant, Detail: outbox.Detail{Changed: string(slot)},
	}
	messages := []outbox.Message{notice}
	old, confirmed := of(before, slot)
	if told := slot != Phone || confirmed; told && old != "" && old != value { // text messages go to confirmed numbers only
		id, err := keep(ctx, tx, before.ID, slot, old)
		if err != nil {
			return err
		}
		notice.Detail.Former = id
		if slot == Phone {
			notice.Channel = outbox.SMS
		}
		messages = append(messages, notice)
	}
	return outbox.Add(ctx, tx, messages...)
}

// keep stores a former address until its notice is sent: messages hold no addresses.
func keep(ctx context.Context, tx *store.Tx, accountID string, slot Slot, value string) (id string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	named, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("naming a former address: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO former_addresses (id, account_id, slot, value, created_at) VALUES ($1, $2, $3, $4, $5)",
		named.String(), accountID, string(slot), value, now.UnixMicro())
	if err != nil {
		return "", fmt.Errorf("keeping a former address: %w", err)
	}
	return named.String(), nil
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
func (b *Book) hash(accountID string, slot Slot, value, code string) string {
	return hex.EncodeToString(b.keys.MAC(hashed(accountID, slot, value, code)))
}

// hashed is the text that a code is hashed as.
func hashed(accountID string, slot Slot, value, code string) string {
	return "address code\x00" + accountID + "\x00" + string(slot) + "\x00" + value + "\x00" + code
}

// Minutes is Life in minutes, for texts.
const Minutes = int(Life / time.Minute)
