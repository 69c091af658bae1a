// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalapi

// ServiceDeskInvitations is the body of PUT service-desk/invitations: the first accounts of the service desk. They only ever create accounts,
// and are honoured only while the service desk has no active one.
type ServiceDeskInvitations struct {
	Invitations []Invitation `json:"invitations"`
	// InvitationsHash identifies the invitations; a repeated PUT with the same hash changes nothing and mails nobody again.
	InvitationsHash string `json:"invitationsHash"`
}

// ServiceDesk is the answer of PUT service-desk/invitations and a part of the state.
type ServiceDesk struct {
	// Active and Invited are numbers of accounts of the service desk.
	Active  int64 `json:"active"`
	Invited int64 `json:"invited"`
	// InvitationsHash that was handled last.
	InvitationsHash string `json:"invitationsHash,omitempty"`
}
