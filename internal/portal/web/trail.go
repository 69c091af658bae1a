// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"strconv"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
)

// lineView is one line of a person's trail.
type lineView struct {
	At, Text, By string
	// Why is a reason of the portal's, Quote one that somebody typed.
	Why, Quote string
	// Run names the inactivity run; empty when none did it.
	Run string
}

// trailKeys are the texts of events. Events without one are shown by their name.
var trailKeys = map[string]string{
	audit.SignInSucceeded: "trail.signedIn", audit.SignInFailed: "trail.signInFailed", audit.SignInLocked: "trail.signInLocked",
	audit.SignInRefused: "trail.signInRefused", audit.SignInDuringHold: "trail.duringHold", audit.PasswordChanged: "trail.passwordChanged",
	audit.PasswordChangeFailed: "trail.passwordChangeFailed", audit.SessionEnded: "trail.sessionEnded",
	audit.SignInCodeSent: "trail.codeSent", audit.SignInCodeFailed: "trail.codeFailed",
	audit.AccountCreated: "trail.created", audit.AccountUpdated: "trail.updated", audit.AccountActivated: "trail.activated",
	audit.AccountDisabled: "trail.disabled", audit.AccountEnabled: "trail.enabled", audit.AccountReactivated: "trail.reactivated",
	audit.ReactivationAsked: "trail.asked", audit.InactivityWarned: "trail.warned", audit.DisablementUndone: "trail.undone",
	audit.Reauthenticated: "trail.proved", audit.ReauthenticationFailed: "trail.proveFailed",
	audit.AddressChanged: "trail.addressChanged", audit.AddressRemoved: "trail.addressRemoved",
	audit.AddressCodeFailed: "trail.addressCodeFailed", audit.LanguageChosen: "trail.languageChosen",
	audit.NewDevice: "trail.newDevice", audit.DeviceForgotten: "trail.deviceForgotten",
	audit.UnlockAsked: "trail.unlockAsked", audit.Unlocked: "trail.unlocked",
	audit.RecoveryRequested: "trail.recoveryRequested", audit.RecoveryStarted: "trail.recoveryStarted", audit.RecoverySent: "trail.recoverySent",
	audit.RecoveryCodeFailed: "trail.recoveryCodeFailed", audit.PasswordReset: "trail.passwordReset", audit.UsernameRequested: "trail.usernameRequested",
	audit.FactorAdded: "trail.factorAdded", audit.FactorRemoved: "trail.factorRemoved", audit.FactorsRemoved: "trail.factorsRemoved",
	audit.FactorFailed: "trail.factorFailed", audit.FactorLocked: "trail.factorLocked",
	audit.RecoveryCodesCreated: "trail.recoveryCodes", audit.RecoveryCodeUsed: "trail.recoveryCodeUsed",
	audit.EnrolmentCodeSent: "trail.enrolmentCodeSent", audit.EnrolmentCodeFailed: "trail.enrolmentCodeFailed",
	audit.SSORefused: "trail.ssoRefused", audit.SSOFailed: "trail.ssoFailed",
	audit.ExemptionGranted: "trail.exempted", audit.ExemptionEnded: "trail.exemptionEnded",
	audit.InvitationRepeated: "trail.invitedAgain", audit.InvitationWithdrawn: "trail.withdrawn", audit.InvitationCorrected: "trail.corrected",
	audit.PasswordRequired: "trail.passwordRequired", audit.SessionsEnded: "trail.sessionsEnded",
	audit.PeopleExported: "trail.exported", audit.PeopleImported: "trail.imported",
	audit.TenantChanged: "trail.tenantChanged", audit.TenantClosed: "trail.tenantClosed",
}

