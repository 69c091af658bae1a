// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Put puts a declaration in force and returns what is. The same declaration again changes nothing at all. An older
// generation of the same object gives ErrOlderGeneration; a code that another open object holds gives *HeldError unless
// the declaration supersedes that object.
func (s *Service) Put(ctx context.Context, dealerCode string, in *portalapi.Tenant, by audit.Actor) (*portalapi.TenantState, error) {
	if err := validate(dealerCode, in); err != nil {
		return nil, err
	}
	digest, err := in.Spec.Digest()
	if err != nil {
		return nil, err
	}
	var state *portalapi.TenantState
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		p := &put{service: s, tx: tx, by: by, in: in, wanted: &Tenant{
			DealerCode: dealerCode, UID: in.UID, Generation: in.Generation, Digest: digest,
			InvitationsHash: in.InvitationsHash, Spec: in.Spec,
		}}
		if err := p.run(ctx); err != nil {
			return err
		}
		state, err = stateOf(ctx, tx, p.wanted, p.judge)
		return err
	})
	if err != nil {
		return nil, err
	}
	return state, nil
}

// put is one declaration on its way into the database. before is nil for a new tenant.
type put struct {
	service *Service
	tx      *store.Tx
	by      audit.Actor
	in      *portalapi.Tenant
	before  *Tenant
	wanted  *Tenant
	now     time.Time
	judge   *judge
}

// run writes the declaration and its effects, or nothing when it is in force.
func (p *put) run(ctx context.Context) (err error) {
	if p.judge, err = lockedJudge(ctx, p.tx); err != nil {
		return err
	}
	if err := p.tx.Lock(ctx, lockName(p.wanted.DealerCode)); err != nil {
		return err
	}
	before, err := Get(ctx, p.tx, p.wanted.DealerCode)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	p.before = before
	if err := p.guard(); err != nil {
		return err
	}
	if before != nil {
		p.wanted.LiveAt = before.LiveAt
	}
	if p.inForce() {
		return nil
	}
	if p.now, err = p.tx.Now(ctx); err != nil {
		return err
	}
	if err := p.goLive(ctx); err != nil {
		return err
	}
	if err := p.write(ctx); err != nil {
		return err
	}
	if err := p.effects(ctx); err != nil {
		return err
	}
	if err := p.invite(ctx); err != nil {
		return err
	}
	err = audit.Append(ctx, p.tx, audit.Event{
		Event: audit.TenantChanged, Actor: p.by, Tenant: p.wanted.DealerCode,
	})
	if err != nil {
		return err
	}
	return p.tx.TouchTenants(ctx)
}

// guard refuses what is older than the stored declaration and what belongs to another object.
func (p *put) guard() error {
	switch {
	case p.before == nil:
		return nil
	case p.before.UID == p.wanted.UID && p.before.Generation > p.wanted.Generation:
		return ErrOlderGeneration
	case p.before.UID != p.wanted.UID && p.before.ClosedAt.IsZero() && p.in.Supersedes != p.before.UID:
		return &HeldError{Holder: p.before.UID}
	}
	return nil
}

// inForce says whether the stored tenant is what is wanted.
func (p *put) inForce() bool {
	return p.before != nil && p.before.ClosedAt.IsZero() && p.before.UID == p.wanted.UID &&
		p.before.Generation == p.wanted.Generation && p.before.Digest == p.wanted.Digest &&
		p.before.InvitationsHash == p.wanted.InvitationsHash
}

// write stores the tenant, open.
func (p *put) write(ctx context.Context) error {
	spec, err := json.Marshal(p.wanted.Spec)
	if err != nil {
		return fmt.Errorf("encoding the tenant: %w", err)
	}
	listed := listedOf(p.wanted)
	_, err = p.tx.ExecContext(ctx, `
INSERT INTO tenants (dealer_code, uid, generation, digest, invitations_hash, spec, state, seats, inactivity_months, deletion_policy, updated_at,
 second_factor, live_at, listed_name, listed_text, listed_brands, listed_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $4)
ON CONFLICT (dealer_code) DO UPDATE SET uid = excluded.uid, generation = excluded.generation, digest = excluded.digest,
 invitations_hash = excluded.invitations_hash, spec = excluded.spec, state = excluded.state, seats = excluded.seats,
 inactivity_months = excluded.inactivity_months, deletion_policy = excluded.deletion_policy,
 closed_at = NULL, close_accounts = NULL, updated_at = excluded.updated_at, second_factor = excluded.second_factor,
 live_at = excluded.live_at, listed_name = excluded.listed_name, listed_text = excluded.listed_text,
 listed_brands = excluded.listed_brands, listed_digest = excluded.listed_digest`,
		p.wanted.DealerCode, p.wanted.UID, p.wanted.Generation, p.wanted.Digest, p.wanted.InvitationsHash, string(spec),
		p.wanted.Spec.State, p.wanted.Spec.Seats, p.wanted.Spec.InactivityMonths, p.wanted.Spec.DeletionPolicy, p.now.UnixMicro(),
		p.wanted.Spec.SecondFactor, store.Micros(p.wanted.LiveAt), listed.name, listed.text, listed.brands)
	if err != nil {
		return fmt.Errorf("writing the tenant %s: %w", p.wanted.DealerCode, err)
	}
	return nil
}

// lockName is the name of the lock on a tenant and its accounts.
func lockName(dealerCode string) string { return "tenant/" + dealerCode }
