// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// defaultExemptionDays holds where the settings name no limit.
const defaultExemptionDays = 365

// LastDay is the last day, as its midnight in the zone, until which an exemption can be given today.
func (s *Service) LastDay(today time.Time) time.Time {
	return midnight(today).AddDate(0, 0, int(cmp.Or(s.settings().MaxExemptionDays, defaultExemptionDays)))
}

func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

// Exempt keeps the inactivity policy away from a person until the end of a day, which is given as any instant of it in the portal's
// time zone; zero is a missing one. Errors are those of Reactivate.
func (s *Service) Exempt(ctx context.Context, change Change, day time.Time) error {
	reason, faults := change.reason()
	if day.IsZero() {
		faults = append(faults, DayMissing)
	}
	return s.change(ctx, &change, Exempt, func(tx *store.Tx, p *Person) error {
		today := midnight(p.ReadAt.In(day.Location()))
		switch {
		case day.IsZero():
		case midnight(day).Before(today):
			faults = append(faults, DayPast)
		case midnight(day).After(s.LastDay(today)):
			faults = append(faults, DayTooFar)
		}
		if len(faults) > 0 {
			return &FaultError{faults}
		}
		return grant(ctx, tx, p, exemption{until: midnight(day).AddDate(0, 0, 1).Add(-time.Second), reason: reason, by: change.by()})
	})
}

// exemption is one to grant.
type exemption struct {
	until  time.Time
	reason string
	by     audit.Actor
}

func grant(ctx context.Context, tx *store.Tx, p *Person, e exemption) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("naming an exemption: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO exemptions (id, account_id, granted_by, reason, granted_at, until) VALUES ($1, $2, $3, $4, $5, $6)",
		id.String(), p.ID, e.by.ID, e.reason, p.ReadAt.UnixMicro(), e.until.UnixMicro())
	if err != nil {
		return fmt.Errorf("granting an exemption: %w", err)
	}
	if err := setExemption(ctx, tx, p, e.until, e.reason); err != nil {
		return err
	}
	err = audit.Append(ctx, tx, audit.Event{Event: audit.ExemptionGranted, Actor: e.by, AccountID: p.ID, Tenant: p.Tenant, Reason: e.reason})
	if err != nil {
		return err
	}
	return account.EndDormancy(ctx, tx, &p.Account)
}

// setExemption repeats the exemption in the account's row, unless that was changed since it was read (then ErrConflict).
func setExemption(ctx context.Context, tx *store.Tx, p *Person, until time.Time, reason string) error {
	changed, err := tx.ExecContext(ctx, `
UPDATE accounts SET exempt_until = $3, exempt_reason = $4, version = version + 1 WHERE id = $1 AND version = $2`,
		p.ID, p.Version, until.UnixMicro(), reason)
	if err != nil {
		return fmt.Errorf("writing an exemption: %w", err)
	}
	if changed == 0 {
		return account.ErrConflict
	}
	return nil
}

// EndExemption ends an exemption now; the time of grace after it begins. It needs no reason. Errors are those of Reactivate.
func (s *Service) EndExemption(ctx context.Context, change Change) error {
	return s.change(ctx, &change, EndExemption, func(tx *store.Tx, p *Person) error {
		by := change.by()
		_, err := tx.ExecContext(ctx, "UPDATE exemptions SET ended_at = $2, ended_by = $3 WHERE account_id = $1 AND ended_at IS NULL AND until >= $2",
			p.ID, p.ReadAt.UnixMicro(), by.ID)
		if err != nil {
			return fmt.Errorf("ending an exemption: %w", err)
		}
		// It ended the instant before: at the very instant it would still be in force.
		if err := setExemption(ctx, tx, p, p.ReadAt.Add(-time.Microsecond), p.ExemptReason); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Event{Event: audit.ExemptionEnded, Actor: by, AccountID: p.ID, Tenant: p.Tenant})
	})
}

// Grant says who gave an exemption in force and when.
type Grant struct {
	// By is the name of the account's owner who gave it, empty when the reader may not see him.
	By string
	At time.Time
}

// GrantOf answers who gave a person's exemption in force; nil when it was imported.
func (s *Service) GrantOf(ctx context.Context, actor *account.Account, p *Person) (*Grant, error) {
	grants, err := grantsOf(ctx, s.db, actor, []*Person{p})
	return grants[p.ID], err
}

// grantsOf answers the grants of exemptions in force by the id of the exempted; imported ones have none.
func grantsOf(ctx context.Context, q store.Querier, actor *account.Account, list []*Person) (map[string]*Grant, error) {
	grants := map[string]*Grant{}
	if len(list) == 0 {
		return grants, nil
	}
	until := map[string]time.Time{}
	where := &conditions{}
	var ids []any
	for _, p := range list {
		until[p.ID] = p.ExemptUntil
		ids = append(ids, p.ID)
	}
	where.add("e.account_id IN ("+strings.TrimSuffix(strings.Repeat("%s, ", len(ids)), ", ")+")", ids...)
	where.add("e.ended_at IS NULL")
	visible := where.visible(actor)
	rows, err := q.QueryContext(ctx, `
SELECT e.account_id, e.granted_at, e.until, COALESCE(NULLIF(b.name, ''), b.username, '')
FROM exemptions e LEFT JOIN accounts b ON b.id = e.granted_by AND `+visible+`
WHERE `+where.String()+" ORDER BY e.granted_at, e.id", where.args...)
	if err != nil {
		return nil, fmt.Errorf("reading exemptions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var end time.Time
		g := &Grant{}
		if err := rows.Scan(&id, store.ScanTime(&g.At), store.ScanTime(&end), &g.By); err != nil {
			return nil, fmt.Errorf("reading exemptions: %w", err)
		}
		if end.Equal(until[id]) {
			grants[id] = g
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading exemptions: %w", err)
	}
	return grants, nil
}
