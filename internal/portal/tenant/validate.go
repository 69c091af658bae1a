// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// code is the form of a dealer code, as in the DealerTenant's schema.
var code = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,31}$`)

// Limits of a declaration.
const (
	maxText        = 200
	maxMonths      = 60
	maxInvitations = 100
)

// validate checks a declaration before anything is stored.
func validate(dealerCode string, in *portalapi.Tenant) error {
	switch {
	case !code.MatchString(dealerCode):
		return &InvalidError{"dealerCode", fmt.Sprintf("%.40q: use 2 to 32 capital letters, digits and hyphens, not beginning with a hyphen", dealerCode)}
	case in.UID == "" || len(in.UID) > maxText:
		return &InvalidError{"uid", "want the UID of the tenant object"}
	case in.Generation < 1:
		return &InvalidError{"generation", fmt.Sprintf("%d: want the generation of the tenant object, at least 1", in.Generation)}
	case len(in.Invitations) > maxInvitations:
		return &InvalidError{"invitations", fmt.Sprintf("%d of them: invite at most %d administrators, who invite the others", len(in.Invitations), maxInvitations)}
	case len(in.Invitations) > 0 && in.InvitationsHash == "":
		return &InvalidError{"invitationsHash", "empty: it must identify the invitations"}
	}
	if err := validateSpec(&in.Spec); err != nil {
		return err
	}
	return validateInvitations(in.Invitations)
}

// validateSpec checks what is declared.
func validateSpec(spec *portalapi.TenantSpec) error {
	states := []string{StateActive, StateSuspended, StateOffboarding}
	policies := []string{AccountsRetain, AccountsDelete}
	factors := []string{
		portalconfig.SecondFactorOff, portalconfig.SecondFactorOptional, portalconfig.SecondFactorAdminsOnly, portalconfig.SecondFactorRequired,
	}
	switch {
	case !shortText(spec.DisplayName) || spec.DisplayName == "":
		return &InvalidError{"spec.displayName", fmt.Sprintf("want 1 to %d characters without control characters", maxText)}
	case !slices.Contains(states, spec.State):
		return &InvalidError{"spec.state", fmt.Sprintf("%.40q: use %s", spec.State, strings.Join(states, ", "))}
	case !slices.Contains(policies, spec.DeletionPolicy):
		return &InvalidError{"spec.deletionPolicy", fmt.Sprintf("%.40q: use %s", spec.DeletionPolicy, strings.Join(policies, " or "))}
	case spec.Seats < 0:
		return &InvalidError{"spec.seats", fmt.Sprintf("%d: want 0 for no limit, or the most accounts", spec.Seats)}
	case spec.SecondFactor != "" && !slices.Contains(factors, spec.SecondFactor):
		return &InvalidError{"spec.secondFactor", fmt.Sprintf("%.40q: use %s, or leave it empty for the portal's", spec.SecondFactor, strings.Join(factors, ", "))}
	case spec.InactivityMonths < 0 || spec.InactivityMonths > maxMonths:
		return &InvalidError{"spec.inactivityMonths", fmt.Sprintf("%d: want 0 for the portal's, or 1 to %d", spec.InactivityMonths, maxMonths)}
	}
	for _, text := range append([]string{spec.Phone, spec.Hours, spec.Location.Street, spec.Location.City}, spec.Brands...) {
		if !shortText(text) {
			return &InvalidError{"spec", fmt.Sprintf("%.40q: want at most %d characters without control characters", text, maxText)}
		}
	}
	return validateDepartments(spec.Departments)
}

// validateDepartments checks what letters and pages are made of.
func validateDepartments(departments []portalapi.TenantDepartment) error {
	for i, department := range departments {
		field := fmt.Sprintf("spec.departments[%d]", i)
		if department.Name == "" || !shortText(department.Name) {
			return &InvalidError{field + ".name", fmt.Sprintf("want 1 to %d characters without control characters", maxText)}
		}
		if err := account.CheckMail(department.Mail); err != nil && department.Mail != "" {
			return &InvalidError{field + ".mail", err.Error()}
		}
	}
	return nil
}

// validateInvitations names lines by number: usernames and addresses are personal data.
func validateInvitations(invitations []portalapi.Invitation) error {
	for i, invitation := range invitations {
		field := fmt.Sprintf("invitations[%d]", i)
		if err := account.CheckUsername(invitation.Username); err != nil {
			return &InvalidError{field + ".username", err.Error()}
		}
		if !shortText(invitation.Name) {
			return &InvalidError{field + ".name", fmt.Sprintf("want at most %d characters without control characters", maxText)}
		}
		if err := account.CheckMail(invitation.Mail); err != nil {
			return &InvalidError{field + ".mail", err.Error()}
		}
		if err := account.CheckPhone(invitation.Phone); err != nil && invitation.Phone != "" {
			return &InvalidError{field + ".phone", err.Error()}
		}
	}
	return nil
}

// shortText says whether text is short, valid and free of control characters.
func shortText(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxText &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
