// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events that administrators and the service desk cause.
const (
	// RoleChanged : the account has another role, which stands in the rule.
	RoleChanged = "authz_change"
	// InvitationRepeated : the activation link is mailed once more; earlier ones are void.
	InvitationRepeated = "user_invitation_repeated"
	// InvitationWithdrawn : the invitation is void.
	InvitationWithdrawn = "user_invitation_withdrawn"
	// InvitationCorrected : the invitation goes to another address.
	InvitationCorrected = "user_invitation_corrected"
	// PasswordRequired : the next sign-in asks for another password.
	PasswordRequired = "authn_password_change_required"
	// SessionsEnded : somebody else ended all sessions of the account, or without an account all of the dealership.
	SessionsEnded = "sessions_ended"
	// PeopleExported : a list of people was read as a file; the reason says how many.
	PeopleExported = "sensitive_read"
	// PeopleImported : invitations were read from a file; the reason says how many.
	PeopleImported = "user_invitations_imported"
)
