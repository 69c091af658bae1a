// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// modeEnforce is the mode in which accounts are disabled.
const modeEnforce = "Enforce"

// inactivityReaders are those of messages that the policy causes.
func inactivityReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.InactivityWarning:   {read: (*reading).warning},
		outbox.ReactivationRequest: {read: (*reading).request},
		outbox.AdministratorDigest: {read: (*reading).digest},
	}
}

// warning applies while the account will still be disabled at the deadline that it is about: whoever has signed in, was exempted or got
// more time since has another one.
func (r *reading) warning(ctx context.Context) (bool, error) {
	subject, policy := r.member(r.recipient), r.policy()
	deadline := policy.Deadline(subject)
	if r.settings.Inactivity.Mode != modeEnforce || deadline.UnixMicro() != r.detail.Deadline || !deadline.After(r.now) {
		return false, nil
	}
	if policy.At(deadline.Add(time.Microsecond)).Decide(subject) != inactivity.RuleDue {
		return false, nil
	}
	r.facts.Deadline = deadline
	r.facts.Left = daysBetween(r.now.In(r.zone), deadline.In(r.zone))
	return true, r.help(ctx)
}

// policy is the policy in force for the people of the recipient's dealership.
func (r *reading) policy() *inactivity.Policy {
	var own []int
	if r.dealership != nil {
		own = append(own, int(r.dealership.Spec.InactivityMonths))
	}
	return inactivity.PolicyAt(r.now, r.settings.Inactivity, own...)
}

// member is what the policy needs to know of somebody of the recipient's dealership.
func (r *reading) member(a *account.Account) *inactivity.Account {
	m := &inactivity.Account{
		Active: a.Status == account.Active, Activity: a.ActivityAt, SignedIn: !a.LastSignInAt.IsZero(), NotBefore: a.NotBefore,
		ExemptUntil: a.ExemptUntil, ServiceAccount: a.ServiceAccount, TenantActive: true,
	}
	if r.dealership != nil {
		m.TenantActive, m.TenantMonths = r.dealership.Open(), int(r.dealership.Spec.InactivityMonths)
	}
	return m
}

// daysBetween counts the midnights between two instants of one zone.
func daysBetween(from, to time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}

// request applies while the subject waits for it and the recipient may do it.
func (r *reading) request(ctx context.Context) (bool, error) {
	subject, err := account.ByID(ctx, r.tx, r.item.subjectID)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if subject.Status != account.Disabled || subject.DisabledReason != account.ReasonInactivity || !r.manages(subject.Tenant) {
		return false, nil
	}
	r.facts.Subject = person{Name: subject.Name, Username: subject.Username, At: subject.DisabledAt}
	r.facts.URL = r.publicURL.JoinPath(personPath, subject.ID).String()
	r.facts.Dealership = ""
	if subject.Tenant == "" {
		r.facts.Months = months(r.settings, nil)
		return true, nil
	}
	dealership, err := tenant.Get(ctx, r.tx, subject.Tenant)
	if err != nil {
		return false, err
	}
	r.facts.Dealership, r.facts.Months = dealership.Spec.DisplayName, months(r.settings, dealership)
	return true, nil
}

// manages says whether the recipient looks after the people of a dealership: the service desk does everywhere.
func (r *reading) manages(dealerCode string) bool {
	switch {
	case r.recipient.Status != account.Active:
		return false
	case r.recipient.Role == account.ServiceDesk:
		return true
	default:
		return r.recipient.Role == account.Administrator && r.recipient.Tenant == dealerCode
	}
}
