// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// attempt is one sign-in under way.
type attempt struct {
	*Service
	origin   Origin
	counters throttle.Counters
	// locks is true when a failure makes the account wait, last when no more are verified after it.
	locks, last bool
	// known is the account of that name; nil when there is none.
	known *account.Account
	// hash is what is stored; empty without an account or a password.
	hash string
	// device is the id of the browser when the account knows it.
	device string
	// coded is true when the code was right that was mailed.
	coded bool
	// method is how the attempt was proved: SSO when the provider has vouched for the account instead of a password.
	method session.Method
	// factor is the second factor that was given; empty while none was.
	factor string
}

// SignIn tries a username and a password. Besides faults of the database, the error may be password.ErrBusy.
func (s *Service) SignIn(ctx context.Context, username, given string, origin Origin) (*Result, error) {
	a := attempt{Service: s, origin: origin}
	throttled, err := a.begin(ctx, username)
	if err != nil || throttled != nil {
		return throttled, err
	}
	ok, stale, err := a.verify(ctx, given)
	if errors.Is(err, password.ErrBusy) {
		return nil, errors.Join(err, a.undo(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("verifying a password: %w", err)
	}
	if !ok {
		return a.fail(ctx, audit.SignInFailed)
	}
	result, err := a.succeed(ctx)
	if err == nil && stale && (result.Outcome == SignedIn || result.Outcome == FactorNeeded || result.Outcome == EnrolmentNeeded) {
		a.rehash(ctx, given)
	}
	return result, err
}

// succeed decides, after the right password, what the account may do, in one transaction that holds the account's row.
func (a *attempt) succeed(ctx context.Context) (*Result, error) {
	var result *Result
	err := a.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		current, err := a.hold(ctx, tx)
		if err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, tx, a.counters); err != nil {
			return err
		}
		result, err = a.decide(ctx, tx, current)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// hold takes the locks of the account and reads it again.
func (a *attempt) hold(ctx context.Context, tx *store.Tx) (*account.Account, error) {
	if err := account.LockLeaders(ctx, tx, a.known); err != nil {
		return nil, err
	}
	if err := lock(ctx, tx, a.known.ID); err != nil {
		return nil, err
	}
	return account.ByID(ctx, tx, a.known.ID)
}

// lock keeps sweep, administrators and other sign-ins away from the account until the transaction ends.
func lock(ctx context.Context, tx *store.Tx, accountID string) error {
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id = $1", accountID); err != nil {
		return fmt.Errorf("holding an account: %w", err)
	}
	return nil
}

func (a *attempt) decide(ctx context.Context, tx *store.Tx, current *account.Account) (*Result, error) {
	actor := audit.Actor{Class: audit.ActorAccount, ID: current.ID, RequestID: a.origin.RequestID}
	refuse := func(outcome Outcome, reason string) (*Result, error) {
		err := audit.Append(ctx, tx, audit.Event{
			Event: audit.SignInRefused, Actor: actor, AccountID: current.ID, Tenant: current.Tenant, Reason: reason,
		})
		if outcome == Refused {
			return &Result{Outcome: Refused}, err
		}
		return &Result{Outcome: outcome, Account: current}, err
	}
	outcome, reason, err := a.barred(ctx, tx, current, actor)
	if err != nil {
		return nil, err
	}
	if outcome != "" {
		return refuse(outcome, reason)
	}
	if same, err := a.stillProved(ctx, tx, current.ID); err != nil || !same {
		return &Result{Outcome: Refused}, err
	}
	needed, err := a.needsCode(ctx, tx, current)
	switch {
	case err != nil:
		return nil, err
	case needed && (current.Mail == "" || !a.Mail):
		return refuse(CodeImpossible, "NoMail")
	case needed:
		return a.mailCode(ctx, tx, current)
	}
	return a.withFactor(ctx, tx, current, actor, refuse)
}

// barred says why the account may not sign in now, whatever else is proved; the outcome is empty when it may.
func (a *attempt) barred(ctx context.Context, tx *store.Tx, current *account.Account, by audit.Actor) (outcome Outcome, reason string, err error) {
	if current.ServiceAccount {
		return Refused, "ServiceAccount", nil
	}
	open, err := tenantOpen(ctx, tx, current.Tenant)
	switch {
	case err != nil:
		return "", "", err
	case current.Status == account.Disabled && current.DisabledReason == account.ReasonOffboarded, !open:
		return TenantClosed, "TenantClosed", nil
	case current.Status == account.Disabled:
		return Disabled, string(current.DisabledReason), nil
	case current.Status != account.Active:
		return Refused, string(current.Status), nil
	}
	if elsewhere, err := a.mustUseSSO(ctx, tx, current); err != nil || elsewhere {
		return UseSSO, "UseSSO", err
	}
	if disabled, err := a.disableIfDue(ctx, tx, current, by); err != nil || disabled {
		return Disabled, string(account.ReasonInactivity), err
	}
	if waits, err := waitsForLive(ctx, tx, current); err != nil || waits {
		return NotLive, "NotLive", err
	}
	return "", "", nil
}

// stillProved tells whether the account still has the password that was verified before its row was held, so that no step opens for
// another one.
func (a *attempt) stillProved(ctx context.Context, tx *store.Tx, accountID string) (bool, error) {
	if a.method == session.SSO {
		return true, nil
	}
	hash, err := account.PasswordHash(ctx, tx, accountID)
	return hash != "" && hash == a.hash, err
}

// tenantOpen tells whether the dealership's people may sign in; corporate accounts have none.
func tenantOpen(ctx context.Context, tx *store.Tx, tenant string) (bool, error) {
	if tenant == "" {
		return true, nil
	}
	var open bool
	err := tx.QueryRowContext(ctx, "SELECT state = 'Active' AND closed_at IS NULL FROM tenants WHERE dealer_code = $1", tenant).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("reading a dealership: %w", err)
	}
	return open, nil
}

