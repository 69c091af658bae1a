// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// MaxUndelivered is the most messages that are listed.
const MaxUndelivered = 100

// Undelivered is a message that was given up; what it says is stored nowhere.
type Undelivered struct {
	Kind    outbox.Kind
	Channel outbox.Channel
	// Class of the failure.
	Class string
	// At is when it was given up.
	At time.Time
	// Person whom it was for; nil for a message that went along with a support message, which Reference then names.
	Person    *account.Account
	Reference string
}

// Undelivered lists messages that were given up within the last 30 days, the newest first: those to the people whom the actor looks
// after, and for the service desk without a dealership those of support messages. Foreign when he looks after nobody.
func (s *Service) Undelivered(ctx context.Context, actor *account.Account, dealership string) ([]Undelivered, error) {
	if !Manages(actor) {
		return nil, Foreign
	}
	where := scope(actor, dealership)
	condition := "(a.id IS NOT NULL AND " + where.String() + ")"
	if actor.Role == account.ServiceDesk && dealership == "" {
		condition = "(" + condition + " OR o.support_message_id IS NOT NULL)"
	}
	rows, err := s.db.QueryContext(ctx, `
SELECT o.kind, o.channel, o.last_error, o.dead_at, COALESCE(a.id, ''), COALESCE(a.username, ''), COALESCE(a.name, ''), COALESCE(a.tenant, ''),
  COALESCE(m.reference, '')
FROM outbox o LEFT JOIN accounts a ON a.id = o.account_id LEFT JOIN support_messages m ON m.id = o.support_message_id
WHERE o.dead_at IS NOT NULL AND `+condition+" ORDER BY o.dead_at DESC, o.id LIMIT "+strconv.Itoa(MaxUndelivered), where.args...)
	if err != nil {
		return nil, fmt.Errorf("listing undelivered messages: %w", err)
	}
	defer rows.Close()
	var list []Undelivered
	for rows.Next() {
		u, a := Undelivered{}, account.Account{}
		err := rows.Scan(&u.Kind, &u.Channel, &u.Class, store.ScanTime(&u.At), &a.ID, &a.Username, &a.Name, &a.Tenant, &u.Reference)
		if err != nil {
			return nil, fmt.Errorf("listing undelivered messages: %w", err)
		}
		if a.ID != "" {
			u.Person = &a
		}
		list = append(list, u)
	}
	return list, rows.Err()
}

// LastUndelivered answers the last message to a person when it could not be delivered; nil when it could, or none was sent. The caller has
// found the person for the actor.
func (s *Service) LastUndelivered(ctx context.Context, p *Person) (*Undelivered, error) {
	u := &Undelivered{Person: &p.Account}
	var dead bool
	err := s.db.QueryRowContext(ctx, `
SELECT kind, channel, last_error, COALESCE(dead_at, 0), dead_at IS NOT NULL FROM outbox
WHERE account_id = $1 AND (sent_at IS NOT NULL OR dead_at IS NOT NULL) ORDER BY COALESCE(dead_at, sent_at) DESC, id DESC LIMIT 1`, p.ID).
		Scan(&u.Kind, &u.Channel, &u.Class, store.ScanTime(&u.At), &dead)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !dead {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the last message: %w", err)
	}
	return u, nil
}
