// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// PageSize is the most people of a page.
const PageSize = 25

// Query says whom to list.
type Query struct {
	// Search is a part of a name, username or mail address; empty for everybody.
	Search string
	// Status is empty for any, Role as well.
	Status account.Status
	Role   account.Role
	// Exempted asks for active people with an exemption in force only.
	Exempted bool
	// UnusedDays asks for accounts that nobody has used for that many days; 0 for all. NeverUsed asks for those without any sign-in.
	UnusedDays int
	NeverUsed  bool
	// Dealership is a dealer code. Only the service desk chooses one; without it, it gets corporate people and administrators.
	Dealership string
	// After is the id of the last person of the page before, Before that of the first one of the page after; empty for the first page.
	After, Before string
}

// Filtered says whether not everybody is asked for.
func (q *Query) Filtered() bool {
	return q.Search != "" || q.Status != "" || q.Role != "" || q.Exempted || q.UnusedDays != 0 || q.NeverUsed || q.Dealership != ""
}

// Page is a part of a list, by username.
type Page struct {
	People []*Person
	// More is true when others follow, Less when others come before.
	More, Less bool
}

// List reads a page of the people whom the actor looks after. Foreign when he looks after nobody, or may not see Query.After or Query.Before.
func (s *Service) List(ctx context.Context, actor *account.Account, query Query) (*Page, error) {
	if !Manages(actor) {
		return nil, Foreign
	}
	where := s.matching(actor, &query)
	for _, id := range []string{query.After, query.Before} {
		if id == "" {
			continue
		}
		if _, err := s.Find(ctx, actor, id); err != nil {
			return nil, err
		}
	}
	const beside = "(SELECT b.username_folded FROM accounts b WHERE b.id = %s)"
	if query.Before != "" {
		where.add("a.username_folded < "+beside, query.Before)
		list, err := listPeople(ctx, s.db, s.db.NowSQL(), where, "a.username_folded DESC", PageSize+1)
		if err != nil {
			return nil, err
		}
		less := len(list) > PageSize
		list = list[:min(len(list), PageSize)]
		slices.Reverse(list)
		return &Page{People: list, More: true, Less: less}, nil
	}
	if query.After != "" {
		where.add("a.username_folded > "+beside, query.After)
	}
	list, err := listPeople(ctx, s.db, s.db.NowSQL(), where, "a.username_folded", PageSize+1)
	if err != nil {
		return nil, err
	}
	return &Page{People: list[:min(len(list), PageSize)], More: len(list) > PageSize, Less: query.After != ""}, nil
}

// matching is the condition that a query asks for, without its place.
func (s *Service) matching(actor *account.Account, query *Query) *conditions {
	where := scope(actor, query.Dealership)
	where.status(query.Status)
	if query.Role != "" {
		where.add("a.role = %s", string(query.Role))
	}
	if query.Exempted {
		where.status(account.Active)
		where.add("a.exempt_until >= " + s.db.NowSQL())
	}
	if query.UnusedDays > 0 {
		where.add("a.activity_at < "+s.db.NowSQL()+" - %s", (time.Duration(query.UnusedDays) * 24 * time.Hour).Microseconds())
	}
	if query.NeverUsed {
		where.add("a.last_sign_in_at IS NULL")
	}
	where.search(query.Search)
	return where
}

// listPeople reads at most limit people in an order; now is the expression for the time.
func listPeople(ctx context.Context, q store.Querier, now string, where *conditions, order string, limit int) ([]*Person, error) {
	rows, err := q.QueryContext(ctx, selectPeople(now, where.String()+" ORDER BY "+order+" LIMIT "+strconv.Itoa(limit)), where.args...)
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	defer rows.Close()
	var list []*Person
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("listing people: %w", err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	return list, nil
}

// conditions are parts of a WHERE clause with their arguments.
type conditions struct {
	parts []string
	args  []any
}

// add appends a condition; each %s stands for an argument.
func (c *conditions) add(condition string, args ...any) {
	names := make([]any, len(args))
	for i, arg := range args {
		c.args = append(c.args, arg)
		names[i] = "$" + strconv.Itoa(len(c.args))
	}
	c.parts = append(c.parts, fmt.Sprintf(condition, names...))
}

// String is the WHERE clause.
func (c *conditions) String() string { return strings.Join(c.parts, " AND ") }

// scope is whom the actor looks after: what he sees, and for the service desk without a dealership only those that are its own task.
func scope(actor *account.Account, dealership string) *conditions {
	c := &conditions{}
	switch {
	case actor.Role == account.Administrator:
		c.add("a.tenant = %s", actor.Tenant)
	case dealership != "":
		c.add("a.tenant = %s", dealership)
	default:
		c.add("(a.tenant IS NULL OR a.role = 'administrator')")
	}
	return c
}

func (c *conditions) status(status account.Status) {
	if status != "" {
		c.add("a.status = %s", string(status))
	}
}

// search looks for a part of a text in lower case and as it was typed: SQLite lowers ASCII letters only.
func (c *conditions) search(text string) {
	text = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", ""))
	if text == "" {
		return
	}
	typed, folded := contains(text), contains(account.Fold(text))
	c.add(`(a.username_folded LIKE %s ESCAPE '\' OR LOWER(a.name) LIKE %s ESCAPE '\' OR a.name LIKE %s ESCAPE '\' OR LOWER(a.mail) LIKE %s ESCAPE '\')`,
		folded, folded, typed, folded)
}

// contains is a LIKE pattern for texts with a part, in which nothing has a special meaning.
func contains(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(part) + "%"
}