// disableIfDue does at sign-in what the next sweep would do.
func (a *attempt) disableIfDue(ctx context.Context, tx *store.Tx, current *account.Account, by audit.Actor) (bool, error) {
	if a.Settings().Inactivity.Mode != "Enforce" {
		return false, nil
	}
	disabled, err := a.Inactivity(ctx, tx, current, by)
	if err != nil || !disabled {
		return false, err
	}
	current.Status, current.DisabledReason = account.Disabled, account.ReasonInactivity
	return true, nil
}

// signIn writes activity and session, on the condition that the account is active and still has the password that was verified, or that
// the provider has vouched for it.
func (a *attempt) signIn(ctx context.Context, tx *store.Tx, current *account.Account, actor audit.Actor) (*Result, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE accounts SET last_sign_in_at = $2, activity_at = $2
WHERE id = $1 AND status = 'Active' AND ($4 OR EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = $1 AND c.hash = $3))`,
		current.ID, now.UnixMicro(), a.hash, a.method == session.SSO)
	if err != nil {
		return nil, fmt.Errorf("noting a sign-in: %w", err)
	}
	if changed == 0 {
		return &Result{Outcome: Refused}, nil
	}
	known, err := a.remember(ctx, tx, current)
	if err != nil {
		return nil, err
	}
	current.LastSignInAt, current.ActivityAt = now, now
	token, created, err := session.Create(ctx, tx, session.Beginning{
		AccountID: current.ID, UserAgent: a.origin.UserAgent, Method: a.method, Factor: a.factor,
	}, session.LimitsOf(a.Settings().Auth))
	if err != nil {
		return nil, err
	}
	event := audit.Event{Event: audit.SignInSucceeded, Actor: actor, AccountID: current.ID, Tenant: current.Tenant}
	switch {
	case a.coded:
		event.Reason = "MailedCode"
	case a.method == session.SSO:
		event.Reason = "SSO"
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return nil, err
	}
	return &Result{Outcome: SignedIn, Account: current, Token: token, Session: created, Device: known}, account.EndDormancy(ctx, tx, current)
}

// rehash renews a weak hash. It may fail: the next sign-in tries again.
func (a *attempt) rehash(ctx context.Context, given string) {
	hash, err := a.Hasher.Hash(ctx, given)
	if err == nil {
		err = a.DB.Tx(ctx, func(tx *store.Tx) error { return account.Rehash(ctx, tx, a.known.ID, a.hash, hash) })
	}
	if err != nil {
		a.Logger.WarnContext(ctx, "Password hash not renewed", "reference", a.origin.RequestID, "account", a.known.ID, "err", err)
	}
}
