// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Load is what a file with invitations does, or did.
type Load struct {
	// Fresh are the people to invite; Known is how many of the file have an account at the dealership already, which stays as it is.
	Fresh []Row
	Known int
	// Problems by line. Broken says that nothing of the file can be used.
	Problems []Problem
	Broken   bool
	// Applied is true when the people of Fresh were invited.
	Applied bool
}

// Preview tells what a file does, and changes nothing. Foreign unless the actor is an administrator: the service desk invites one by one.
func (s *Service) Preview(ctx context.Context, actor *account.Account, text string) (load *Load, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		load, err = look(ctx, tx, actor, text)
		return err
	})
	return load, err
}

// Load invites the people of a file who have no account yet; nobody when there are problems, unless the lines with problems are to be
// left out. The same file again changes nothing. Of the change, only actor and request count.
func (s *Service) Load(ctx context.Context, change Change, text string, skipInvalid bool) (load *Load, err error) {
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(ctx, account.LeadersLock(change.Actor.Tenant)); err != nil {
			return err
		}
		actor, err := current(ctx, tx, change.Actor)
		if err != nil {
			return err
		}
		if load, err = look(ctx, tx, actor, text); err != nil {
			return err
		}
		if load.Broken || len(load.Problems) > 0 && !skipInvalid || len(load.Fresh) == 0 {
			return nil
		}
		load.Applied = true
		return load.apply(ctx, tx, actor.Tenant, change.by())
	})
	if store.UniqueViolation(err) { // another dealership was faster
		return nil, account.ErrConflict
	}
	return load, err
}

func (l *Load) apply(ctx context.Context, tx *store.Tx, dealership string, by audit.Actor) error {
	for _, row := range l.Fresh {
		_, err := account.Invite(ctx, tx, account.New{
			Username: row.Username, Class: account.Dealer, Role: row.Role, Tenant: dealership, Name: row.Name, Mail: row.Mail, Phone: row.Phone,
		}, by)
		if err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.PeopleImported, Actor: by, Tenant: dealership, Reason: strconv.Itoa(len(l.Fresh))})
}

// look compares a file with the accounts that there are.
func look(ctx context.Context, tx *store.Tx, actor *account.Account, text string) (*Load, error) {
	if !Manages(actor) || actor.Role != account.Administrator {
		return nil, Foreign
	}
	rows, problems, broken := readRows(text, actor.Tenant)
	load := &Load{Problems: problems, Broken: broken}
	taken, err := owners(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	seats, err := seatsOf(ctx, tx, actor.Tenant)
	if err != nil {
		return nil, err
	}
	load.sort(rows, taken, actor.Tenant, seats.Free())
	return load, nil
}

// sort divides rows into those that are fresh, known and wrong; taken is the dealership of usernames that there are, free the seats.
func (l *Load) sort(rows []Row, taken map[string]string, dealership string, free int) {
	wrong := map[int]bool{}
	for _, problem := range l.Problems {
		wrong[problem.Line] = true
	}
	seen := map[string]bool{}
	for _, row := range rows {
		folded := account.Fold(row.Username)
		owner, there := taken[folded]
		var fault Fault
		switch {
		case wrong[row.Line]:
			continue
		case seen[folded]:
			fault = UsernameTwice
		case there && owner == dealership:
			l.Known++
		case there:
			fault = UsernameTaken
		case len(l.Fresh) >= free:
			fault = NoSeat
		default:
			l.Fresh = append(l.Fresh, row)
		}
		seen[folded] = true
		if fault != "" {
			l.Problems = append(l.Problems, Problem{Line: row.Line, Fault: fault})
		}
	}
	slices.SortStableFunc(l.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// owners answers the dealerships, empty for head office, of the usernames of rows that there are, by the folded username.
func owners(ctx context.Context, tx *store.Tx, rows []Row) (map[string]string, error) {
	taken := map[string]string{}
	for chunk := range slices.Chunk(rows, 500) {
		args := make([]any, len(chunk))
		for i, row := range chunk {
			args[i] = account.Fold(row.Username)
		}
		if err := readOwners(ctx, tx, args, taken); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

func readOwners(ctx context.Context, tx *store.Tx, folded []any, taken map[string]string) error {
	found, err := tx.QueryContext(ctx,
		"SELECT username_folded, COALESCE(tenant, '') FROM accounts WHERE username_folded IN ("+store.List(1, len(folded))+")", folded...)
	if err != nil {
		return fmt.Errorf("looking for usernames: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var username, owner string
		if err := found.Scan(&username, &owner); err != nil {
			return fmt.Errorf("looking for usernames: %w", err)
		}
		taken[username] = owner
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("looking for usernames: %w", err)
	}
	return nil
}
