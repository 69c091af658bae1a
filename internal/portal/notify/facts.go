// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// facts are what a letter can say.
type facts struct {
	Kind                                             outbox.Kind
	Portal, URL, Name, Username, Address, Dealership string
	// Days that a link is good, Months without use.
	Days, Months int
	// Helper is who can bring the account back; empty when nobody can.
	Helper string
	// Inactive is true when the account was disabled because it was not used, CanAsk when signing in leads to a request.
	Inactive, CanAsk bool
	// LastUse of the account, the Deadline that a warning is about, and how many calendar days are Left until then.
	LastUse, Deadline time.Time
	Left              int
	// Code for a sign-in, good for so many Minutes.
	Code    string
	Minutes int
	// Subject is who asks for reactivation.
	Subject person
	// Disabled, DueSoon and Exempt are the parts of a digest.
	Disabled, DueSoon, Exempt group
	Support                   portalconfig.Support
	Accent                    string
}

// person is somebody whom a letter is about.
type person struct {
	Name, Username string
	// At is when the person was or will be disabled, or until when he is exempt; zero when the next run disables him.
	At time.Time
	// By and Reason of an exemption; By is empty when it was imported.
	By, Reason string
}

// Who names a person.
func (p person) Who() string {
	if p.Name == "" {
		return p.Username
	}
	return p.Name + " (" + p.Username + ")"
}

// group is the beginning of a list of people.
type group struct {
	People []person
	// More is how many are left out.
	More int
}

// Who can bring a disabled account back.
const (
	helperAdministrator = "Administrator"
	helperColleague     = "Colleague"
	helperDesk          = "Desk"
)

// Pages that letters lead to.
const (
	personPath  = "people"
	dueListPath = "people/inactivity"
)

// reading reads the facts of one message in one transaction.
type reading struct {
	tx        *store.Tx
	item      *item
	detail    outbox.Detail
	settings  *portalconfig.Settings
	publicURL *url.URL
	codes     *signincode.Codes
	zone      *time.Location
	now       time.Time
	recipient *account.Account
	// dealership of the recipient; nil for corporate people.
	dealership *tenant.Tenant
	facts      *facts
}

// facts reads what a letter says; nil when the message no longer applies.
func (m *Mailer) facts(ctx context.Context, tx *store.Tx, item *item) (*facts, error) {
	r, err := m.open(ctx, tx, item)
	if err != nil || r == nil {
		return nil, err
	}
	applies, err := r.read(ctx)
	if err != nil || !applies {
		return nil, err
	}
	return r.facts, nil
}

// open reads what all letters say; nil when there is nobody to write to, or a younger message says the same.
func (m *Mailer) open(ctx context.Context, tx *store.Tx, item *item) (*reading, error) {
	recipient, err := account.ByID(ctx, tx, item.accountID)
	if errors.Is(err, account.ErrNotFound) || (err == nil && recipient.Mail == "") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if over, err := superseded(ctx, tx, item); err != nil || over {
		return nil, err
	}
	r := &reading{tx: tx, item: item, settings: m.Settings(), publicURL: m.PublicURL, codes: m.Codes, recipient: recipient}
	if r.now, err = tx.Now(ctx); err != nil {
		return nil, err
	}
	if r.detail, err = outbox.ParseDetail(item.detail); err != nil {
		return nil, err
	}
	if r.zone, err = time.LoadLocation(r.settings.TimeZone); err != nil {
		return nil, fmt.Errorf("loading the portal's time zone: %w", err)
	}
	r.facts = &facts{
		Kind: item.kind, Portal: r.settings.DisplayName, URL: m.PublicURL.String(), Name: recipient.Name, Username: recipient.Username,
		Address: recipient.Mail, Days: int(account.ActivationLifetime.Hours() / 24), Months: int(r.settings.Inactivity.Months),
		LastUse: recipient.ActivityAt, Support: r.settings.Support, Accent: r.settings.AccentColor,
	}
	if recipient.Tenant == "" {
		return r, nil
	}
	if r.dealership, err = tenant.Get(ctx, tx, recipient.Tenant); err != nil {
		return nil, err
	}
	r.facts.Dealership = r.dealership.Spec.DisplayName
	r.facts.Months = months(r.settings, r.dealership)
	return r, nil
}

