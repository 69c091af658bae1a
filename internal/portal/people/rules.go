// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import "github.com/forecourt-dev/forecourt/internal/portal/account"

// Action is what somebody wants to do to somebody.
type Action string

// Actions.
const (
	// See : look at the account and its trail.
	See Action = "See"
	// Reactivate : bring a disabled account back.
	Reactivate Action = "Reactivate"
	// Exempt : keep the inactivity policy away from the account until a day.
	Exempt Action = "Exempt"
	// EndExemption : end that before the day.
	EndExemption Action = "EndExemption"
	// InviteAgain : mail the activation link once more.
	InviteAgain Action = "InviteAgain"
	// Withdraw : take an invitation back.
	Withdraw Action = "Withdraw"
	// CorrectMail : mend the address of an invitation. Whoever has signed in changes his own.
	CorrectMail Action = "CorrectMail"
	// Rename : correct the name.
	Rename Action = "Rename"
	// ChangeRole : give another role.
	ChangeRole Action = "ChangeRole"
	// Disable : keep the owner out.
	Disable Action = "Disable"
	// SendReset : mail a link with which the owner chooses another password.
	SendReset Action = "SendReset"
	// RequirePassword : have the next sign-in ask for another password.
	RequirePassword Action = "RequirePassword"
	// EndSessions : sign the owner out everywhere.
	EndSessions Action = "EndSessions"
	// RemoveFactors : remove lost second factors.
	RemoveFactors Action = "RemoveFactors"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		See, Reactivate, Exempt, EndExemption, InviteAgain, Withdraw, CorrectMail, Rename, ChangeRole, Disable, SendReset, RequirePassword,
		EndSessions, RemoveFactors,
	}
}

// Refusal is why an action is not allowed.
type Refusal string

// Refusals.
const (
	// Foreign : the account is none of the actor's business. To him it does not exist.
	Foreign Refusal = "Foreign"
	// Own : nobody does this for himself.
	Own Refusal = "Own"
	// ForAdministrators : an administrator of the dealership has to do it.
	ForAdministrators Refusal = "ForAdministrators"
	// ForServiceDesk : the service desk has to do it.
	ForServiceDesk Refusal = "ForServiceDesk"
	// NotDisabled : there is nothing to reactivate.
	NotDisabled Refusal = "NotDisabled"
	// Held : the account was disabled for security or with its dealership, which is not undone here.
	Held Refusal = "Held"
	// DealershipNotOpen : the dealership is suspended, leaving or gone; its people cannot sign in anyway.
	DealershipNotOpen Refusal = "DealershipNotOpen"
	// NotActive : only active accounts can be exempted.
	NotActive Refusal = "NotActive"
	// NeverDue : the policy leaves service accounts alone as it is.
	NeverDue Refusal = "NeverDue"
	// AlreadyExempt : end the exemption in force first.
	AlreadyExempt Refusal = "AlreadyExempt"
	// NotExempt : there is no exemption to end.
	NotExempt Refusal = "NotExempt"
	// NotInvited : the invitation was accepted or withdrawn.
	NotInvited Refusal = "NotInvited"
	// LastLeader : nobody else leads the dealership.
	LastLeader Refusal = "LastLeader"
	// NoPerson : service accounts have neither roles nor passwords to type nor sessions.
	NoPerson Refusal = "NoPerson"
	// NoMail : there is no address to write to.
	NoMail Refusal = "NoMail"
	// AlreadyRequired : the next sign-in asks for another password as it is.
	AlreadyRequired Refusal = "AlreadyRequired"
	// NoFactor : there is no second factor to remove.
	NoFactor Refusal = "NoFactor"
	// SentJustNow : the invitation was sent less than ten minutes ago.
	SentJustNow Refusal = "SentJustNow"
)

// Error makes a refusal an error.
func (r Refusal) Error() string { return "not allowed: " + string(r) }

// Overtaken says whether a change in the meantime explains the refusal; the others hold whatever happens to the account.
func (r Refusal) Overtaken() bool {
	switch r {
	case NotDisabled, NotActive, AlreadyExempt, NotExempt, Held, DealershipNotOpen, NotInvited, LastLeader, NoMail, AlreadyRequired, NoFactor, SentJustNow:
		return true
	default:
		return false
	}
}

