// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// apply goes through the staged lines in batches; without Applied it only counts.
func (j *job) apply(ctx context.Context) error {
	cursor := int64(0)
	for {
		// Counts are kept aside until the batch has committed.
		counts, last := j.result, cursor
		err := j.db.Tx(ctx, func(tx *store.Tx) error {
			counts, last = j.result, cursor
			var events []audit.Event
			// Two imports of the same people do not get in each other's way.
			if err := tx.Lock(ctx, "accounts/import"); err != nil {
				return err
			}
			pairs, err := j.pairs(ctx, tx, cursor)
			if err != nil {
				return err
			}
			for _, p := range pairs {
				caused, err := j.applyOne(ctx, tx, p, &counts)
				if err != nil {
					return err
				}
				events = append(events, caused...)
				last = p.row.line
			}
			if err := audit.Append(ctx, tx, events...); err != nil {
				return err
			}
			if j.result.Applied && counts.Created > j.result.Created {
				return tx.TouchTenants(ctx)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("applying the import: %w", err)
		}
		if last == cursor {
			return nil
		}
		j.result, cursor = counts, last
	}
}

// pair is a staged line and the account that has its username, if any.
type pair struct {
	row      row
	existing *existing
}

// existing is what an import can change of an account.
type existing struct {
	id, name, mail, phone, role string
	confirmedAt                 time.Time
	phoneConfirmedAt            time.Time
	createdAt                   time.Time
	lastSignInAt                time.Time
	activityAt                  time.Time
	exemptUntil                 time.Time
	exemptReason                string
	hasPassword                 bool
}

// pairs reads a batch of staged lines after the cursor.
func (j *job) pairs(ctx context.Context, tx *store.Tx, after int64) ([]pair, error) {
	rows, err := tx.QueryContext(ctx, `
SELECT r.line, r.username, r.username_folded, r.class, r.tenant, r.name, r.mail, r.phone, r.role, r.created_at, r.last_sign_in_at,
 r.password_hash, r.service_account, r.exempt_until, r.exempt_reason,
 a.id, COALESCE(a.name, ''), COALESCE(a.mail, ''), COALESCE(a.phone, ''), COALESCE(a.role, ''), a.mail_confirmed_at, a.phone_confirmed_at, a.created_at,
 a.last_sign_in_at, a.activity_at, a.exempt_until, COALESCE(a.exempt_reason, ''), c.account_id IS NOT NULL
FROM import_rows r LEFT JOIN accounts a ON a.username_folded = r.username_folded LEFT JOIN credentials c ON c.account_id = a.id
WHERE r.import_id = $1 AND r.line > $2 ORDER BY r.line LIMIT $3`, j.id, after, batchSize)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []pair
	for rows.Next() {
		p, err := scanPair(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func scanPair(rows *sql.Rows) (pair, error) {
	var r row
	var e existing
	var id sql.NullString
	err := rows.Scan(&r.line, &r.username, &r.folded, &r.class, &r.tenant, &r.name, &r.mail, &r.phone, &r.role,
		store.ScanTime(&r.createdAt), store.ScanTime(&r.lastSignInAt), &r.passwordHash, &r.serviceAccount,
		store.ScanTime(&r.exemptUntil), &r.exemptReason,
		&id, &e.name, &e.mail, &e.phone, &e.role, store.ScanTime(&e.confirmedAt), store.ScanTime(&e.phoneConfirmedAt), store.ScanTime(&e.createdAt),
		store.ScanTime(&e.lastSignInAt), store.ScanTime(&e.activityAt), store.ScanTime(&e.exemptUntil), &e.exemptReason, &e.hasPassword)
	if err != nil || !id.Valid {
		return pair{row: r}, err
	}
	e.id = id.String
	return pair{row: r, existing: &e}, nil
}

// applyOne creates or updates one account, or counts that it would. It answers what there is to audit.
func (j *job) applyOne(ctx context.Context, tx *store.Tx, p pair, counts *portalapi.ImportResult) ([]audit.Event, error) {
	if p.existing == nil {
		counts.Created++
		if !j.result.Applied {
			return nil, nil
		}
		id, err := j.create(ctx, tx, &p.row)
		return j.events(&p.row, id, audit.AccountCreated, !p.row.exemptUntil.IsZero()), err
	}
	wanted := j.merge(p)
	if wanted == *p.existing {
		counts.Unchanged++
		return nil, nil
	}
	counts.Updated++
	if !j.result.Applied {
		return nil, nil
	}
	exempted := !wanted.exemptUntil.Equal(p.existing.exemptUntil)
	return j.events(&p.row, wanted.id, audit.AccountUpdated, exempted), j.update(ctx, tx, p, wanted)
}

// events are what there is to audit about a line.
func (j *job) events(r *row, id, event string, exempted bool) []audit.Event {
	about := audit.Event{Event: event, Actor: j.by, AccountID: id, Reason: "Imported"}
	if r.tenant != nil {
		about.Tenant = *r.tenant
	}
	if !exempted {
		return []audit.Event{about}
	}
	exemption := about
	exemption.Event, exemption.Reason = audit.ExemptionGranted, r.exemptReason
	return []audit.Event{about, exemption}
}

// merge is what the account becomes: empty cells change nothing, dates only move forward, an unknown creation date is
// filled in, a password that exists stays, and a role only rises (rules has refused rises that are not allowed). The
// status is not touched.
func (j *job) merge(p pair) existing {
	wanted, r := *p.existing, &p.row
	wanted.name = orElse(r.name, wanted.name)
	if r.phone != "" && r.phone != wanted.phone {
		wanted.phone, wanted.phoneConfirmedAt = r.phone, time.Time{}
	}
	if r.phone != "" && j.options.TrustAddresses && wanted.phoneConfirmedAt.IsZero() {
		wanted.phoneConfirmedAt = j.now
	}
	if r.mail != "" && r.mail != wanted.mail {
		wanted.mail, wanted.confirmedAt = r.mail, time.Time{}
	}
	if r.mail != "" && j.options.TrustAddresses && wanted.confirmedAt.IsZero() {
		wanted.confirmedAt = j.now
	}
	if wanted.role == "user" {
		wanted.role = r.role
	}
	if wanted.createdAt.IsZero() {
		wanted.createdAt = r.createdAt
	}
	wanted.lastSignInAt = latest(wanted.lastSignInAt, r.lastSignInAt)
	wanted.activityAt = latest(wanted.activityAt, r.lastSignInAt, r.createdAt)
	if r.exemptUntil.After(wanted.exemptUntil) {
		wanted.exemptUntil, wanted.exemptReason = r.exemptUntil, r.exemptReason
	}
	wanted.hasPassword = wanted.hasPassword || r.passwordHash != ""
	return wanted
}

// create writes a new account: active, and with the policy's grace.
func (j *job) create(ctx context.Context, tx *store.Tx, r *row) (id string, err error) {
	named, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	id = named.String()
	var confirmed, phoneConfirmed time.Time
	if r.mail != "" && j.options.TrustAddresses {
		confirmed = j.now
	}
	if r.phone != "" && j.options.TrustAddresses {
		phoneConfirmed = j.now
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, name, mail, mail_confirmed_at, phone, status, created_at,
 last_sign_in_at, activity_at, not_before, exempt_until, exempt_reason, service_account, phone_confirmed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'Active', $11, $12, $13, $14, $15, $16, $17, $18)`,
		id, r.username, r.folded, r.class, r.role, r.tenant, r.name, r.mail, store.Micros(confirmed), r.phone,
		store.Micros(r.createdAt), store.Micros(r.lastSignInAt), store.Micros(latest(r.lastSignInAt, r.createdAt)),
		j.grace(), store.Micros(r.exemptUntil), r.exemptReason, r.serviceAccount, store.Micros(phoneConfirmed))
	if err != nil {
		return "", fmt.Errorf("line %d: %w", r.line, err)
	}
	return id, j.password(ctx, tx, r, id)
}

// grace is the end of the policy's grace, which new accounts are given, and those whose activity was unknown until now.
func (j *job) grace() int64 { return j.now.AddDate(0, 0, int(j.settings().GraceDays)).UnixMicro() }

// update writes what changed of an account.
func (j *job) update(ctx context.Context, tx *store.Tx, p pair, wanted existing) error {
	_, err := tx.ExecContext(ctx, `
UPDATE accounts SET name = $2, mail = $3, phone = $4, role = $5, mail_confirmed_at = $6, created_at = $7, exempt_until = $8,
 exempt_reason = $9, last_sign_in_at = $10, phone_confirmed_at = $13,
 not_before = CASE WHEN activity_at IS NULL AND not_before < $12 THEN $12 ELSE not_before END,
 activity_at = CASE WHEN activity_at > $11 THEN activity_at ELSE $11 END, version = version + 1 WHERE id = $1`,
		wanted.id, wanted.name, wanted.mail, wanted.phone, wanted.role, store.Micros(wanted.confirmedAt), store.Micros(wanted.createdAt),
		store.Micros(wanted.exemptUntil), wanted.exemptReason, store.Micros(wanted.lastSignInAt), store.Micros(wanted.activityAt), j.grace(),
		store.Micros(wanted.phoneConfirmedAt))
	if err != nil {
		return fmt.Errorf("line %d: %w", p.row.line, err)
	}
	if wanted.mail != p.existing.mail || wanted.phone != p.existing.phone {
		if err := account.VoidRecovery(ctx, tx, wanted.id); err != nil {
			return fmt.Errorf("line %d: %w", p.row.line, err)
		}
	}
	if err := j.follow(ctx, tx, p.existing, &wanted); err != nil {
		return fmt.Errorf("line %d: %w", p.row.line, err)
	}
	return j.password(ctx, tx, &p.row, wanted.id)
}

// follow does what a change of role or address asks for, as when somebody makes it on the pages: more rights begin with a sign-in that knows
// of them, and an invitation goes to the new address only.
func (j *job) follow(ctx context.Context, tx *store.Tx, before, after *existing) error {
	if before.role != after.role {
		if err := account.EndSessions(ctx, tx, after.id, ""); err != nil {
			return err
		}
	}
	if before.mail == after.mail {
		return nil
	}
	return account.MoveInvitation(ctx, tx, after.id)
}

// password stores the hash of an account that has no password.
func (j *job) password(ctx context.Context, tx *store.Tx, r *row, id string) error {
	if r.passwordHash == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO NOTHING`,
		id, r.passwordHash, j.now.UnixMicro())
	if err != nil {
		return fmt.Errorf("line %d: %w", r.line, err)
	}
	return nil
}

// orElse prefers a value that is there.
func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// latest is the latest of the times.
func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }
