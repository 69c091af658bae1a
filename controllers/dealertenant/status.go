// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/conditions"
)

// compute makes the status anew from what this pass observed. A portal that cannot be asked changes nothing about a
// generation that it has confirmed.
func (s *scope) compute() v1alpha1.DealerTenantStatus {
	status := *s.tenant.Status.DeepCopy()
	status.ObservedGeneration = s.tenant.Generation
	if s.told {
		status.LastHandledReconcileAt = s.askedAt
	}
	switch {
	case s.waiting != nil:
	case s.portal != nil && s.refusal == nil:
		status.Portal = &v1alpha1.TenantPortal{Market: s.portal.Spec.Market, Audience: s.portal.Spec.Audience}
	default:
		status.Portal = nil
	}
	switch {
	case s.refusal != nil:
		status.URL, status.State = "", ""
	case s.effective != nil:
		status.URL = s.effective.PublicURL
	}
	if s.inForce {
		status.SyncedGeneration = s.tenant.Generation
		status.State = s.state
		status.Accounts = &v1alpha1.TenantAccounts{
			AccountCounts: v1alpha1.AccountCounts{
				Total: s.row.Accounts.Total, Active: s.row.Accounts.Active, Disabled: s.row.Accounts.Disabled,
			},
			Administrators: s.row.Administrators,
		}
		status.MissingRequirements = listed(s.row.MissingRequirements)
	}
	status.Conditions = s.conditions()
	return status
}

// listed keeps what a portal reports within what a status can hold.
func listed(missing []string) []string {
	const most, longest = 64, 200
	list := slices.Clone(missing[:min(len(missing), most)])
	for i, text := range list {
		if runes := []rune(text); len(runes) > longest {
			list[i] = string(runes[:longest-1]) + "…"
		}
	}
	return list
}

func (s *scope) conditions() []metav1.Condition {
	set := conditions.NewSet(s.tenant.Status.Conditions, s.tenant.Generation)
	s.attached(set)
	s.synced(set)
	s.withinBounds(set)
	s.certified(set)
	s.administratorsAvailable(set)
	summary := conditions.Summary{
		Needs: []string{v1alpha1.ConditionAttached, v1alpha1.ConditionSynced},
		Ready: conditions.Reason{Word: v1alpha1.ReasonReconciled, Message: "The portal has this generation in force"},
	}
	for _, fault := range []*fault{s.refusal, s.fault} {
		if fault != nil {
			summary.Blocked, summary.Stalled = &conditions.Reason{Word: fault.reason, Message: fault.message}, fault.stalled
			break
		}
	}
	set.Summarize(summary)
	return set.List()
}

func (s *scope) attached(set *conditions.Set) {
	kind := v1alpha1.ConditionAttached
	switch {
	case s.refusal != nil:
		set.False(kind, s.refusal.reason, s.refusal.message)
	case s.waiting == nil || s.held:
		set.True(kind, v1alpha1.ReasonAsExpected, "The portal takes the tenant")
	case s.known.Listed() || set.Get(kind) == nil:
		set.Unknown(kind, s.waiting.reason, s.waiting.message)
	}
}

func (s *scope) synced(set *conditions.Set) {
	kind := v1alpha1.ConditionSynced
	switch {
	case s.refusal != nil:
		set.False(kind, s.refusal.reason, "The tenant is not attached")
	case s.fault != nil:
		set.False(kind, s.fault.reason, s.fault.message)
	case s.inForce:
		set.True(kind, v1alpha1.ReasonReconciled, "The portal has this generation in force")
	case s.waiting != nil && !s.confirmed():
		set.Unknown(kind, s.waiting.reason, s.waiting.message)
	case !s.confirmed():
		set.Unknown(kind, v1alpha1.ReasonPortalUnreachable, "The portal has not confirmed this generation yet")
	}
}

// confirmed says whether the portal has confirmed this very generation before.
func (s *scope) confirmed() bool {
	synced := meta.FindStatusCondition(s.tenant.Status.Conditions, v1alpha1.ConditionSynced)
	return synced != nil && synced.Status == metav1.ConditionTrue && synced.ObservedGeneration == s.tenant.Generation
}

func (s *scope) withinBounds(set *conditions.Set) {
	kind := v1alpha1.ConditionWithinBounds
	switch {
	case s.clamped != "":
		set.False(kind, v1alpha1.ReasonClamped, s.clamped)
	case s.effective != nil:
		set.True(kind, v1alpha1.ReasonAsExpected, "Nothing that the tenant sets is laxer than the portal")
	case !speaksOf(set.Get(kind), s.tenant.Generation):
		set.Unknown(kind, v1alpha1.ReasonUnknown, "The portal's settings are not known yet")
	}
}

// certified says whether the dealership meets the portal's requirements. What lacks is in status.missingRequirements.
func (s *scope) certified(set *conditions.Set) {
	kind := v1alpha1.ConditionCertified
	switch {
	case s.inForce && len(s.row.MissingRequirements) > 0 && s.row.Live:
		set.False(kind, v1alpha1.ReasonRequirementsMissing, "The dealership does not meet the portal's tenants.requirements any more, "+
			"see status.missingRequirements: its people sign in as before; complete spec.certification")
	case s.inForce && len(s.row.MissingRequirements) > 0:
		set.False(kind, v1alpha1.ReasonRequirementsMissing, "The dealership does not meet the portal's tenants.requirements yet, "+
			"see status.missingRequirements: only its administrators can sign in; complete spec.certification")
	case s.inForce && !s.row.Live && s.effective.Settings.Requirements != nil:
		set.Unknown(kind, v1alpha1.ReasonUnknown, "The portal has not judged the dealership by tenants.requirements: pods of release 0.1.0 cannot, "+
			"newer ones do once these settings are in force")
	case s.inForce:
		set.True(kind, v1alpha1.ReasonAsExpected, "The dealership meets what the portal requires")
	case !speaksOf(set.Get(kind), s.tenant.Generation):
		set.Unknown(kind, v1alpha1.ReasonUnknown, "The portal has not told yet")
	}
}

func (s *scope) administratorsAvailable(set *conditions.Set) {
	kind := v1alpha1.ConditionAdministratorsAvailable
	switch {
	case s.inForce && s.row.AdministratorDormant:
		set.False(kind, v1alpha1.ReasonAdministratorDormant, "The only active administrator has not been used for longer than the inactivity policy "+
			"allows, and stays only because nobody else leads the dealership")
	case s.inForce && s.row.Administrators > 0:
		set.True(kind, v1alpha1.ReasonAsExpected, "The dealership has an active administrator")
	case s.inForce:
		set.False(kind, v1alpha1.ReasonNoAdministrator, "The dealership has no active administrator: "+
			"invite one with spec.invitations, or ask the service desk")
	case !speaksOf(set.Get(kind), s.tenant.Generation):
		set.Unknown(kind, v1alpha1.ReasonUnknown, "The portal has not told yet")
	}
}

func speaksOf(condition *metav1.Condition, generation int64) bool {
	return condition != nil && condition.ObservedGeneration == generation
}