// May says whether actor may do action to target: nil, or a Refusal.
func May(actor *account.Account, action Action, target *Person) error {
	switch {
	case !sees(actor, target):
		return Foreign
	case action == See:
		return nil
	case actor.ID == target.ID:
		return Own
	}
	switch action {
	case Reactivate:
		return mayReactivate(actor, target)
	case Exempt:
		return mayExempt(target)
	case EndExemption:
		return mayEndExemption(target)
	case InviteAgain, Withdraw, CorrectMail:
		return mayMendInvitation(actor, action, target)
	case Rename:
		return manages(actor, target)
	case ChangeRole, Disable:
		return mayDemote(actor, action, target)
	case SendReset, RequirePassword, EndSessions, RemoveFactors:
		return mayHelp(actor, action, target)
	default:
		return Foreign
	}
}

// sees : administrators see the people of their dealership, the service desk everybody of the market.
func sees(actor *account.Account, target *Person) bool {
	switch {
	case !Manages(actor):
		return false
	case actor.Role == account.ServiceDesk:
		return true
	default:
		return target.Tenant != "" && actor.Tenant == target.Tenant
	}
}

// manages : administrators look after the people of their dealership; the service desk looks after corporate people, administrators,
// everybody of a dealership that has nobody else for it, and service accounts.
func manages(actor *account.Account, target *Person) error {
	desk := actor.Role == account.ServiceDesk
	switch {
	case target.ServiceAccount && !desk:
		return ForServiceDesk
	case target.ServiceAccount:
		return nil
	case desk && target.Class != account.Corporate && target.Role != account.Administrator && target.Led:
		return ForAdministrators
	default:
		return nil
	}
}

func mayReactivate(actor *account.Account, target *Person) error {
	switch {
	case target.Status != account.Disabled:
		return NotDisabled
	case target.DisabledReason != account.ReasonInactivity && target.DisabledReason != account.ReasonAdministrator:
		return Held
	case !target.Open:
		return DealershipNotOpen
	default:
		return manages(actor, target)
	}
}

func mayExempt(target *Person) error {
	switch {
	case target.ServiceAccount:
		return NeverDue
	case target.Status != account.Active:
		return NotActive
	case target.Exempted:
		return AlreadyExempt
	default:
		return nil
	}
}

func mayEndExemption(target *Person) error {
	if !target.Exempted {
		return NotExempt
	}
	return nil
}

func mayMendInvitation(actor *account.Account, action Action, target *Person) error {
	switch {
	case target.Status != account.Invited:
		return NotInvited
	case action == InviteAgain && !target.Open:
		return DealershipNotOpen
	case action == InviteAgain && target.Mail == "":
		return NoMail
	default:
		return manages(actor, target)
	}
}

// mayDemote : what may take the last administrator from a dealership. An invitation can get another role, too.
func mayDemote(actor *account.Account, action Action, target *Person) error {
	switch {
	case target.Status == account.Disabled, action == Disable && target.Status != account.Active:
		return NotActive
	case action == ChangeRole && target.ServiceAccount:
		return NoPerson
	case target.Status == account.Active && target.Role == account.Administrator && !target.Led:
		return LastLeader
	default:
		return manages(actor, target)
	}
}

func mayHelp(actor *account.Account, action Action, target *Person) error {
	switch {
	case target.ServiceAccount:
		return NoPerson
	case target.Status != account.Active:
		return NotActive
	case action == SendReset && target.Mail == "":
		return NoMail
	case action == RequirePassword && target.MustChangePassword:
		return AlreadyRequired
	default:
		return manages(actor, target)
	}
}

// Roles lists the roles that an account of a class can have.
func Roles(class account.Class) []account.Role {
	if class == account.Corporate {
		return []account.Role{account.User, account.ServiceDesk}
	}
	return []account.Role{account.User, account.Administrator}
}

// MayInvite says whether actor may invite somebody with a role into a dealership, which is empty for head office: nil, or a Refusal.
func MayInvite(actor *account.Account, dealership string, role account.Role) error {
	switch {
	case !Manages(actor):
		return Foreign
	case actor.Role == account.Administrator && dealership != actor.Tenant:
		return Foreign
	case actor.Role == account.ServiceDesk && dealership != "" && role == account.User:
		return ForAdministrators
	default:
		return nil
	}
}

// MayEndAll says whether actor may sign everybody of a dealership out but himself: nil, or a Refusal.
func MayEndAll(actor *account.Account, dealership string) error {
	if !Manages(actor) || dealership == "" || actor.Role == account.Administrator && dealership != actor.Tenant {
		return Foreign
	}
	return nil
}
