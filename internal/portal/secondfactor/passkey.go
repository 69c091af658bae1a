// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// challengeLife is how long a browser may take to answer a challenge.
const challengeLife = 5 * time.Minute

// owner is an account as passkeys know it.
type owner struct {
	account *account.Account
	rows    []passkeyRow
}

// passkeyRow is a stored passkey; credential is what is stored, parsed.
type passkeyRow struct {
	id, stored string
	credential webauthn.Credential
}

// WebAuthnID is the account's random id.
func (o *owner) WebAuthnID() []byte { return []byte(o.account.ID) }

// WebAuthnName is what a browser shows in its list of passkeys.
func (o *owner) WebAuthnName() string { return o.account.Username }

// WebAuthnDisplayName is the owner's name.
func (o *owner) WebAuthnDisplayName() string { return cmp.Or(o.account.Name, o.account.Username) }

// WebAuthnCredentials are the account's passkeys.
func (o *owner) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(o.rows))
	for i, row := range o.rows {
		list[i] = row.credential
	}
	return list
}

// ownerOf reads an account's passkeys.
func ownerOf(ctx context.Context, tx *store.Tx, a *account.Account) (*owner, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, credential FROM second_factors WHERE account_id = $1 AND kind = 'Passkey' ORDER BY id", a.ID)
	if err != nil {
		return nil, fmt.Errorf("reading passkeys: %w", err)
	}
	defer rows.Close()
	o := &owner{account: a}
	for rows.Next() {
		var row passkeyRow
		if err := rows.Scan(&row.id, &row.stored); err != nil {
			return nil, fmt.Errorf("reading passkeys: %w", err)
		}
		if err := json.Unmarshal([]byte(row.stored), &row.credential); err != nil {
			return nil, fmt.Errorf("decoding passkey %s: %w", row.id, err)
		}
		o.rows = append(o.rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading passkeys: %w", err)
	}
	return o, nil
}

// BeginPasskey makes a challenge for a new passkey, bound to the visit (its flow.Hash) and the account, and answers the options for the
// browser as JSON. ErrTooMany, ErrNotOffered.
func (s *Service) BeginPasskey(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account) ([]byte, error) {
	if err := s.room(ctx, tx, a); err != nil {
		return nil, err
	}
	o, err := ownerOf(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	options, session, err := s.passkeys.BeginRegistration(o,
		webauthn.WithRegistrationRelyingPartyName(s.Settings().DisplayName),
		webauthn.WithExclusions(webauthn.Credentials(o.WebAuthnCredentials()).CredentialDescriptors()),
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementDiscouraged))
	if err != nil {
		return nil, fmt.Errorf("making a challenge for a new passkey: %w", err)
	}
	return challenged{visitHash, purposeRegister, a.ID}.store(ctx, tx, session, options.Response)
}

// challenged is whom a challenge is for, and where.
type challenged struct {
	visitHash string
	purpose   flow.Purpose
	accountID string
}

// store keeps a challenge and encodes the options.
func (c challenged) store(ctx context.Context, tx *store.Tx, session *webauthn.SessionData, options any) ([]byte, error) {
	detail, err := json.Marshal(session)
	if err != nil {
		return nil, fmt.Errorf("encoding a challenge: %w", err)
	}
	if err := flow.Put(ctx, tx, c.visitHash, c.purpose, flow.Step{AccountID: c.accountID, Detail: string(detail)}, challengeLife); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("encoding the options for a passkey: %w", err)
	}
	return encoded, nil
}

// answered takes the challenge that waits in a visit; there is no second try.
func answered(ctx context.Context, tx *store.Tx, visitHash string, purpose flow.Purpose, a *account.Account) (*webauthn.SessionData, error) {
	step, err := flow.Take(ctx, tx, visitHash, purpose)
	if err != nil {
		return nil, err
	}
	if step.AccountID != a.ID {
		return nil, flow.ErrNone
	}
	var session webauthn.SessionData
	if err := json.Unmarshal([]byte(step.Detail), &session); err != nil {
		return nil, fmt.Errorf("decoding a challenge: %w", err)
	}
	return &session, nil
}

