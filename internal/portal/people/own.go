// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Own reads a page of what happened to somebody's own account, the newest first, before the event of an id (empty: from the newest on),
// and the id before which the next page begins, empty when this is the last. Who did it is named when he belongs to the same dealership.
func (s *Service) Own(ctx context.Context, own *account.Account, before string) (lines []Line, older string, err error) {
	if before == "" {
		before = "g" // after every id, which are hexadecimal
	}
	rows, err := s.db.QueryContext(ctx, `
SELECT e.id, e.at, e.event, e.rule, COALESCE(e.run_id, ''), e.reason, e.actor_class, e.actor_id, COALESCE(NULLIF(b.name, ''), b.username, '')
FROM audit_events e LEFT JOIN accounts b ON b.id = e.actor_id AND b.tenant = $3
WHERE e.account_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $4`, own.ID, before, own.Tenant, TrailSize+1)
	if err != nil {
		return nil, "", fmt.Errorf("reading the audit trail: %w", err)
	}
	defer rows.Close()
	last := ""
	for rows.Next() {
		var l Line
		var id string
		err := rows.Scan(&id, store.ScanTime(&l.At), &l.Event, &l.Rule, &l.RunID, &l.Reason, &l.ActorClass, &l.ActorID, &l.ActorName)
		if err != nil {
			return nil, "", fmt.Errorf("reading the audit trail: %w", err)
		}
		if len(lines) == TrailSize {
			older = last
			break
		}
		last, lines = id, append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("reading the audit trail: %w", err)
	}
	return lines, older, nil
}
