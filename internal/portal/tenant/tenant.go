// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tenant keeps the dealerships of a portal: what is declared of them, what their state does to their accounts, and
// how they are closed and opened again. Every change renews the tenants' revision, so that the operator notices
// a database that was replaced or restored.
package tenant

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// States of a tenant.
const (
	// StateActive lets people sign in.
	StateActive = "Active"
	// StateSuspended lets nobody sign in; inactivity clocks stand still.
	StateSuspended = "Suspended"
	// StateOffboarding disables the accounts; they come back exactly as they were.
	StateOffboarding = "Offboarding"
)

// What becomes of the accounts of a tenant that is deleted.
const (
	// AccountsRetain keeps them, closed.
	AccountsRetain = "Retain"
	// AccountsDelete removes them DeleteAfter the tenant was closed.
	AccountsDelete = "Delete"
)

// DeleteAfter is how long the accounts of a tenant that was deleted with AccountsDelete can still be brought back.
const DeleteAfter = 30 * 24 * time.Hour

// Errors of the package.
var (
	// ErrNotFound : there is no such tenant.
	ErrNotFound = errors.New("tenant not found")
	// ErrOlderGeneration : a newer generation of the same object is in force.
	ErrOlderGeneration = errors.New("a newer generation of this tenant is in force: read the object again")
)

// HeldError says that another object holds the dealer code.
type HeldError struct {
	// Holder is the UID of that object.
	Holder string
}

// Error implements error.
func (e *HeldError) Error() string {
	return "another tenant object holds this dealer code: delete it, or name it in supersedes once it is gone"
}

// InvalidError names a field of a request, what is wrong and the cure.
type InvalidError struct {
	Field   string
	Problem string
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Problem }

// Tenant is a stored dealership.
type Tenant struct {
	DealerCode      string
	UID             string
	Generation      int64
	Digest          string
	InvitationsHash string
	Spec            portalapi.TenantSpec
	// ClosedAt is zero unless the tenant's object was deleted.
	ClosedAt time.Time
	// LiveAt is when the dealership first met the requirements of the market; zero until then.
	LiveAt time.Time
}

// Open says whether people of the tenant may sign in.
func (t *Tenant) Open() bool { return t.ClosedAt.IsZero() && t.Spec.State == StateActive }

// Live says whether the dealership has met the requirements of the market once: until then its people find nothing but the list of what is
// missing.
func (t *Tenant) Live() bool { return !t.LiveAt.IsZero() }

// Service changes and lists tenants.
type Service struct {
	db       *store.DB
	settings func() portalconfig.Inactivity
}

// NewService returns a service on the database. settings gives the inactivity policy in force.
func NewService(db *store.DB, settings func() portalconfig.Inactivity) *Service {
	return &Service{db: db, settings: settings}
}

const columns = "t.dealer_code, t.uid, t.generation, t.digest, t.invitations_hash, t.spec, t.closed_at, t.live_at"

// scan reads a row of columns.
func scan(row interface{ Scan(...any) error }) (*Tenant, error) {
	var t Tenant
	var spec string
	err := row.Scan(&t.DealerCode, &t.UID, &t.Generation, &t.Digest, &t.InvitationsHash, &spec, store.ScanTime(&t.ClosedAt), store.ScanTime(&t.LiveAt))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading a tenant: %w", err)
	}
	if err := json.Unmarshal([]byte(spec), &t.Spec); err != nil {
		return nil, fmt.Errorf("decoding the tenant %s: %w", t.DealerCode, err)
	}
	return &t, nil
}

// Get reads a tenant, closed or not; ErrNotFound when there is none.
func Get(ctx context.Context, q store.Querier, dealerCode string) (*Tenant, error) {
	return scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM tenants t WHERE t.dealer_code = $1", dealerCode))
}