// FinishPasskey adds the passkey with which the browser answered. What does not fit the challenge adds nothing and uses the challenge up.
// ErrTooMany, ErrNotOffered, flow.ErrNone.
func (s *Service) FinishPasskey(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account, given Given, by audit.Actor) (ok bool, err error) {
	if err := s.room(ctx, tx, a); err != nil {
		return false, err
	}
	session, err := answered(ctx, tx, visitHash, purposeRegister, a)
	if err != nil {
		return false, err
	}
	response, err := protocol.ParseCredentialCreationResponseBytes(given.Passkey)
	if err != nil {
		return false, nil //nolint:nilerr // not an answer to the challenge
	}
	o, err := ownerOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	credential, err := s.passkeys.CreateCredential(o, *session, response)
	if err != nil {
		return false, nil //nolint:nilerr // not an answer to the challenge
	}
	credentialID := base64.RawURLEncoding.EncodeToString(credential.ID)
	var taken bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM second_factors WHERE credential_id = $1)", credentialID).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("looking for a passkey: %w", err)
	}
	if taken {
		return false, nil
	}
	return true, s.addPasskey(ctx, tx, a, credential, given.Name, by)
}

func (s *Service) addPasskey(ctx context.Context, tx *store.Tx, a *account.Account, credential *webauthn.Credential, name string, by audit.Actor) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	stored, err := json.Marshal(credential)
	if err != nil {
		return fmt.Errorf("encoding a passkey: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("naming a second factor: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO second_factors (id, account_id, kind, name, credential_id, credential, created_at, last_used_at) VALUES ($1, $2, 'Passkey', $3, $4, $5, $6, $6)`,
		id.String(), a.ID, CleanName(name), base64.RawURLEncoding.EncodeToString(credential.ID), string(stored), now.UnixMicro())
	if err != nil {
		return fmt.Errorf("adding a passkey: %w", err)
	}
	return tell(ctx, tx, a, outbox.SecondFactorAdded, audit.Event{Event: audit.FactorAdded, Actor: by, Reason: Passkey})
}

// BeginAssertion makes a challenge for one of the account's passkeys, bound to the visit (its flow.Hash) and the account, and answers
// the options for the browser as JSON; ErrNotFound when there is no passkey.
func (s *Service) BeginAssertion(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account) ([]byte, error) {
	o, err := ownerOf(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	if len(o.rows) == 0 {
		return nil, ErrNotFound
	}
	options, session, err := s.passkeys.BeginLogin(o, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("making a challenge for a passkey: %w", err)
	}
	return challenged{visitHash, purposeAssert, a.ID}.store(ctx, tx, session, options.Response)
}

// verifyPasskey tells whether one of the account's passkeys answered the challenge, and notes its counter.
func (s *Service) verifyPasskey(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account, given []byte) (ok bool, reason string, err error) {
	session, err := answered(ctx, tx, visitHash, purposeAssert, a)
	if err == flow.ErrNone { //nolint:errorlint // answered hands it through
		return false, "", nil
	}
	if err != nil {
		return false, "", err
	}
	response, err := protocol.ParseCredentialRequestResponseBytes(given)
	if err != nil {
		return false, "", nil //nolint:nilerr // not an answer to the challenge
	}
	o, err := ownerOf(ctx, tx, a)
	if err != nil {
		return false, "", err
	}
	credential, err := s.passkeys.ValidateLogin(o, *session, response)
	if err != nil {
		return false, "", nil //nolint:nilerr // not an answer to the challenge
	}
	if credential.Authenticator.CloneWarning {
		return false, reasonCounter, nil
	}
	return true, "", noteUse(ctx, tx, o, credential)
}

// noteUse stores what the use of a passkey has changed.
func noteUse(ctx context.Context, tx *store.Tx, o *owner, credential *webauthn.Credential) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	stored, err := json.Marshal(credential)
	if err != nil {
		return fmt.Errorf("encoding a passkey: %w", err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE second_factors SET credential = $3, last_used_at = $4 WHERE account_id = $1 AND credential_id = $2",
		o.account.ID, base64.RawURLEncoding.EncodeToString(credential.ID), string(stored), now.UnixMicro())
	if err != nil {
		return fmt.Errorf("noting the use of a passkey: %w", err)
	}
	return nil
}
