// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Parameters of one-time passwords: those that every authenticator app understands (RFC 6238).
const (
	period      = 30 * time.Second
	skew        = 1 // steps before and after the present one (OWASP ASVS 6.5.5)
	secretBytes = 20
	digits      = 6
)

// setupLife is how long a secret that is shown waits for its first code.
const setupLife = 30 * time.Minute

var secretEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Setup is what an authenticator app needs to know.
type Setup struct {
	// Secret in base32.
	Secret string
	// URI is the same with the names of portal and account, for a QR code.
	URI string
}

// Groups is the secret for people who type it.
func (s Setup) Groups() []string { return groups(s.Secret) }

// BeginTOTP makes a secret for an account, which waits in a visit (its flow.Hash) until a first code proves that the app has it.
func (s *Service) BeginTOTP(ctx context.Context, tx *store.Tx, visitHash, accountID string) error {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails
	sealed := s.Ring.seal([]byte(secretEncoding.EncodeToString(raw)), setupSeal(accountID))
	return flow.Put(ctx, tx, visitHash, purposeSetup, flow.Step{AccountID: accountID, Detail: sealed}, setupLife)
}

// SetupOf reads the secret that waits in a visit; flow.ErrNone when there is none for the account.
func (s *Service) SetupOf(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account) (*Setup, error) {
	step, err := flow.Find(ctx, tx, visitHash, purposeSetup)
	if err != nil {
		return nil, err
	}
	if step.AccountID != a.ID {
		return nil, flow.ErrNone
	}
	secret, _, err := s.Ring.open(step.Detail, setupSeal(a.ID))
	if err != nil {
		return nil, fmt.Errorf("reading a secret for an app: %w", err)
	}
	issuer := s.Settings().DisplayName
	label := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + a.Username}
	query := url.Values{"secret": {string(secret)}, "issuer": {issuer}}
	// Apps do not read + as a space.
	label.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return &Setup{Secret: string(secret), URI: label.String()}, nil
}

// FinishTOTP adds the secret that waits in a visit to the account when the code was made with it. ErrTooMany, ErrNotOffered, flow.ErrNone.
func (s *Service) FinishTOTP(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account, given Given, by audit.Actor) (ok bool, err error) {
	if err := s.room(ctx, tx, a); err != nil {
		return false, err
	}
	setup, err := s.SetupOf(ctx, tx, visitHash, a)
	if err != nil {
		return false, err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	step, fits, err := stepOf(setup.Secret, compact(given.Code), now)
	if err != nil || !fits {
		return false, err
	}
	if _, err := flow.Take(ctx, tx, visitHash, purposeSetup); err != nil {
		return false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("naming a second factor: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO second_factors (id, account_id, kind, name, secret, last_step, created_at, last_used_at) VALUES ($1, $2, 'TOTP', $3, $4, $5, $6, $6)`,
		id.String(), a.ID, CleanName(given.Name), s.Ring.seal([]byte(setup.Secret), totpSeal(a.ID)), step, now.UnixMicro())
	if err != nil {
		return false, fmt.Errorf("adding a second factor: %w", err)
	}
	return true, tell(ctx, tx, a, outbox.SecondFactorAdded, audit.Event{Event: audit.FactorAdded, Actor: by, Reason: TOTP})
}

// room holds the account, and says whether it may get another factor.
func (s *Service) room(ctx context.Context, tx *store.Tx, a *account.Account) error {
	if err := account.Hold(ctx, tx, a.ID); err != nil {
		return err
	}
	state, err := s.Of(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if len(state.Factors) >= MaxFactors {
		return ErrTooMany
	}
	demand, err := s.DemandOf(ctx, tx, a)
	if err == nil && !demand.Offered {
		return ErrNotOffered
	}
	return err
}

// secretRow is a stored TOTP secret.
type secretRow struct{ id, sealed string }

// verifyTOTP accepts a code for one of the account's apps, each time step once. reused says that the code is right and was accepted
// before.
func (s *Service) verifyTOTP(ctx context.Context, tx *store.Tx, accountID, code string) (ok, reused bool, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return false, false, err
	}
	secrets, err := totpSecrets(ctx, tx, accountID)
	if err != nil {
		return false, false, err
	}
	for _, row := range secrets {
		secret, stale, err := s.Ring.open(row.sealed, totpSeal(accountID))
		if err != nil {
			return false, false, fmt.Errorf("reading second factor %s: %w", row.id, err)
		}
		step, fits, err := stepOf(string(secret), code, now)
		if err != nil {
			return false, false, err
		}
		if !fits {
			continue
		}
		kept := row.sealed
		if stale {
			kept = s.Ring.seal(secret, totpSeal(accountID))
		}
		// The condition: whoever comes with the same code, or an older one, finds the step taken.
		accepted, err := tx.ExecContext(ctx, `
UPDATE second_factors SET last_step = $2, last_used_at = $3, secret = $4 WHERE id = $1 AND last_step < $2`,
			row.id, step, now.UnixMicro(), kept)
		if err != nil {
			return false, false, fmt.Errorf("accepting a one-time password: %w", err)
		}
		if accepted == 1 {
			return true, false, nil
		}
		reused = true
	}
	return false, reused, nil
}

func totpSecrets(ctx context.Context, tx *store.Tx, accountID string) ([]secretRow, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, secret FROM second_factors WHERE account_id = $1 AND kind = 'TOTP' ORDER BY id", accountID)
	if err != nil {
		return nil, fmt.Errorf("reading second factors: %w", err)
	}
	defer rows.Close()
	var secrets []secretRow
	for rows.Next() {
		var row secretRow
		if err := rows.Scan(&row.id, &row.sealed); err != nil {
			return nil, fmt.Errorf("reading second factors: %w", err)
		}
		secrets = append(secrets, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading second factors: %w", err)
	}
	return secrets, nil
}

// stepOf finds the time step for which a code is right, within one step of the present.
func stepOf(secret, code string, now time.Time) (step int64, fits bool, err error) {
	if len(code) != digits {
		return 0, false, nil
	}
	present := now.Unix() / int64(period/time.Second)
	for offset := int64(-skew); offset <= skew; offset++ {
		right, err := hotp.ValidateCustom(code, uint64(present+offset), secret, hotp.ValidateOpts{ //nolint:gosec // not before 1970
			Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return 0, false, fmt.Errorf("checking a one-time password: %w", err)
		}
		if right {
			step, fits = present+offset, true
		}
	}
	return step, fits, nil
}

// Purposes of seals: what is sealed for one account and use cannot be opened for another.
func setupSeal(accountID string) string { return "totp setup\x00" + accountID }
func totpSeal(accountID string) string  { return "totp\x00" + accountID }

// compact takes out what people type between groups of characters.
func compact(code string) string {
	return strings.NewReplacer(" ", "", "-", "", "\t", "", "\u00a0", "", "\u3000", "").Replace(strings.TrimSpace(code))
}

// groups splits a text into groups of four characters.
func groups(text string) []string {
	const size = 4
	var list []string
	for len(text) > size {
		list, text = append(list, text[:size]), text[size:]
	}
	return append(list, text)
}

// CleanName makes a name for a factor of what was typed: one line, not too long.
func CleanName(name string) string {
	runes := []rune(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool { return r <= ' ' || r == 0x7f }), " "))
	return string(runes[:min(len(runes), MaxName)])
}
