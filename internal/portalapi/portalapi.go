// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalapi holds the wire types of a portal's internal API (/internal/v1), shared by the portal that serves it and
// by its clients: the operator, the plugin, `portal sweep` and `portal accounts import`. Times are RFC 3339 in UTC.
package portalapi

import (
	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// Roles of the internal API: each has a bearer token of its own.
const (
	// RoleOperator may call everything.
	RoleOperator = "operator"
	// RoleSweep may create and read inactivity runs.
	RoleSweep = "sweep"
	// RoleImport may import accounts.
	RoleImport = "import"
	// RoleReader may read the state, the inactivity runs and the forecast.
	RoleReader = "reader"
)

// MaxBody is the largest request body in bytes that the API reads, except for imports, which are streamed.
const MaxBody = 1 << 20

// Error is the body of every answer with a status of 400 or more.
type Error struct {
	// Code is a stable CamelCase word, for example OlderGeneration.
	Code string `json:"code"`
	// Message says what is wrong and how to mend it. It never holds personal data or secrets.
	Message string `json:"message"`
	// Holder is the UID of the tenant object that holds the dealer code, with HeldByOther.
	Holder string `json:"holder,omitempty"`
}

// Codes of errors.
const (
	// CodeInvalid : the request is malformed (400).
	CodeInvalid = "Invalid"
	// CodeUnauthorized : no or a wrong token (401).
	CodeUnauthorized = "Unauthorized"
	// CodeForbidden : the token's role may not do this (403).
	CodeForbidden = "Forbidden"
	// CodeNotFound : no such object (404).
	CodeNotFound = "NotFound"
	// CodeOlderGeneration : a newer generation is in force (409).
	CodeOlderGeneration = "OlderGeneration"
	// CodeHeldByOther : the dealer code is held by another tenant object (409).
	CodeHeldByOther = "HeldByOther"
	// CodeModeRefused : the mode of the run is stronger than the policy in force (409).
	CodeModeRefused = "ModeRefused"
	// CodeCountMismatch : the approval names another number of accounts than the held run (409).
	CodeCountMismatch = "CountMismatch"
	// CodeNotHeld : the run does not wait for an approval (409).
	CodeNotHeld = "NotHeld"
	// CodeExpired : the approval or undo came too late (409).
	CodeExpired = "Expired"
	// CodeTooLarge : the body is too large (413).
	CodeTooLarge = "TooLarge"
	// CodeInternal : the portal failed; its log says why (500).
	CodeInternal = "Internal"
	// CodeUnavailable : try again in a moment (503).
	CodeUnavailable = "Unavailable"
)

// BasePath is the path under which the API is served.
const BasePath = "/internal/v1"

// MaxTenantsPerPage is the most tenants in an answer of GET tenants.
const MaxTenantsPerPage = 500

// State is the answer of GET state. It has an ETag; If-None-Match saves the body.
type State struct {
	// StoreID was made once when the schema was created.
	StoreID string `json:"storeID"`
	// SchemaVersion is the number of the last migration.
	SchemaVersion int64 `json:"schemaVersion"`
	// SettingsDigest is the digest of the settings in force.
	SettingsDigest string `json:"settingsDigest"`
	// TenantsRevision changes with every change of a tenant and of its account counts.
	TenantsRevision string `json:"tenantsRevision"`
	// Tenants that are not closed.
	Tenants int64 `json:"tenants"`
	// Accounts by status.
	Accounts AccountCounts `json:"accounts"`
	// LastRun is the inactivity run that ended last.
	LastRun *Run `json:"lastRun,omitempty"`
	// HeldRun is the run that waits for an approval.
	HeldRun *Run `json:"heldRun,omitempty"`
	// Forecast was made at the end of the last run, without tenants; nil before.
	Forecast *Forecast `json:"forecast,omitempty"`
	// Outbox says whether messages leave.
	Outbox Outbox `json:"outbox"`
	// Replicas that live, each with what it says about its credentials.
	Replicas []Replica `json:"replicas,omitempty"`
	// ServiceDesk says who could help people of head office; nil from portals of releases that did not tell.
	ServiceDesk *ServiceDesk `json:"serviceDesk,omitempty"`
	// OldPeppers are the accepted peppers that are not in use; none while none is rotated.
	OldPeppers []PepperUse `json:"oldPeppers,omitempty"`
}

// AccountCounts counts accounts by status.
type AccountCounts struct {
	Total    int64 `json:"total"`
	Invited  int64 `json:"invited"`
	Active   int64 `json:"active"`
	Disabled int64 `json:"disabled"`
}

// Outbox says whether messages leave.
type Outbox struct {
	// Configured is false when no mail server is configured.
	Configured bool `json:"configured"`
	// OutboxChannel is that of mail.
	OutboxChannel
	// SMS is the channel of text messages; nil while there is no gateway.
	SMS *OutboxChannel `json:"sms,omitempty"`
}

// OutboxChannel says whether messages of one channel leave.
type OutboxChannel struct {
	// Pending messages wait to be sent; Dead ones were given up.
	Pending int64 `json:"pending"`
	Dead    int64 `json:"dead"`
	// LastError is the last delivery's error class while delivery fails, empty after a success.
	LastError string `json:"lastError,omitempty"`
	// Stuck is true while a message has been due for long and nobody has tried to send it.
	Stuck bool `json:"stuck,omitempty"`
}

// SettingsRequest is the body of PUT settings.
type SettingsRequest struct {
	// UID and Generation of the RegionalPortal that the settings were computed from; an older generation of the same UID
	// is refused.
	UID        string `json:"uid"`
	Generation int64  `json:"generation"`
	// Settings to put in force.
	Settings portalconfig.Settings `json:"settings"`
}

// SettingsResponse says what is in force.
type SettingsResponse struct {
	Digest string `json:"digest"`
}

// Tenant is the body of PUT tenants/{dealerCode}: the tenant's own values only.
type Tenant struct {
	// UID and Generation of the DealerTenant; an older generation of the same UID is refused.
	UID        string `json:"uid"`
	Generation int64  `json:"generation"`
	// Supersedes is the UID that the portal has stored when it differs: set only after a live read showed that
	// object gone.
	Supersedes string `json:"supersedes,omitempty"`
	// Spec is what is declared.
	Spec TenantSpec `json:"spec"`
	// Invitations of first administrators: create-only, honoured only without an active administrator. Not part of the digest.
	Invitations []Invitation `json:"invitations,omitempty"`
	// InvitationsHash identifies the invitations that were read for this generation; a repeated PUT with the same hash
	// does not mail again.
	InvitationsHash string `json:"invitationsHash,omitempty"`
}

// TenantSpec is what is declared of a dealership.
type TenantSpec struct {
	DisplayName string   `json:"displayName"`
	Brands      []string `json:"brands,omitempty"`
	// State is Active, Suspended or Offboarding.
	State string `json:"state"`
	// Seats is the most accounts; 0 means no limit.
	Seats int32 `json:"seats,omitempty"`
	// InactivityMonths is the tenant's own, stricter period; 0 means the portal's.
	InactivityMonths int32 `json:"inactivityMonths,omitempty"`
	// DeletionPolicy is Retain or Delete.
	DeletionPolicy string         `json:"deletionPolicy"`
	Phone          string         `json:"phone,omitempty"`
	Hours          string         `json:"hours,omitempty"`
	Location       TenantLocation `json:"location,omitzero"`
	// SecondFactor is the tenant's own, stricter policy (see portalconfig.Auth); empty means the portal's.
	SecondFactor string `json:"secondFactor,omitempty"`
	// Departments that messages can be written to.
	Departments []TenantDepartment `json:"departments,omitempty"`
	// Certification is what the dealership has of what the market requires.
	Certification *TenantCertification `json:"certification,omitempty"`
}

// TenantDepartment is a department of a dealership, for example Service.
type TenantDepartment struct {
	Name string `json:"name"`
	// Mail is the department's mailbox; empty means that messages go to the dealership's administrators.
	Mail  string `json:"mail,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// TenantCertification is what a dealership has of what the market requires.
type TenantCertification struct {
	Technicians portalconfig.Technicians `json:"technicians,omitzero"`
	Documents   []TenantDocument         `json:"documents,omitempty"`
}

// TenantDocument is a document that a dealership has; ValidUntil is its last day (2006-01-02), empty for no end.
type TenantDocument struct {
	Name       string `json:"name"`
	Reference  string `json:"reference,omitempty"`
	ValidUntil string `json:"validUntil,omitempty"`
}

// TenantLocation is the address of a dealership; latitude and longitude in degrees as decimal strings.
type TenantLocation struct {
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postalCode,omitempty"`
	Country    string `json:"country,omitempty"`
	Latitude   string `json:"latitude,omitempty"`
	Longitude  string `json:"longitude,omitempty"`
}

// Invitation is one line of invitations.csv.
type Invitation struct {
	Username string `json:"username"`
	Name     string `json:"name"`
	Mail     string `json:"mail"`
	Phone    string `json:"phone,omitempty"`
}

// TenantState is what is in force for one tenant: the answer of PUT tenants/{dealerCode} and a row of GET tenants.
type TenantState struct {
	DealerCode string `json:"dealerCode"`
	UID        string `json:"uid"`
	Generation int64  `json:"generation"`
	// Digest of the spec in force (TenantSpec.Digest).
	Digest string `json:"digest"`
	// InvitationsHash that was handled last.
	InvitationsHash string `json:"invitationsHash,omitempty"`
	// Closed is true after the object was deleted.
	Closed bool `json:"closed,omitempty"`
	// Accounts of the tenant and its active administrators.
	Accounts       AccountCounts `json:"accounts"`
	Administrators int64         `json:"administrators"`
	// AdministratorDormant is true when the only active administrator has not been used for so long that the inactivity policy, which
	// is enforced, would have disabled the account if another one led.
	AdministratorDormant bool `json:"administratorDormant,omitempty"`
	// MissingRequirements of the portal that the dealership does not meet, as people read them, in the order of the settings.
	MissingRequirements []string `json:"missingRequirements,omitempty"`
	// Live is true once the dealership has met them for the first time: from then on its people can sign in.
	Live bool `json:"live,omitempty"`
}

// TenantPage is one page of GET tenants, ordered by dealer code.
type TenantPage struct {
	// TenantsRevision at the time of the page.
	TenantsRevision string        `json:"tenantsRevision"`
	Tenants         []TenantState `json:"tenants"`
	// Next is the value of ?after= for the next page, empty on the last.
	Next string `json:"next,omitempty"`
}

// ImportResult is the answer of POST accounts/imports.
type ImportResult struct {
	// DryRun is true when nothing was applied on request.
	DryRun bool `json:"dryRun"`
	// Applied is false when nothing was changed: a dry run, or invalid lines without skipInvalid.
	Applied   bool  `json:"applied"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Invalid   int64 `json:"invalid"`
	// Problems lists invalid lines, at most MaxProblems.
	Problems []ImportProblem `json:"problems,omitempty"`
}

// MaxProblems is the most problems that an ImportResult lists.
const MaxProblems = 1000

// ImportProblem is one invalid line: its number (the header is 1), the column and what to mend.
type ImportProblem struct {
	Line    int64  `json:"line"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
}
