// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"maps"
	"slices"
)

// Kind of a message.
type Kind string

// Kinds of messages about an account and its status.
const (
	// Invitation carries an activation link, made when it is sent.
	Invitation Kind = "Invitation"
	// AccountDisabled says that an account was disabled and who can bring it back.
	AccountDisabled Kind = "AccountDisabled"
	// AccountReactivated says that somebody brought the account back.
	AccountReactivated Kind = "AccountReactivated"
	// DisablementUndone says that the account was disabled by mistake and is back.
	DisablementUndone Kind = "DisablementUndone"
	// RoleChanged says that the account may do more or less than before.
	RoleChanged Kind = "RoleChanged"
)

// Kinds of messages of the inactivity policy.
const (
	// InactivityWarning says when an account will be disabled; Detail has the deadline.
	InactivityWarning Kind = "InactivityWarning"
	// AdministratorDigest tells an administrator or the service desk what a run did and whom the next ones concern.
	AdministratorDigest Kind = "AdministratorDigest"
	// ReactivationRequest tells somebody who can reactivate that the subject asks for it.
	ReactivationRequest Kind = "ReactivationRequest"
)

// Kinds of messages about passwords and signing in.
const (
	// PasswordChanged tells the owner of an account that its password was changed.
	PasswordChanged Kind = "PasswordChanged"
	// SignInCode carries a code, made when it is sent, for the flow in Detail.
	SignInCode Kind = "SignInCode"
	// NewDevice tells that somebody signed in with a browser that was not seen before.
	NewDevice Kind = "NewDevice"
	// UnlockLink carries a link, made when it is sent, that lets one browser try to sign in in spite of many failures.
	UnlockLink Kind = "UnlockLink"
	// SecondFactorAdded and SecondFactorRemoved tell the owner of an account.
	SecondFactorAdded   Kind = "SecondFactorAdded"
	SecondFactorRemoved Kind = "SecondFactorRemoved"
	// RecoveryCodeUsed tells the owner of an account that a recovery code stood for its second factor.
	RecoveryCodeUsed Kind = "RecoveryCodeUsed"
	// EnrolmentCode carries a code, made when it is sent, for the first second factor.
	EnrolmentCode Kind = "EnrolmentCode"
)

// Kinds of messages for people who forgot something.
const (
	// RecoveryLink carries a link, made when it is sent, with which a new password can be chosen.
	RecoveryLink Kind = "RecoveryLink"
	// RecoveryCode carries a code for the same, made when it is sent, for the flow in Detail.
	RecoveryCode Kind = "RecoveryCode"
	// RecoveryDisabled answers that the account cannot be used and who can help.
	RecoveryDisabled Kind = "RecoveryDisabled"
	// RecoveryDesk answers that the password is not reset by mail and who does it.
	RecoveryDesk Kind = "RecoveryDesk"
	// UsernameReminder names the usernames that belong to an address.
	UsernameReminder Kind = "UsernameReminder"
	// PasswordReset tells that a new password was chosen after the old one had been forgotten.
	PasswordReset Kind = "PasswordReset"
)

// Kinds of messages about addresses and from people to the desk.
const (
	// AddressCode carries a code, made when it is sent, to an address that is to be confirmed.
	AddressCode Kind = "AddressCode"
	// AddressChanged tells that an address of the account was changed.
	AddressChanged Kind = "AddressChanged"
	// SupportMessage carries what somebody wrote to the support desk or a dealership, SupportReceipt a copy to the sender.
	SupportMessage Kind = "SupportMessage"
	SupportReceipt Kind = "SupportReceipt"
)

// traits are what the outbox must know of a kind.
type traits struct {
	// notice : it goes to every confirmed mail address of the account, because it tells of a change that its owner must notice. What
	// carries a link or a code goes to one address only.
	notice bool
	// each : a younger message of the kind does not replace an older one that waits.
	each bool
}

// known lists the kinds that there are letters for.
func known() map[Kind]traits {
	return map[Kind]traits{
		Invitation:          {each: true},
		AccountDisabled:     {},
		AccountReactivated:  {},
		DisablementUndone:   {},
		RoleChanged:         {notice: true},
		InactivityWarning:   {},
		AdministratorDigest: {},
		ReactivationRequest: {},
		PasswordChanged:     {notice: true, each: true},
		SignInCode:          {},
		RecoveryLink:        {},
		RecoveryCode:        {each: true},
		RecoveryDisabled:    {},
		RecoveryDesk:        {},
		UsernameReminder:    {},
		PasswordReset:       {notice: true, each: true},
		NewDevice:           {notice: true, each: true},
		UnlockLink:          {},
		SecondFactorAdded:   {notice: true, each: true},
		SecondFactorRemoved: {notice: true, each: true},
		RecoveryCodeUsed:    {notice: true, each: true},
		EnrolmentCode:       {},
		AddressCode:         {each: true},
		AddressChanged:      {notice: true, each: true},
		SupportMessage:      {each: true},
		SupportReceipt:      {each: true},
	}
}

// Kinds lists every kind, sorted.
func Kinds() []Kind { return slices.Sorted(maps.Keys(known())) }

// Each tells whether every message of the kind is sent, however many wait; of others the youngest is enough.
func (k Kind) Each() bool { return known()[k].each }
