// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Service finds people and changes what may be changed of them.
type Service struct {
	db       *store.DB
	settings func() portalconfig.Inactivity
}

// NewService returns a service on the database. settings gives the inactivity policy in force.
func NewService(db *store.DB, settings func() portalconfig.Inactivity) *Service {
	return &Service{db: db, settings: settings}
}

// led tells whether somebody else leads the dealership of account a.
const led = `EXISTS (SELECT 1 FROM accounts l WHERE l.tenant = a.tenant AND l.role = 'administrator' AND l.status = 'Active'
 AND NOT l.service_account AND l.id <> a.id)`

// asked is when the owner of account a asked for its reactivation, since it was disabled.
const asked = `CASE WHEN a.status = 'Disabled' THEN (SELECT MAX(r.at) FROM audit_events r
 WHERE r.account_id = a.id AND r.at >= COALESCE(a.disabled_at, 0) AND r.event = '` + audit.ReactivationAsked + `') END`

// selectPeople reads people that a condition over accounts a describes; now is the expression for the time.
func selectPeople(now, condition string) string {
	return `SELECT ` + account.Columns + `, a.exempt_reason, COALESCE(a.status_before, '') = 'Invited', t.spec, COALESCE(t.inactivity_months, 0),
 t.dealer_code IS NULL OR (t.state = 'Active' AND t.closed_at IS NULL), ` + led + `, ` + asked + `, ` + now + `
FROM accounts a LEFT JOIN tenants t ON t.dealer_code = a.tenant WHERE ` + condition
}

// Find reads a person; Foreign when there is none of that id, or none that the actor may see.
func (s *Service) Find(ctx context.Context, actor *account.Account, id string) (*Person, error) {
	return find(ctx, s.db, s.db.NowSQL(), actor, id)
}

func find(ctx context.Context, q store.Querier, now string, actor *account.Account, id string) (*Person, error) {
	if uuid.Validate(id) != nil {
		return nil, Foreign
	}
	p, err := scan(q.QueryRowContext(ctx, selectPeople(now, "a.id = $1"), id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, Foreign
	}
	if err != nil {
		return nil, fmt.Errorf("reading a person: %w", err)
	}
	if err := May(actor, See, p); err != nil {
		return nil, err
	}
	return p, nil
}

// scan reads a row of selectPeople.
func scan(row interface{ Scan(...any) error }) (*Person, error) {
	p := &Person{}
	var spec sql.NullString
	targets, finish := account.Targets(&p.Account)
	targets = append(targets, &p.ExemptReason, &p.Withdrawn, &spec, &p.Months, &p.Open, &p.Led, store.ScanTime(&p.AskedAt), store.ScanTime(&p.ReadAt))
	if err := row.Scan(targets...); err != nil {
		return nil, err
	}
	finish()
	p.Exempted = !p.ExemptUntil.IsZero() && !p.ReadAt.After(p.ExemptUntil)
	if !spec.Valid {
		return p, nil
	}
	var err error
	p.Dealership, err = displayName(p.Tenant, spec.String)
	return p, err
}

// displayName reads the name out of what is declared of a dealership.
func displayName(dealerCode, spec string) (string, error) {
	var declared struct {
		DisplayName string `json:"displayName"`
	}
	if err := json.Unmarshal([]byte(spec), &declared); err != nil {
		return "", fmt.Errorf("decoding the tenant %s: %w", dealerCode, err)
	}
	return declared.DisplayName, nil
}

// dealershipNames reads the display names of dealerships by their codes.
func dealershipNames(ctx context.Context, q store.Querier, codes []string) (map[string]string, error) {
	names := map[string]string{}
	if len(codes) == 0 {
		return names, nil
	}
	args := make([]any, len(codes))
	for i, code := range codes {
		args[i] = code
	}
	rows, err := q.QueryContext(ctx, "SELECT dealer_code, spec FROM tenants WHERE dealer_code IN ("+store.List(1, len(args))+")", args...)
	if err != nil {
		return nil, fmt.Errorf("reading the names of dealerships: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var code, spec string
		if err := rows.Scan(&code, &spec); err != nil {
			return nil, fmt.Errorf("reading the names of dealerships: %w", err)
		}
		if names[code], err = displayName(code, spec); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the names of dealerships: %w", err)
	}
	return names, nil
}
