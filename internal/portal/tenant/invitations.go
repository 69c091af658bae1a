// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// CheckInvitations refuses invitations that belong to no tenant and cannot be handled, with an *InvalidError. Each username stands there once.
func CheckInvitations(list []portalapi.Invitation, hash string) error {
	switch {
	case len(list) == 0 || len(list) > maxInvitations:
		return &InvalidError{"invitations", fmt.Sprintf("%d of them: want 1 to %d", len(list), maxInvitations)}
	case hash == "" || len(hash) > maxText:
		return &InvalidError{"invitationsHash", "want what identifies the invitations"}
	}
	if err := validateInvitations(list); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, invitation := range list {
		folded := account.Fold(invitation.Username)
		if seen[folded] {
			return &InvalidError{fmt.Sprintf("invitations[%d].username", i), "it is there twice: remove one"}
		}
		seen[folded] = true
	}
	return nil
}
