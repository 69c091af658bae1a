// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"slices"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// written is what somebody wrote to the desk or a dealership.
type written struct {
	Reference, Name, Mail, Phone, Address, Topic, Body string
	At                                                 time.Time
	// NewDealer : it is an application.
	NewDealer bool
	// Dealership and Department that it was written to; empty for the desk.
	Dealership, Department string
	// SignedIn : the writer was signed in. Account is then his username, empty where it is nobody's business, and Home his dealership, empty
	// for corporate people.
	SignedIn      bool
	Account, Home string
}

// supportReaders are those of messages that people write.
func supportReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.SupportMessage: {read: (*reading).supportMessage},
		outbox.SupportReceipt: {read: (*reading).supportReceipt},
	}
}

// supportMessage goes to the administrator whom it is addressed to, or to a mailbox.
func (r *reading) supportMessage(ctx context.Context) (bool, error) {
	there, err := r.written(ctx)
	if err != nil || !there {
		return false, err
	}
	r.facts.ReplyTo = r.facts.Message.Mail
	if r.recipient != nil {
		// Whoever led the dealership when it was written to need not do so any more.
		leads := r.addressee != nil && r.manages(r.addressee.DealerCode)
		if leads {
			return true, nil
		}
		if orphan, err := r.orphaned(ctx); err != nil || !orphan {
			return false, err
		}
		r.facts.Name, r.facts.Username, r.facts.Language = "", "", ""
	}
	r.facts.Address, err = r.mailbox()
	return true, err
}

// orphaned says whether nobody leads the dealership any more who could get its message: then the first of those that were queued for its
// administrators goes to the desk.
func (r *reading) orphaned(ctx context.Context) (bool, error) {
	if r.addressee == nil {
		return false, nil
	}
	var orphan bool
	err := r.tx.QueryRowContext(ctx, `
SELECT NOT EXISTS (SELECT 1 FROM accounts WHERE tenant = $1 AND role = 'administrator' AND status = 'Active' AND NOT service_account)
 AND NOT EXISTS (SELECT 1 FROM outbox WHERE kind = $2 AND detail = $3 AND id < $4)`,
		r.addressee.DealerCode, string(outbox.SupportMessage), r.item.detail, r.item.id).Scan(&orphan)
	if err != nil {
		return false, fmt.Errorf("looking for administrators: %w", err)
	}
	return orphan, nil
}

// supportReceipt tells a writer who was signed in what he wrote.
func (r *reading) supportReceipt(ctx context.Context) (bool, error) { return r.written(ctx) }

// written reads the message; false when it is gone.
func (r *reading) written(ctx context.Context) (bool, error) {
	id := r.item.supportID
	if id == "" {
		id = r.detail.Message
	}
	m, err := support.Get(ctx, r.tx, id)
	if errors.Is(err, support.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.facts.Message = written{
		Reference: m.Reference, Name: m.Name, Mail: m.Mail, Phone: m.Phone, Address: m.Address, Topic: m.Topic, Body: m.Body, At: m.At,
		NewDealer: m.Kind == support.NewDealer, Department: m.Department,
	}
	if m.Dealership != "" {
		to, err := tenant.Get(ctx, r.tx, m.Dealership)
		if err != nil {
			return false, err
		}
		r.addressee, r.facts.Message.Dealership = to, to.Spec.DisplayName
	}
	return true, r.writer(ctx, m.AccountID)
}

// writer says who wrote, if he was signed in and his account is still there. His username is for the desk and his own dealership only: to
// others it is half of what a sign-in takes.
func (r *reading) writer(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	who, err := account.ByID(ctx, r.tx, id)
	if err != nil {
		return err
	}
	r.facts.Message.SignedIn = true
	if r.addressee == nil || r.addressee.DealerCode == who.Tenant {
		r.facts.Message.Account = who.Username
	}
	if who.Tenant == "" {
		return nil
	}
	home, err := tenant.Get(ctx, r.tx, who.Tenant)
	if err == nil {
		r.facts.Message.Home = home.Spec.DisplayName
	}
	return err
}

// mailbox is that of the department, or of the desk where there is none.
func (r *reading) mailbox() (string, error) {
	if r.addressee != nil && r.facts.Message.Department != "" {
		is := func(d portalapi.TenantDepartment) bool { return d.Name == r.facts.Message.Department }
		if i := slices.IndexFunc(r.addressee.Spec.Departments, is); i >= 0 && r.addressee.Spec.Departments[i].Mail != "" {
			return r.addressee.Spec.Departments[i].Mail, nil
		}
	}
	desk, err := netmail.ParseAddress(r.settings.Support.Mail)
	if err != nil {
		return "", errors.New("support.mail is no address: the message waits for one")
	}
	return desk.Address, nil
}
