// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package secondfactor keeps what people prove besides their password: one-time passwords of authenticator apps (TOTP), passkeys, and
// recovery codes for the day when neither is at hand. Secrets are sealed with keys that are not in the database; each one-time
// password, code and challenge is good once. Callers count guesses before they verify (package throttle) and hold the account's row.
package secondfactor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// Kinds of factors, and what else stands for one.
const (
	TOTP    = "TOTP"
	Passkey = "Passkey"
	// RecoveryCode is a code of the account's set.
	RecoveryCode = "RecoveryCode"
)

// Limits of an account.
const (
	// MaxFactors is how many factors an account may have.
	MaxFactors = 10
	// MaxName is the most characters of a factor's name.
	MaxName = 40
)

// Errors to tell the user.
var (
	// ErrNotFound : the account has no such factor.
	ErrNotFound = errors.New("there is no such second factor")
	// ErrLast : the policy asks for a second factor, and it is the only one.
	ErrLast = errors.New("the last second factor cannot be removed while the policy asks for one")
	// ErrTooMany : the account has MaxFactors.
	ErrTooMany = errors.New("the account has as many second factors as it may have")
	// ErrNotOffered : the policy has no second factors.
	ErrNotOffered = errors.New("the policy has no second factors")
)

// Options are what a Service works with.
type Options struct {
	// Ring seals secrets.
	Ring *Ring
	// Keys key the codes that are mailed.
	Keys *sessionkey.Ring
	// PublicURL is where browsers reach the portal: passkeys are good for its host, and only pages of its origin may use them.
	PublicURL *url.URL
	// Settings answers the settings in force.
	Settings func() *portalconfig.Settings
}

// Service keeps second factors.
type Service struct {
	Options
	passkeys *webauthn.WebAuthn
}

// New makes a service; an error says that passkeys cannot work on the host.
func New(options Options) (*Service, error) {
	origin := url.URL{Scheme: options.PublicURL.Scheme, Host: options.PublicURL.Host}
	timeout := webauthn.TimeoutConfig{Enforce: true, Timeout: challengeLife, TimeoutUVD: challengeLife}
	passkeys, err := webauthn.New(&webauthn.Config{
		RPID: options.PublicURL.Hostname(), RPDisplayName: options.PublicURL.Hostname(), RPOrigins: []string{origin.String()},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{UserVerification: protocol.VerificationRequired},
		Timeouts:               webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing passkeys for %s: %w", options.PublicURL.Hostname(), err)
	}
	return &Service{Options: options, passkeys: passkeys}, nil
}

// Factor is a TOTP secret or a passkey of an account.
type Factor struct {
	ID   string
	Kind string
	// Name that its owner gave it.
	Name      string
	CreatedAt time.Time
	// LastUsedAt is zero before the first use.
	LastUsedAt time.Time
}

// State is what an account has.
type State struct {
	Factors []Factor
	// Codes is how many recovery codes are left.
	Codes int
}

// Any says whether the account has a second factor. Recovery codes alone are none.
func (s State) Any() bool { return len(s.Factors) > 0 }

// AnyOf says whether the account has a factor of a kind.
func (s State) AnyOf(kind string) bool {
	for _, factor := range s.Factors {
		if factor.Kind == kind {
			return true
		}
	}
	return false
}

// Of reads what an account has, the oldest factor first.
func (s *Service) Of(ctx context.Context, q store.Querier, accountID string) (State, error) {
	var state State
	rows, err := q.QueryContext(ctx,
		"SELECT id, kind, name, created_at, last_used_at FROM second_factors WHERE account_id = $1 ORDER BY created_at, id", accountID)
	if err != nil {
		return state, fmt.Errorf("listing second factors: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f Factor
		if err := rows.Scan(&f.ID, &f.Kind, &f.Name, store.ScanTime(&f.CreatedAt), store.ScanTime(&f.LastUsedAt)); err != nil {
			return state, fmt.Errorf("listing second factors: %w", err)
		}
		state.Factors = append(state.Factors, f)
	}
	if err := rows.Err(); err != nil {
		return state, fmt.Errorf("listing second factors: %w", err)
	}
	err = q.QueryRowContext(ctx, "SELECT COUNT(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL", accountID).Scan(&state.Codes)
	if err != nil {
		return state, fmt.Errorf("counting recovery codes: %w", err)
	}
	return state, nil
}

// Has says whether an account has a second factor.
func (s *Service) Has(ctx context.Context, q store.Querier, accountID string) (has bool, err error) {
	err = q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM second_factors WHERE account_id = $1)", accountID).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("looking for second factors: %w", err)
	}
	return has, nil
}

// Demand is what the policy asks of an account.
type Demand struct {
	// Has says that there is a second factor, Required that the account may not be used without one, Offered that there may be one.
	Has, Required, Offered bool
}

// DemandOf reads what the policies of portal and tenant ask of an account.
func (s *Service) DemandOf(ctx context.Context, q store.Querier, a *account.Account) (Demand, error) {
	var d Demand
	policy := ""
	if a.Tenant != "" {
		err := q.QueryRowContext(ctx, "SELECT second_factor FROM tenants WHERE dealer_code = $1", a.Tenant).Scan(&policy)
		if err != nil {
			return d, fmt.Errorf("reading a dealership's policy: %w", err)
		}
	}
	var err error
	auth := s.Settings().Auth
	d.Required, d.Offered = Required(auth, a, policy), Offered(auth, policy)
	d.Has, err = s.Has(ctx, q, a.ID)
	return d, err
}

// Remove takes one factor from its owner; with the last one go the recovery codes. ErrLast while the policy asks for a second factor.
func (s *Service) Remove(ctx context.Context, tx *store.Tx, owner *account.Account, id string, by audit.Actor) error {
	if err := account.Hold(ctx, tx, owner.ID); err != nil {
		return err
	}
	state, err := s.Of(ctx, tx, owner.ID)
	if err != nil {
		return err
	}
	kind := ""
	for _, factor := range state.Factors {
		if factor.ID == id {
			kind = factor.Kind
		}
	}
	if kind == "" {
		return ErrNotFound
	}
	last := len(state.Factors) == 1
	if last {
		demand, err := s.DemandOf(ctx, tx, owner)
		if err != nil {
			return err
		}
		if demand.Required {
			return ErrLast
		}
		if err := forgetCodes(ctx, tx, owner.ID); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM second_factors WHERE id = $1 AND account_id = $2", id, owner.ID); err != nil {
		return fmt.Errorf("removing a second factor: %w", err)
	}
	return tell(ctx, tx, owner, outbox.SecondFactorRemoved, audit.Event{Event: audit.FactorRemoved, Actor: by, Reason: kind})
}

// RemoveAll takes every factor and every recovery code from somebody who has lost them, on behalf of an administrator or the service desk:
// never by himself. His sessions end, and so does every sign-in that waits for a second factor. ErrNotFound when there is none.
func (s *Service) RemoveAll(ctx context.Context, tx *store.Tx, target *account.Account, reason string, by audit.Actor) error {
	if err := account.Hold(ctx, tx, target.ID); err != nil {
		return err
	}
	removed, err := tx.ExecContext(ctx, "DELETE FROM second_factors WHERE account_id = $1", target.ID)
	if err != nil {
		return fmt.Errorf("removing second factors: %w", err)
	}
	if removed == 0 {
		return ErrNotFound
	}
	if err := forgetCodes(ctx, tx, target.ID); err != nil {
		return err
	}
	if err := flow.CloseFor(ctx, tx, target.ID, stepPurposes...); err != nil {
		return err
	}
	// Whoever guessed at them guessed at something that is gone.
	if err := throttle.Reset(ctx, tx, target.ID); err != nil {
		return err
	}
	if err := account.EndSessions(ctx, tx, target.ID, ""); err != nil {
		return err
	}
	return tell(ctx, tx, target, outbox.SecondFactorRemoved, audit.Event{Event: audit.FactorsRemoved, Actor: by, Reason: reason})
}

// tell audits a change and queues the notice about it.
func tell(ctx context.Context, tx *store.Tx, a *account.Account, kind outbox.Kind, event audit.Event) error {
	event.AccountID, event.Tenant = a.ID, a.Tenant
	if err := audit.Append(ctx, tx, event); err != nil {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Message{Kind: kind, AccountID: a.ID, Tenant: a.Tenant})
}
