// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

// situation is what an answer to a forgotten password depends on.
type situation struct {
	*account.Account
	// open is false while the account's dealership may not work.
	open bool
	// channel that was asked for, texts whether the portal can still send text messages to this dealership.
	channel outbox.Channel
	texts   bool
}

// answer is the message that a request leads to; the zero value is none.
type answer struct {
	kind    outbox.Kind
	channel outbox.Channel
	slot    string
}

// decide answers a forgotten password. Only an active account of an open dealership gets a link or a code, and only at an address that
// its owner has confirmed: anybody may have typed the others. What goes to an unconfirmed address opens nothing.
func decide(s situation) answer {
	switch {
	case s.ServiceAccount, s.Status == account.Invited:
		return answer{}
	case s.Class == account.Corporate:
		return toMail(outbox.RecoveryDesk, s)
	case s.Status == account.Disabled, !s.open:
		return toMail(outbox.RecoveryDisabled, s)
	case s.channel == outbox.SMS && s.texts && s.Phone != "" && !s.PhoneConfirmedAt.IsZero():
		return answer{kind: outbox.RecoveryCode, channel: outbox.SMS}
	}
	kind := outbox.RecoveryLink
	if s.channel == outbox.SMS {
		kind = outbox.RecoveryCode // the browser shows the form for a code
	}
	switch {
	case s.Mail != "" && !s.MailConfirmedAt.IsZero():
		return answer{kind: kind, channel: outbox.Mail}
	case s.SecondMail != "" && !s.SecondMailConfirmedAt.IsZero():
		return answer{kind: kind, channel: outbox.Mail, slot: outbox.SecondMail}
	}
	return toMail(outbox.RecoveryDesk, s)
}

// toMail goes to the account's mail address, if it has one.
func toMail(kind outbox.Kind, s situation) answer {
	if s.Mail == "" {
		return answer{}
	}
	return answer{kind: kind, channel: outbox.Mail}
}
