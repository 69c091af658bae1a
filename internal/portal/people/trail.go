// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// TrailSize is the most lines of a trail.
const TrailSize = 30

// Line is what happened to a person.
type Line struct {
	At    time.Time
	Event string
	// Rule of the inactivity policy that decided, RunID its run; empty where none did.
	Rule, RunID string
	Reason      string
	ActorClass  audit.ActorClass
	// ActorID is the account that did it, empty where none did; ActorName is its owner's, empty when the reader may not see him.
	ActorID, ActorName string
}

// Trail reads the newest lines about a person whom the actor may see. Administrators get those that belong to their dealership.
func (s *Service) Trail(ctx context.Context, actor *account.Account, p *Person) ([]Line, error) {
	if err := May(actor, See, p); err != nil {
		return nil, err
	}
	where := &conditions{}
	where.add("e.account_id = %s", p.ID)
	if actor.Role == account.Administrator {
		where.add("e.tenant = %s", actor.Tenant)
	}
	visible := where.visible(actor)
	rows, err := s.db.QueryContext(ctx, `
SELECT e.at, e.event, e.rule, COALESCE(e.run_id, ''), e.reason, e.actor_class, e.actor_id, COALESCE(NULLIF(b.name, ''), b.username, '')
FROM audit_events e LEFT JOIN accounts b ON b.id = e.actor_id AND `+visible+`
WHERE `+where.String()+" ORDER BY e.at DESC, e.id DESC LIMIT "+strconv.Itoa(TrailSize), where.args...)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	defer rows.Close()
	var lines []Line
	for rows.Next() {
		var l Line
		err := rows.Scan(store.ScanTime(&l.At), &l.Event, &l.Rule, &l.RunID, &l.Reason, &l.ActorClass, &l.ActorID, &l.ActorName)
		if err != nil {
			return nil, fmt.Errorf("reading the audit trail: %w", err)
		}
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	return lines, nil
}

// visible is the condition that the actor may see the names of accounts b.
func (c *conditions) visible(actor *account.Account) string {
	if actor.Role == account.ServiceDesk {
		return "TRUE"
	}
	c.args = append(c.args, actor.Tenant)
	return "b.tenant = $" + strconv.Itoa(len(c.args))
}
