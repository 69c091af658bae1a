// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// HistorySize is the most lines of a page of history.
const HistorySize = 50

// HistoryKind is a choice of events.
type HistoryKind string

// Kinds of events. Empty means all.
const (
	// SignIns : somebody signed in, or could not.
	SignIns HistoryKind = "sign-ins"
	// Accounts : invitations, roles, status, exemptions, lists that were downloaded, and the dealership itself.
	Accounts HistoryKind = "accounts"
	// Security : passwords, factors, recovery, addresses and sessions.
	Security HistoryKind = "security"
)

// kindSQL are the conditions of kinds over the name of an event.
var kindSQL = map[HistoryKind]string{
	SignIns:  "e.event LIKE 'authn_login%'",
	Accounts: accountsSQL,
	Security: "NOT (e.event LIKE 'authn_login%' OR " + accountsSQL + ")",
}

const accountsSQL = "(e.event LIKE 'user_%' OR e.event LIKE 'authz_%' OR e.event LIKE 'sensitive_%' OR e.event LIKE 'tenant_%')"

// HistoryKinds lists the kinds.
func HistoryKinds() []HistoryKind { return []HistoryKind{SignIns, Accounts, Security} }

// HistoryQuery says which history to read.
type HistoryQuery struct {
	// PersonID asks for one person, else Dealership for everybody of a dealership, which only the service desk chooses; without it, it gets
	// corporate people.
	PersonID, Dealership string
	Kind                 HistoryKind
	// Until leaves out what happened then or later; zero for nothing.
	Until time.Time
	// Older is the ID of the last line of the page before, Newer that of the first line of the page after.
	Older, Newer string
}

// HistoryLine is what happened to whom.
type HistoryLine struct {
	Line
	ID string
	// Person is empty where it happened to nobody, PersonName where that account is gone.
	PersonID, PersonName, PersonUsername string
}

// History is a page, the newest line first.
type History struct {
	Lines []HistoryLine
	// Older and Newer are true when there are others.
	Older, Newer bool
}

// History reads a page of the trail of people whom the actor looks after; Foreign when he looks after nobody, or may not see the person.
func (s *Service) History(ctx context.Context, actor *account.Account, query HistoryQuery) (*History, error) {
	if !Manages(actor) {
		return nil, Foreign
	}
	where := &conditions{}
	if query.PersonID != "" {
		if _, err := s.Find(ctx, actor, query.PersonID); err != nil {
			return nil, err
		}
		where.add("e.account_id = %s", query.PersonID)
	}
	switch {
	case actor.Role == account.Administrator:
		where.add("e.tenant = %s", actor.Tenant)
	case query.PersonID != "":
	case query.Dealership != "":
		where.add("e.tenant = %s", query.Dealership)
	default:
		where.add("e.tenant IS NULL")
		where.add("w.class = 'Corporate'")
	}
	if condition := kindSQL[query.Kind]; condition != "" {
		where.parts = append(where.parts, condition)
	}
	if !query.Until.IsZero() {
		where.add("e.at < %s", query.Until.UnixMicro())
	}
	return s.history(ctx, actor, &query, where)
}

// history reads a page of what fits, beside the place that the query names.
func (s *Service) history(ctx context.Context, actor *account.Account, query *HistoryQuery, where *conditions) (*History, error) {
	order, back := "DESC", query.Newer != ""
	switch {
	case query.Newer != "" && query.Older != "", query.Newer != "" && uuid.Validate(query.Newer) != nil, query.Older != "" && uuid.Validate(query.Older) != nil:
		return nil, Foreign
	case back:
		order = "ASC"
		where.add("e.id > %s", query.Newer)
	case query.Older != "":
		where.add("e.id < %s", query.Older)
	}
	visible := where.visible(actor)
	rows, err := s.db.QueryContext(ctx, `
SELECT e.at, e.event, e.rule, COALESCE(e.run_id, ''), e.reason, e.actor_class, e.actor_id, COALESCE(NULLIF(b.name, ''), b.username, ''),
 e.id, COALESCE(e.account_id, ''), COALESCE(NULLIF(w.name, ''), w.username, ''), COALESCE(w.username, '')
FROM audit_events e LEFT JOIN accounts b ON b.id = e.actor_id AND `+visible+`
LEFT JOIN accounts w ON w.id = e.account_id WHERE `+where.String()+" ORDER BY e.id "+order+" LIMIT "+strconv.Itoa(HistorySize+1), where.args...)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	defer rows.Close()
	var lines []HistoryLine
	for rows.Next() {
		var l HistoryLine
		err := rows.Scan(store.ScanTime(&l.At), &l.Event, &l.Rule, &l.RunID, &l.Reason, &l.ActorClass, &l.ActorID, &l.ActorName,
			&l.ID, &l.PersonID, &l.PersonName, &l.PersonUsername)
		if err != nil {
			return nil, fmt.Errorf("reading the audit trail: %w", err)
		}
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	more := len(lines) > HistorySize
	lines = lines[:min(len(lines), HistorySize)]
	if back {
		slices.Reverse(lines)
		return &History{Lines: lines, Older: true, Newer: more}, nil
	}
	return &History{Lines: lines, Older: more, Newer: query.Older != ""}, nil
}
