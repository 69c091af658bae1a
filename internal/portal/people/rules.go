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
)

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
)

// Error makes a refusal an error.
func (r Refusal) Error() string { return "not allowed: " + string(r) }

// May says whether actor may do action to target: nil, or a Refusal.
func May(actor *account.Account, action Action, target *Person) error {
	switch {
	case !sees(actor, target):
		return Foreign
	case action == See:
		return nil
	case actor.ID == target.ID:
		return Own
	case action == Reactivate:
		return mayReactivate(actor, target)
	case action == Exempt:
		return mayExempt(target)
	case action == EndExemption && !target.Exempted:
		return NotExempt
	case action == EndExemption:
		return nil
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

func mayReactivate(actor *account.Account, target *Person) error {
	desk := actor.Role == account.ServiceDesk
	switch {
	case target.Status != account.Disabled:
		return NotDisabled
	case target.DisabledReason != account.ReasonInactivity && target.DisabledReason != account.ReasonAdministrator:
		return Held
	case !target.Open:
		return DealershipNotOpen
	case target.ServiceAccount && !desk:
		return ForServiceDesk
	case target.ServiceAccount:
		return nil
	case desk && !deskReactivates(target):
		return ForAdministrators
	default:
		return nil
	}
}

// deskReactivates : corporate people, administrators, and everybody of a dealership that has nobody else for it.
func deskReactivates(target *Person) bool {
	return target.Class == account.Corporate || target.Role == account.Administrator || !target.Led
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
