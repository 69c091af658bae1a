// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package onboarding

import (
	"context"
	"encoding/json"
	"fmt"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// judgedAtOnce is the most dealerships that are read with one statement.
const judgedAtOnce = 500

// Lock keeps settings and dealerships from being judged apart: whoever changes requirements, or a dealership that is not live, takes it
// before any lock of a dealership and holds it until the transaction ends.
func Lock(ctx context.Context, tx *store.Tx) error { return tx.Lock(ctx, "onboarding") }

// GoLive lets every dealership go live that is not yet and lacks nothing now, and answers how many did. Its people, who could not sign in
// before, get the time of grace of the inactivity policy. The caller holds Lock.
func GoLive(ctx context.Context, tx *store.Tx, settings *portalconfig.Settings, by audit.Actor) (int, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return 0, err
	}
	live, after := 0, ""
	for {
		waiting, err := waiting(ctx, tx, after)
		if err != nil || len(waiting) == 0 {
			return live, err
		}
		for _, one := range waiting {
			after = one.code
			if len(Missing(Checklist(settings.Requirements, one.has, Day(now, settings.TimeZone)))) > 0 {
				continue
			}
			if err := markLive(ctx, tx, one.code, settings.Inactivity.GraceDays, by); err != nil {
				return live, err
			}
			live++
		}
	}
}

// candidate is a dealership that is not live.
type candidate struct {
	code string
	has  *portalapi.TenantCertification
}

// waiting reads some of the dealerships that are not live, by dealer code.
func waiting(ctx context.Context, tx *store.Tx, after string) ([]candidate, error) {
	rows, err := tx.QueryContext(ctx, `
SELECT dealer_code, spec FROM tenants WHERE live_at IS NULL AND dealer_code > $1 ORDER BY dealer_code LIMIT $2`, after, judgedAtOnce)
	if err != nil {
		return nil, fmt.Errorf("reading dealerships that are not live: %w", err)
	}
	defer rows.Close()
	var list []candidate
	for rows.Next() {
		var code, raw string
		if err := rows.Scan(&code, &raw); err != nil {
			return nil, fmt.Errorf("reading dealerships that are not live: %w", err)
		}
		var spec portalapi.TenantSpec
		if err := json.Unmarshal([]byte(raw), &spec); err != nil {
			return nil, fmt.Errorf("decoding the tenant %s: %w", code, err)
		}
		list = append(list, candidate{code: code, has: spec.Certification})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading dealerships that are not live: %w", err)
	}
	return list, nil
}

func markLive(ctx context.Context, tx *store.Tx, code string, graceDays int32, by audit.Actor) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE tenants SET live_at = $2 WHERE dealer_code = $1", code, now.UnixMicro()); err != nil {
		return fmt.Errorf("letting %s go live: %w", code, err)
	}
	grace := now.AddDate(0, 0, int(graceDays)).UnixMicro()
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET not_before = $2 WHERE tenant = $1 AND not_before < $2", code, grace); err != nil {
		return fmt.Errorf("granting grace to the accounts of %s: %w", code, err)
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.TenantLive, Actor: by, Tenant: code})
}
