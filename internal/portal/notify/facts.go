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
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// facts are what a letter can say.
type facts struct {
	Kind                                             outbox.Kind
	Portal, URL, Name, Username, Address, Dealership string
	// Role of the recipient, for an invitation and a change of it.
	Role account.Role
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
	// Changed is which address was changed: Mail, SecondMail or Phone; Removed that it is gone.
	Changed string
	Removed bool
	// Browser names the one that signed in At that time; empty when it is unknown.
	Browser string
	At      time.Time
	// Subject is who asks for reactivation.
	Subject person
	// Message is what somebody wrote to the desk or a dealership.
	Message written
	// Disabled, DueSoon and Exempt are the parts of a digest.
	Disabled, DueSoon, Exempt group
	Support                   portalconfig.Support
	Accent                    string
	// Language is the BCP 47 tag that the recipient chose; empty for the portal's first locale.
	Language string
	// Phone is where a text message goes; ReplyTo is where answers to a letter go, when that is not the sender.
	Phone, ReplyTo string
	recoveryFacts
}

// person is somebody whom a letter is about.
type person struct {
	Name, Username string
	// At is when the person was or will be disabled, or until when he is exempt; zero when the next run disables him.
	At time.Time
	// By and Reason of an exemption; By is empty when it was imported.
	By, Reason string
	// Dealership is set where it matters to which one the account belongs.
	Dealership string
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
	keys      *sessionkey.Ring
	zone      *time.Location
	now       time.Time
	// recipient is nil for messages that go along with a support message.
	recipient *account.Account
	// dealership of the recipient; nil for corporate people.
	dealership *tenant.Tenant
	// addressee is the dealership that a support message was written to; nil for the desk.
	addressee *tenant.Tenant
	facts     *facts
}

// facts reads what a letter says; nil when the message no longer applies.
func (c *composer) facts(ctx context.Context, tx *store.Tx, item *item) (*facts, error) {
	reader, ok := c.readers[item.kind]
	if !ok {
		return nil, fmt.Errorf("there are no facts of kind %s", item.kind)
	}
	r, err := c.open(ctx, tx, item)
	if err != nil || r == nil {
		return nil, err
	}
	if item.accountID != "" {
		if there, err := r.address(ctx); err != nil || !there {
			return nil, err
		}
	}
	applies, err := reader.read(r, ctx)
	if err != nil || !applies {
		return nil, err
	}
	return r.facts, nil
}

// open reads what all letters say.
func (c *composer) open(ctx context.Context, tx *store.Tx, item *item) (*reading, error) {
	r := &reading{tx: tx, item: item, settings: c.Settings(), publicURL: c.PublicURL, codes: c.Codes, keys: c.Keys}
	var err error
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
		Kind: item.kind, Portal: r.settings.DisplayName, URL: c.PublicURL.String(), Months: int(r.settings.Inactivity.Months),
		Support: r.settings.Support, Accent: r.settings.AccentColor,
	}
	return r, nil
}

// address reads the recipient and where the message goes; false when there is nobody to write to, or a younger message says the same.
func (r *reading) address(ctx context.Context) (bool, error) {
	recipient, err := account.ByID(ctx, r.tx, r.item.accountID)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.recipient = recipient
	r.facts.Name, r.facts.Username, r.facts.Language = recipient.Name, recipient.Username, recipient.Language
	r.facts.Address, r.facts.LastUse = recipient.Mail, recipient.ActivityAt
	if r.detail.Slot == outbox.SecondMail {
		r.facts.Address = recipient.SecondMail
	}
	if r.item.channel == outbox.SMS {
		r.facts.Phone = recipient.Phone
	}
	if over, err := superseded(ctx, r.tx, r.item); err != nil || over {
		return false, err
	}
	if recipient.Tenant == "" {
		return true, nil
	}
	if r.dealership, err = tenant.Get(ctx, r.tx, recipient.Tenant); err != nil {
		return false, err
	}
	r.facts.Dealership = r.dealership.Spec.DisplayName
	r.facts.Months = months(r.settings, r.dealership)
	return true, nil
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
// the warnings and digests of those days.
func superseded(ctx context.Context, tx *store.Tx, item *item) (bool, error) {
	if item.kind.Each() {
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
