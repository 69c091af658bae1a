// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package account keeps the people who may sign in: who they are, whether they may, and every change of that. A change of
// status ends the account's sessions, writes the audit event and queues the message in the same transaction.
package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Class says whom an account belongs to.
type Class string

// Classes of accounts.
const (
	// Dealer accounts belong to one dealership.
	Dealer Class = "Dealer"
	// Corporate accounts belong to the market.
	Corporate Class = "Corporate"
)

// Role of an account within its class.
type Role string

// Roles.
const (
	User Role = "user"
	// Administrator manages the people of a dealership.
	Administrator Role = "administrator"
	// ServiceDesk manages corporate people and dealer administrators.
	ServiceDesk Role = "service-desk"
)

// Status of an account. Throttling is no status.
type Status string

// Status values.
const (
	Invited  Status = "Invited"
	Active   Status = "Active"
	Disabled Status = "Disabled"
)

// Reason says why an account is disabled.
type Reason string

// Reasons.
const (
	ReasonInactivity    Reason = "Inactivity"
	ReasonAdministrator Reason = "Administrator"
	ReasonSecurity      Reason = "Security"
	ReasonOffboarded    Reason = "Offboarded"
)

// ErrNotFound : there is no such account, or the token does not fit or no longer does.
var ErrNotFound = errors.New("account not found")

// ErrConflict : the account was changed in the meantime, or its status forbids the change.
var ErrConflict = errors.New("the account's status does not allow this")

// Account is a row of accounts. A zero time is unknown or has not happened.
type Account struct {
	ID, Username    string
	Class           Class
	Role            Role
	Tenant          string // dealer code; empty for Corporate
	Name            string
	Mail            string
	MailConfirmedAt time.Time
	// SecondMail is another address for notices and recovery; empty for none.
	SecondMail            string
	SecondMailConfirmedAt time.Time
	Phone                 string // E.164
	PhoneConfirmedAt      time.Time
	// Language is the BCP 47 tag that the owner chose; empty for the browser's.
	Language string
	// MustChangePassword : the next sign-in asks for another password.
	MustChangePassword bool
	Status             Status
	DisabledReason     Reason
	DisabledAt         time.Time
	CreatedAt          time.Time
	ActivatedAt        time.Time
	LastSignInAt       time.Time
	ActivityAt         time.Time
	NotBefore          time.Time
	ExemptUntil        time.Time
	ServiceAccount     bool
	Version            int64
}

// Columns are those that Scan reads, for queries of other packages over accounts AS a.
const Columns = `a.id, a.username, a.class, a.role, a.tenant, a.name, a.mail, a.mail_confirmed_at, a.second_mail,
 a.second_mail_confirmed_at, a.phone, a.phone_confirmed_at, a.language, a.must_change_password, a.status,
 a.disabled_reason, a.disabled_at, a.created_at, a.activated_at, a.last_sign_in_at, a.activity_at, a.not_before, a.exempt_until,
 a.service_account, a.version`

// Targets are where a row of Columns is scanned to. Call finish after scanning.
func Targets(a *Account) (targets []any, finish func()) {
	var tenant, reason sql.NullString
	targets = []any{
		&a.ID, &a.Username, &a.Class, &a.Role, &tenant, &a.Name, &a.Mail, store.ScanTime(&a.MailConfirmedAt),
		&a.SecondMail, store.ScanTime(&a.SecondMailConfirmedAt), &a.Phone, store.ScanTime(&a.PhoneConfirmedAt), &a.Language,
		&a.MustChangePassword, &a.Status,
		&reason, store.ScanTime(&a.DisabledAt), store.ScanTime(&a.CreatedAt), store.ScanTime(&a.ActivatedAt),
		store.ScanTime(&a.LastSignInAt), store.ScanTime(&a.ActivityAt), store.ScanTime(&a.NotBefore), store.ScanTime(&a.ExemptUntil),
		&a.ServiceAccount, &a.Version,
	}
	return targets, func() { a.Tenant, a.DisabledReason = tenant.String, Reason(reason.String) }
}

// ByID reads one account; ErrNotFound when there is none.
func ByID(ctx context.Context, q store.Querier, id string) (*Account, error) {
	return one(ctx, q, "a.id = $1", id)
}

// ByUsername reads the account with that username, in whatever case it is written; ErrNotFound when there is none.
func ByUsername(ctx context.Context, q store.Querier, username string) (*Account, error) {
	return one(ctx, q, "a.username_folded = $1", Fold(username))
}

func one(ctx context.Context, q store.Querier, condition string, value any) (*Account, error) {
	var a Account
	targets, finish := Targets(&a)
	err := q.QueryRowContext(ctx, "SELECT "+Columns+" FROM accounts a WHERE "+condition, value).Scan(targets...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading an account: %w", err)
	}
	finish()
	return &a, nil
}
