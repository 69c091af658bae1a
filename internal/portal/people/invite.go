// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// MaxName is the most code points of a name.
const MaxName = 200

// inviteEvery is how long an invitation waits before it is mailed again.
const inviteEvery = 10 * time.Minute

// Invitation describes somebody to invite.
type Invitation struct {
	Username, Name, Mail string
	// Phone in E.164 form; empty for none.
	Phone string
	Role  account.Role
	// Dealership is a dealer code; empty for head office.
	Dealership string
}

// class of the account that the invitation makes.
func (i *Invitation) class() account.Class {
	if i.Dealership == "" {
		return account.Corporate
	}
	return account.Dealer
}

// check puts the invitation into the form in which it is stored, and answers what is wrong with it by itself.
func (i *Invitation) check() []Fault {
	var faults []Fault
	i.Username, i.Mail = strings.TrimSpace(i.Username), strings.TrimSpace(i.Mail)
	i.Phone = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", "\u00a0", "").Replace(i.Phone)
	switch {
	case i.Username == "":
		faults = append(faults, UsernameMissing)
	case account.CheckUsername(i.Username) != nil:
		faults = append(faults, UsernameInvalid)
	}
	var nameFaults []Fault
	i.Name, nameFaults = checkName(i.Name)
	faults = append(faults, nameFaults...)
	faults = append(faults, checkMail(i.Mail)...)
	if i.Phone != "" && account.CheckPhone(i.Phone) != nil {
		faults = append(faults, PhoneInvalid)
	}
	if !slices.Contains(Roles(i.class()), i.Role) {
		faults = append(faults, RoleUnknown)
	}
	return faults
}

func checkName(name string) (string, []Fault) {
	name = strings.TrimSpace(name)
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) {
		return name, []Fault{NameInvalid}
	}
	return name, nil
}

func checkMail(mail string) []Fault {
	switch {
	case mail == "":
		return []Fault{MailMissing}
	case !utf8.ValidString(mail) || account.CheckMail(mail) != nil:
		return []Fault{MailInvalid}
	}
	return nil
}

// Invite creates an account for somebody, who gets a link by mail to choose a password. It never changes an account that exists. Besides a
// Refusal and faults of the database the error may be a *FaultError. Of the change, only actor and request count.
func (s *Service) Invite(ctx context.Context, change Change, invitation Invitation) (id string, err error) {
	if err := MayInvite(change.Actor, invitation.Dealership, invitation.Role); err != nil {
		return "", err
	}
	faults := invitation.check()
	err = s.db.Tx(ctx, func(tx *store.Tx) (err error) {
		id, err = invite(ctx, tx, &change, &invitation, faults)
		return err
	})
	if store.UniqueViolation(err) { // somebody was faster
		return "", &FaultError{[]Fault{UsernameTaken}}
	}
	return id, err
}

func invite(ctx context.Context, tx *store.Tx, change *Change, invitation *Invitation, faults []Fault) (id string, err error) {
	if err := tx.Lock(ctx, account.LeadersLock(invitation.Dealership)); err != nil {
		return "", err
	}
	actor, err := current(ctx, tx, change.Actor)
	if err != nil {
		return "", err
	}
	if err := MayInvite(actor, invitation.Dealership, invitation.Role); err != nil {
		return "", err
	}
	room, err := checkRoom(ctx, tx, invitation.Dealership)
	if err != nil {
		return "", err
	}
	faults = append(slices.Clone(faults), room...)
	_, err = account.ByUsername(ctx, tx, invitation.Username)
	switch {
	case err == nil:
		faults = append(faults, UsernameTaken)
	case !errors.Is(err, account.ErrNotFound):
		return "", err
	}
	if len(faults) > 0 {
		return "", &FaultError{faults}
	}
	return account.Invite(ctx, tx, account.New{
		Username: invitation.Username, Class: invitation.class(), Role: invitation.Role, Tenant: invitation.Dealership,
		Name: invitation.Name, Mail: invitation.Mail, Phone: invitation.Phone,
	}, change.by())
}

// checkRoom tells whether a dealership can take somebody in.
func checkRoom(ctx context.Context, tx *store.Tx, dealership string) ([]Fault, error) {
	if dealership == "" {
		return nil, nil
	}
	seats, err := seatsOf(ctx, tx, dealership)
	switch {
	case errors.Is(err, tenant.ErrNotFound):
		return []Fault{DealershipUnknown}, nil
	case err != nil:
		return nil, err
	case !seats.Open:
		return []Fault{DealershipClosed}, nil
	case seats.Free() == 0:
		return []Fault{NoSeat}, nil
	}
	return nil, nil
}

// InviteAgain mails the activation link once more. Errors are those of Reactivate.
func (s *Service) InviteAgain(ctx context.Context, change Change) error {
	return s.change(ctx, &change, InviteAgain, func(tx *store.Tx, p *Person) error {
		recent, err := invitedSince(ctx, tx, p.ID, p.ReadAt.Add(-inviteEvery))
		if err != nil {
			return err
		}
		if recent {
			return SentJustNow
		}
		return account.InviteAgain(ctx, tx, &p.Account, change.by())
	})
}

// CorrectMail mends the address of an invitation and sends it there. Errors are those of Reactivate.
func (s *Service) CorrectMail(ctx context.Context, change Change, mail string) error {
	mail = strings.TrimSpace(mail)
	if faults := checkMail(mail); len(faults) > 0 {
		return &FaultError{faults}
	}
	return s.change(ctx, &change, CorrectMail, func(tx *store.Tx, p *Person) error {
		return account.CorrectInvitation(ctx, tx, &p.Account, mail, change.by())
	})
}

// Withdraw takes an invitation back. Errors are those of Reactivate.
func (s *Service) Withdraw(ctx context.Context, change Change) error {
	return s.because(ctx, &change, Withdraw, func(tx *store.Tx, p *Person, reason string) error {
		return account.Withdraw(ctx, tx, &p.Account, reason, change.by())
	})
}

// invitedSince tells whether an invitation was queued since an instant.
func invitedSince(ctx context.Context, tx *store.Tx, id string, since time.Time) (bool, error) {
	var found bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE account_id = $1 AND kind = $2 AND created_at > $3)",
		id, string(outbox.Invitation), since.UnixMicro()).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("looking for an invitation: %w", err)
	}
	return found, nil
}
