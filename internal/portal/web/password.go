// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

// errRepeatDiffers : the new password was typed in two ways.
var errRepeatDiffers = errors.New("the two new passwords differ")

// sameTwice tells whether the new password was typed twice alike.
func (x *exchange) sameTwice() error {
	if x.value("new") != x.value("repeat") {
		return errRepeatDiffers
	}
	return nil
}

// passwordFaults are texts for the fields of a form that sets a password; empty when they are fine.
type passwordFaults struct{ Current, New, Repeat string }

// passwordFaults tells what a field of the form has to do with an error; ok is false when no field has.
func (x *exchange) passwordFaults(err error) (faults passwordFaults, ok bool) {
	t := x.texts()
	var refused *signin.FaultError
	switch {
	case errors.Is(err, errRepeatDiffers):
		return passwordFaults{Repeat: t.get("password.repeatDiffers")}, true
	case errors.Is(err, signin.ErrWrongPassword):
		return passwordFaults{Current: t.get("password.currentWrong")}, true
	case errors.As(err, &refused):
		return passwordFaults{New: faultText(t, refused)}, true
	default:
		return passwordFaults{}, false
	}
}

func faultText(t *texts, refused *signin.FaultError) string {
	switch refused.Fault {
	case password.TooShort:
		return t.count("password.tooShort", refused.MinLength)
	case password.TooLong:
		return t.count("password.tooLong", password.MaxLength)
	case password.Common:
		return t.get("password.common")
	case password.Same:
		return t.get("password.same")
	case password.Context:
		return t.get("password.contextual")
	default:
		return t.get("password.invalid")
	}
}

func (x *exchange) newPasswordField(t *texts, label string, faults passwordFaults) passwordField {
	return passwordField{
		ID: "new", Label: t.get(label), Autocomplete: "new-password", Fault: faults.New,
		Hint: t.count("password.advice", int(x.look.settings.Auth.PasswordMinLength)),
	}
}

func repeatField(t *texts, label string, faults passwordFaults) passwordField {
	return passwordField{ID: "repeat", Label: t.get(label), Autocomplete: "new-password", Fault: faults.Repeat}
}

// contextWords are what anybody could guess a password of the account to be made of, besides what the account itself says.
func (s *site) contextWords(x *exchange, a *account.Account) ([]string, error) {
	words := append([]string{x.look.name}, x.look.brandNames...)
	of, err := s.tenantOf(x, a)
	if of != nil {
		words = append(words, of.Spec.DisplayName)
	}
	return words, err
}
