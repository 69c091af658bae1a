// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"k8s.io/apimachinery/pkg/types"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Due says who would fall due under the policy for unused accounts as it is after the change, if nobody did anything.
type Due struct {
	// Mode and Months of the policy after the change.
	Mode   string `json:"mode"`
	Months int32  `json:"months"`
	// GraceDays that everybody has whom the change reaches; 0 when the policy does not become stricter.
	GraceDays int32 `json:"graceDays"`
	// AlreadyDue accounts have been unused for longer than that now.
	AlreadyDue int64 `json:"alreadyDue"`
	// Days are horizons, and Total the accounts that are due within each, AlreadyDue included.
	Days  []int32 `json:"days,omitempty"`
	Total []int64 `json:"total,omitempty"`
	// Unknown says why the portal could not be asked; then there are no numbers.
	Unknown string `json:"unknown,omitempty"`
}

// Policy is the policy for unused accounts of a portal for which it changes.
type Policy struct {
	Portal types.NamespacedName
	// Before and After the change; After is without days of grace when it does not become stricter.
	Before, After portalconfig.Inactivity
}

// Policies are the portals that change the period, the mode or who counts of their policy for unused accounts: Live.Due should say
// who falls due in them.
func (c *Change) Policies() []Policy {
	var list []Policy
	for _, p := range c.portals {
		before, after := p.before.inForce(), p.after.inForce()
		if before == nil || after == nil {
			continue
		}
		was, is := before.Settings.Inactivity, after.Settings.Inactivity
		if is.Mode == string(v1alpha1.InactivityOff) || was.Mode == is.Mode && was.Months == is.Months && was.NeverSignedIn == is.NeverSignedIn {
			continue
		}
		counts := was.NeverSignedIn == string(v1alpha1.NeverSignedInSkip) && is.NeverSignedIn != was.NeverSignedIn
		if was.Mode == string(v1alpha1.InactivityEnforce) && was.Months <= is.Months && !counts {
			is.GraceDays = 0
		}
		list = append(list, Policy{Portal: p.key, Before: was, After: is})
	}
	return list
}
