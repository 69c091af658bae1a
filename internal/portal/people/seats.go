// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// Seats are the accounts that a dealership may have, and those that it has.
type Seats struct {
	// Limit is the most accounts; 0 means no limit.
	Limit int
	// Taken are active and invited accounts.
	Taken int
	// Open says whether the dealership's people may sign in.
	Open bool
}

// Free are the seats that are left.
func (s Seats) Free() int {
	if s.Limit == 0 {
		return math.MaxInt
	}
	return max(s.Limit-s.Taken, 0)
}

// Seats answers the seats of a dealership, tenant.ErrNotFound when there is none of that code; head office, with an empty one, has no
// limit.
func (s *Service) Seats(ctx context.Context, dealership string) (Seats, error) {
	return seatsOf(ctx, s.db, dealership)
}

// seatsOf counts. Whoever fills a seat holds account.LeadersLock.
func seatsOf(ctx context.Context, q store.Querier, dealership string) (Seats, error) {
	if dealership == "" {
		return Seats{Open: true}, nil
	}
	var seats Seats
	err := q.QueryRowContext(ctx, `
SELECT t.seats, (SELECT COUNT(*) FROM accounts a WHERE a.tenant = t.dealer_code AND a.status <> 'Disabled'),
 t.state = 'Active' AND t.closed_at IS NULL
FROM tenants t WHERE t.dealer_code = $1`, dealership).Scan(&seats.Limit, &seats.Taken, &seats.Open)
	if errors.Is(err, sql.ErrNoRows) {
		return seats, tenant.ErrNotFound
	}
	if err != nil {
		return seats, fmt.Errorf("counting seats: %w", err)
	}
	return seats, nil
}