// whyKeys are the texts of reasons that the portal itself gives.
var whyKeys = map[string]string{
	string(account.ReasonInactivity): "why.inactivity", string(account.ReasonAdministrator): "why.administrator",
	string(account.ReasonSecurity): "why.security", string(account.ReasonOffboarded): "why.offboarded",
	string(inactivity.RuleDue): "why.due", "TenantClosed": "why.tenantClosed", "Invited": "why.invited",
	"Imported": "why.imported", "Name": "why.name", "ServiceAccount": "why.serviceAccount",
	string(address.Mail): "why.mail", string(address.SecondMail): "why.secondMail", string(address.Phone): "why.phone",
	secondfactor.TOTP: "factors.app", secondfactor.Passkey: "factors.passkey", "Reused": "why.reused", "SignCounter": "why.signCounter",
	"SSO": "why.sso", string(sso.NoGroup): "why.noGroup", string(sso.OtherDomain): "why.otherDomain", "UseSSO": "why.useSSO", "OtherPerson": "why.otherPerson",
	"Ceiling": "why.ceiling", "MailedCode": "why.mailedCode", "NoMail": "why.noMail",
}

// typed are the events whose reason somebody typed.
var typed = map[string]bool{
	audit.AccountReactivated: true, audit.FactorsRemoved: true, audit.ExemptionGranted: true, audit.InvitationWithdrawn: true, audit.PasswordRequired: true,
	audit.SessionsEnded: true, audit.RoleChanged: true,
}

// trail fills in what happened to a person.
func (s *site) trail(x *exchange, v *viewer, t *texts, p *people.Person, view *personView) error {
	lines, err := s.people.Trail(x.r.Context(), v.account, p)
	if err != nil {
		return err
	}
	for _, line := range lines {
		view.Trail = append(view.Trail, x.line(t, p.ID, line))
	}
	return nil
}

// line is one line of the trail of an account, whose id is ownerID.
func (x *exchange) line(t *texts, ownerID string, line people.Line) lineView {
	view := lineView{At: x.locale.DateTime(line.At, x.look.zone), Text: line.Event, By: actorText(t, ownerID, line), Run: line.RunID}
	if key := trailKeys[line.Event]; key != "" {
		view.Text = t.get(key)
	}
	if line.Event == audit.RoleChanged {
		view.Text = t.get("trail.roleChanged", "role", roleText(t, account.Role(line.Rule)))
	}
	view.because(t, line)
	return view
}

// countKeys are the texts of reasons that are numbers, by event.
var countKeys = map[string]string{
	audit.InactivityWarned: "why.days", audit.PeopleExported: "why.people", audit.PeopleImported: "why.people",
}

// because says why it happened: what somebody typed, or what the portal itself gives.
func (view *lineView) because(t *texts, line people.Line) {
	word := line.Reason
	if line.Rule != "" && line.Event != audit.RoleChanged {
		word = line.Rule
	}
	byHand := line.Event == audit.AccountDisabled && line.ActorClass == audit.ActorAccount && whyKeys[line.Reason] == ""
	byPortal := line.ActorClass == audit.ActorPortal
	count, err := strconv.Atoi(line.Reason)
	switch {
	case typed[line.Event] && !byPortal, byHand:
		view.Quote = line.Reason
	case countKeys[line.Event] != "" && err == nil:
		view.Why = t.count(countKeys[line.Event], count)
	case whyKeys[word] != "":
		view.Why = t.get(whyKeys[word])
	default:
		view.Why = word
	}
}

// actorText says who did it, as far as the reader may know.
func actorText(t *texts, ownerID string, line people.Line) string {
	switch line.ActorClass {
	case audit.ActorAccount:
		switch {
		case line.ActorID == ownerID:
			return t.get("trail.bySelf")
		case line.ActorName != "":
			return t.get("trail.byName", "name", line.ActorName)
		default:
			return t.get("trail.byServiceDesk")
		}
	case audit.ActorPortal:
		return t.get("trail.byPortal")
	case audit.ActorOperator:
		return t.get("trail.byOperator")
	case audit.ActorImport:
		return t.get("trail.byImport")
	default:
		return t.get("trail.byAnonymous")
	}
}
