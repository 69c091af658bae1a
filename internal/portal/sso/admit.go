// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Refusal says why a person whom the provider signed in has no account here. It is empty when nothing is in the way.
type Refusal string

// Refusals, which are also the reasons of audit events.
const (
	// NoGroup : none of the person's groups gives a role.
	NoGroup Refusal = "NoGroup"
	// OtherDomain : the verified address of the person is of another domain, or the provider has verified none.
	OtherDomain Refusal = "OtherDomain"
)

// RoleOf is the role that a person's groups give, and why there is none.
func RoleOf(policy *portalconfig.SSO, p *Person) (account.Role, Refusal) {
	in := func(groups []string) bool {
		return slices.ContainsFunc(p.Groups, func(group string) bool { return slices.Contains(groups, group) })
	}
	_, domain, _ := strings.Cut(p.Mail, "@")
	switch {
	case len(policy.Domains) > 0 && !slices.ContainsFunc(policy.Domains, func(d string) bool { return strings.EqualFold(d, domain) }):
		return "", OtherDomain
	case in(policy.ServiceDeskGroups):
		return account.ServiceDesk, ""
	case in(policy.UserGroups):
		return account.User, ""
	default:
		return "", NoGroup
	}
}

// Admission is what a person who comes from the provider finds here.
type Admission struct {
	// Account of the person; nil when there is none, and then Refusal says why.
	Account *account.Account
	// Refusal is set when the person has no role. Sessions of an account that has none any more have ended.
	Refusal Refusal
}

// Lock keeps others from changing who is in the service desk, and from admitting people, until the transaction ends.
func Lock(ctx context.Context, tx *store.Tx) error { return tx.Lock(ctx, account.LeadersLock("")) }

// Admit finds the account of a person or creates it, and gives it the role that the person's groups give now, whatever it was and however few
// then have that role: the provider has the last word. The caller holds Lock and decides whether the account may sign in.
func Admit(ctx context.Context, tx *store.Tx, policy *portalconfig.SSO, p *Person, requestID string) (*Admission, error) {
	found, err := find(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	role, refusal := RoleOf(policy, p)
	if refusal != "" {
		return &Admission{Account: found, Refusal: refusal}, refuse(ctx, tx, found, refusal, requestID)
	}
	if found == nil {
		found, err = create(ctx, tx, p, role, requestID)
	} else {
		found, err = update(ctx, tx, p, found, role, requestID)
	}
	if err != nil {
		return nil, err
	}
	return &Admission{Account: found}, nil
}

// find reads the account that belongs to a person, and holds it; nil when there is none.
func find(ctx context.Context, tx *store.Tx, p *Person) (*account.Account, error) {
	var id string
	err := tx.QueryRowContext(ctx, "SELECT account_id FROM identities WHERE issuer = $1 AND subject = $2", p.Issuer, p.Subject).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading an identity: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id = $1", id); err != nil {
		return nil, fmt.Errorf("holding an account: %w", err)
	}
	return account.ByID(ctx, tx, id)
}

// refuse audits who comes without a role, and ends the sessions that he has from when he had one.
func refuse(ctx context.Context, tx *store.Tx, found *account.Account, refusal Refusal, requestID string) error {
	event := audit.Event{
		Event: audit.SSORefused, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: requestID}, Reason: string(refusal),
	}
	if found != nil {
		event.AccountID, event.Actor = found.ID, audit.Actor{Class: audit.ActorAccount, ID: found.ID, RequestID: requestID}
		if err := account.EndSessions(ctx, tx, found.ID, ""); err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, event)
}

// create makes the account of a person who comes for the first time: Active, with a username that nobody has.
func create(ctx context.Context, tx *store.Tx, p *Person, role account.Role, requestID string) (*account.Account, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	username, err := freeUsername(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	named, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("naming an account: %w", err)
	}
	id := named.String()
	confirmed := sql.NullInt64{Int64: now.UnixMicro(), Valid: p.Mail != ""}
	_, err = tx.ExecContext(ctx, `
INSERT INTO accounts (id, username, username_folded, class, role, name, mail, mail_confirmed_at, phone, status, created_at, activated_at, activity_at)
VALUES ($1, $2, $3, 'Corporate', $4, $5, $6, $7, '', 'Active', $8, $8, $8)`,
		id, username, account.Fold(username), string(role), p.Name, p.Mail, confirmed, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("creating an account: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO identities (issuer, subject, account_id, created_at, last_used_at) VALUES ($1, $2, $3, $4, $4)",
		p.Issuer, p.Subject, id, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("storing an identity: %w", err)
	}
	event := audit.Event{
		Event: audit.AccountCreated, Actor: audit.Actor{Class: audit.ActorAccount, ID: id, RequestID: requestID}, AccountID: id, Reason: "SSO",
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return nil, err
	}
	if err := tx.TouchTenants(ctx); err != nil {
		return nil, err
	}
	return account.ByID(ctx, tx, id)
}

// freeUsername answers the first of a person's usernames that no account has or had.
func freeUsername(ctx context.Context, tx *store.Tx, p *Person) (string, error) {
	for _, username := range usernames(p) {
		_, err := account.ByUsername(ctx, tx, username)
		if errors.Is(err, account.ErrNotFound) {
			return username, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", errors.New("naming an account: all names of a person are taken")
}

// update notes the use of an identity, and the role that its person has now. A changed role ends the sessions that began with the old one.
func update(ctx context.Context, tx *store.Tx, p *Person, found *account.Account, role account.Role, requestID string) (*account.Account, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE identities SET last_used_at = $3 WHERE issuer = $1 AND subject = $2", p.Issuer, p.Subject, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("noting the use of an identity: %w", err)
	}
	if found.Role == role {
		return found, nil
	}
	_, err = tx.ExecContext(ctx, "UPDATE accounts SET role = $2, version = version + 1 WHERE id = $1", found.ID, string(role))
	if err != nil {
		return nil, fmt.Errorf("changing the role of an account: %w", err)
	}
	if err := account.EndSessions(ctx, tx, found.ID, ""); err != nil {
		return nil, err
	}
	event := audit.Event{
		Event: audit.RoleChanged, Actor: audit.Actor{Class: audit.ActorPortal, RequestID: requestID}, AccountID: found.ID,
		Rule: string(role), Reason: "SSO",
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return nil, err
	}
	if err := tx.TouchTenants(ctx); err != nil { // counts of the service desk are kept by revision
		return nil, err
	}
	return account.ByID(ctx, tx, found.ID)
}
