// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// MaxReason is the most code points of a reason.
const MaxReason = 300

// Fault is what is wrong with an input.
type Fault string

// Faults.
const (
	// ReasonMissing and ReasonTooLong : every change needs a reason of at most MaxReason characters.
	ReasonMissing Fault = "ReasonMissing"
	ReasonTooLong Fault = "ReasonTooLong"
	// DayMissing, DayPast and DayTooFar : an exemption ends today or later, but not after Service.LastDay.
	DayMissing Fault = "DayMissing"
	DayPast    Fault = "DayPast"
	DayTooFar  Fault = "DayTooFar"
	// NameMissing, NameInvalid : a name has 1 to MaxName characters and no line breaks; invitations may go without.
	NameMissing Fault = "NameMissing"
	NameInvalid Fault = "NameInvalid"
	// MailMissing, MailInvalid : an invitation goes to one bare mail address.
	MailMissing Fault = "MailMissing"
	MailInvalid Fault = "MailInvalid"
	// PhoneInvalid : a number is written in E.164 form.
	PhoneInvalid Fault = "PhoneInvalid"
	// RoleUnknown and RoleSame : a role is one of Roles, and a new one differs.
	RoleUnknown Fault = "RoleUnknown"
	RoleSame    Fault = "RoleSame"
	// UsernameMissing, UsernameInvalid : see account.CheckUsername.
	UsernameMissing Fault = "UsernameMissing"
	UsernameInvalid Fault = "UsernameInvalid"
	// UsernameTaken : usernames are unique in the portal and never used again. UsernameTwice : a line before has it.
	UsernameTaken Fault = "UsernameTaken"
	UsernameTwice Fault = "UsernameTwice"
	// NoSeat : all seats of the dealership are taken by active and invited accounts.
	NoSeat Fault = "NoSeat"
	// DealershipUnknown and DealershipClosed : there is no dealership of that code, or its people may not sign in.
	DealershipUnknown Fault = "DealershipUnknown"
	DealershipClosed  Fault = "DealershipClosed"
)

// FaultError says that inputs cannot be used; nothing was changed.
type FaultError struct{ Faults []Fault }

// Error names the faults.
func (e *FaultError) Error() string { return fmt.Sprintf("the input cannot be used: %v", e.Faults) }

// Change is what somebody does to somebody.
type Change struct {
	// Actor is who does it, as he signed in; he is read again.
	Actor *account.Account
	// ID of the target, Version of it that the actor saw.
	ID      string
	Version int64
	// Reason is what the actor says why; some actions need none.
	Reason string
	// RequestID is the reference number of the request.
	RequestID string
}

func (c *Change) by() audit.Actor {
	return audit.Actor{Class: audit.ActorAccount, ID: c.Actor.ID, RequestID: c.RequestID}
}

// reason answers the reason without surrounding space and line breaks.
func (c *Change) reason() (string, []Fault) {
	text := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(c.Reason, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", []Fault{ReasonMissing}
	case n > MaxReason:
		return "", []Fault{ReasonTooLong}
	}
	return text, nil
}

// Reactivate brings a disabled person back. Besides a Refusal and faults of the database the error may be a *FaultError or
// account.ErrConflict, when the account is no longer what the actor saw.
func (s *Service) Reactivate(ctx context.Context, change Change) error {
	return s.because(ctx, &change, Reactivate, func(tx *store.Tx, p *Person, reason string) error {
		seats, err := seatsOf(ctx, tx, p.Tenant)
		if err != nil {
			return err
		}
		if seats.Free() == 0 {
			return &FaultError{[]Fault{NoSeat}}
		}
		return account.Reactivate(ctx, tx, &p.Account, reason, change.by())
	})
}

// because is change with a reason.
func (s *Service) because(ctx context.Context, change *Change, action Action, do func(*store.Tx, *Person, string) error) error {
	reason, faults := change.reason()
	if len(faults) > 0 {
		return &FaultError{faults}
	}
	return s.change(ctx, change, action, func(tx *store.Tx, p *Person) error { return do(tx, p, reason) })
}

// change holds the account, asks the rules about how things are now, and only then does it. It holds the dealership's leaders and seats
// first, so that of two administrators who disable each other the second one is none any more.
func (s *Service) change(ctx context.Context, change *Change, action Action, do func(*store.Tx, *Person) error) error {
	if uuid.Validate(change.ID) != nil {
		return Foreign
	}
	return s.db.Tx(ctx, func(tx *store.Tx) error {
		target, err := account.ByID(ctx, tx, change.ID)
		if errors.Is(err, account.ErrNotFound) {
			return Foreign
		}
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, account.LeadersLock(target.Tenant)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id = $1", change.ID); err != nil {
			return fmt.Errorf("holding an account: %w", err)
		}
		actor, err := current(ctx, tx, change.Actor)
		if err != nil {
			return err
		}
		p, err := find(ctx, tx, s.db.NowSQL(), actor, change.ID)
		if err != nil {
			return err
		}
		if p.Version != change.Version {
			return account.ErrConflict
		}
		if err := May(actor, action, p); err != nil {
			return err
		}
		return do(tx, p)
	})
}

// current reads the actor again as he is now; Foreign when he is gone.
func current(ctx context.Context, tx *store.Tx, actor *account.Account) (*account.Account, error) {
	now, err := account.ByID(ctx, tx, actor.ID)
	if errors.Is(err, account.ErrNotFound) {
		return nil, Foreign
	}
	return now, err
}