// months is the period that applies in a dealership, or without one.
func months(settings *portalconfig.Settings, dealership *tenant.Tenant) int {
	period := int(settings.Inactivity.Months)
	if dealership == nil {
		return period
	}
	if own := int(dealership.Spec.InactivityMonths); own > 0 && own < period {
		return own
	}
	return period
}

// superseded says whether a younger message tells the recipient the same or more: after a mail server was away, nobody wants all
// the warnings and digests of those days. Each invitation and each change of a password is told.
func superseded(ctx context.Context, tx *store.Tx, item *item) (bool, error) {
	if item.kind == outbox.Invitation || item.kind == outbox.PasswordChanged {
		return false, nil
	}
	var over bool
	err := tx.QueryRowContext(ctx, `
SELECT EXISTS (SELECT 1 FROM outbox WHERE account_id = $1 AND kind = $2 AND COALESCE(subject_id, '') = $3 AND dead_at IS NULL AND created_at > $4)`,
		item.accountID, string(item.kind), item.subjectID, item.createdAt.UnixMicro()).Scan(&over)
	if err != nil {
		return false, fmt.Errorf("looking for younger messages: %w", err)
	}
	return over, nil
}

// read reads the rest of the facts and says whether the message still applies.
func (r *reading) read(ctx context.Context) (applies bool, err error) {
	open := r.dealership == nil || r.dealership.Open()
	switch r.item.kind {
	case outbox.Invitation:
		return r.invitation(ctx)
	case outbox.SignInCode:
		return r.signInCode(ctx)
	case outbox.AccountDisabled:
		if r.recipient.Status != account.Disabled {
			return false, nil
		}
		r.facts.Inactive = r.recipient.DisabledReason == account.ReasonInactivity
		r.facts.CanAsk = r.facts.Inactive && open && !r.recipient.ServiceAccount
		return true, r.help(ctx)
	case outbox.AccountReactivated, outbox.DisablementUndone:
		return r.recipient.Status == account.Active && open, nil
	case outbox.InactivityWarning:
		return r.warning(ctx)
	case outbox.ReactivationRequest:
		return r.request(ctx)
	case outbox.AdministratorDigest:
		return r.digest(ctx)
	default:
		return true, nil
	}
}

// invitation makes the link.
func (r *reading) invitation(ctx context.Context) (bool, error) {
	if r.recipient.Status != account.Invited {
		return false, nil
	}
	token, err := account.MintActivation(ctx, r.tx, r.recipient.ID)
	if err != nil {
		return false, err
	}
	r.facts.URL = r.publicURL.JoinPath(account.ActivationPath, token).String()
	return true, nil
}

// signInCode makes the code, while somebody waits for it.
func (r *reading) signInCode(ctx context.Context) (bool, error) {
	code, err := r.codes.Mint(ctx, r.tx, r.recipient.ID, r.recipient.Tenant, r.detail.Flow)
	if errors.Is(err, signincode.ErrNoStep) {
		return false, nil
	}
	r.facts.Code, r.facts.Minutes = code, int(signincode.Life/time.Minute)
	return true, err
}

// help says who can bring the recipient's account back: an administrator of the dealership, for administrators a colleague,
// and the service desk for corporate people, for reasons of security and where there is no administrator. Who left with his
// dealership comes back with it.
func (r *reading) help(ctx context.Context) error {
	switch {
	case r.recipient.DisabledReason == account.ReasonOffboarded:
		return nil
	case r.recipient.Class == account.Corporate || r.recipient.ServiceAccount || r.recipient.DisabledReason == account.ReasonSecurity:
		r.facts.Helper = helperDesk
		return nil
	}
	r.facts.Helper = helperDesk
	var led bool
	err := r.tx.QueryRowContext(ctx, `
SELECT EXISTS (SELECT 1 FROM accounts WHERE tenant = $1 AND role = 'administrator' AND status = 'Active' AND NOT service_account AND id <> $2)`,
		r.recipient.Tenant, r.recipient.ID).Scan(&led)
	if err != nil {
		return fmt.Errorf("looking for an administrator: %w", err)
	}
	switch {
	case led && r.recipient.Role == account.Administrator:
		r.facts.Helper = helperColleague
	case led:
		r.facts.Helper = helperAdministrator
	}
	return nil
}
