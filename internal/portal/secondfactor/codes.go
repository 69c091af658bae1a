// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Recovery codes: 24 characters of 5 bits are 120 random bits, more than the 112 that a fast hash asks for (OWASP ASVS 6.5.2, NIST
// SP 800-63B-4 4.2.1.1). The alphabet has no characters that look alike.
const (
	codesInSet   = 10
	codeLength   = 24
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// lookAlikes are what people read instead.
var lookAlikes = strings.NewReplacer("O", "0", "I", "1", "L", "1")

// NewCodes gives an account a new set of recovery codes in place of the old one. They are stored as sealed hashes: this answer is the only
// chance to read them. The caller holds the account's row.
func (s *Service) NewCodes(ctx context.Context, tx *store.Tx, a *account.Account, by audit.Actor) ([]string, error) {
	if err := forgetCodes(ctx, tx, a.ID); err != nil {
		return nil, err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	codes, args := make([]string, codesInSet), []any{}
	for i := range codes {
		code := newCode()
		codes[i] = strings.Join(groups(code), "-")
		args = append(args, s.Ring.seal(hashCode(code), codeSeal(a.ID)), a.ID, now.UnixMicro())
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO recovery_codes (code_hash, account_id, created_at) VALUES "+store.Rows(codesInSet, len(args)/codesInSet), args...)
	if err != nil {
		return nil, fmt.Errorf("storing recovery codes: %w", err)
	}
	return codes, audit.Append(ctx, tx, audit.Event{Event: audit.RecoveryCodesCreated, Actor: by, AccountID: a.ID, Tenant: a.Tenant})
}

func newCode() string {
	raw := make([]byte, codeLength)
	_, _ = rand.Read(raw) // never fails
	for i, b := range raw {
		raw[i] = codeAlphabet[int(b)%len(codeAlphabet)]
	}
	return string(raw)
}

// verifyCode uses up a recovery code.
func (s *Service) verifyCode(ctx context.Context, tx *store.Tx, accountID, code string) (ok bool, err error) {
	if len(code) != codeLength {
		return false, nil
	}
	stored, err := unusedCodes(ctx, tx, accountID)
	if err != nil {
		return false, err
	}
	given, found := hashCode(code), ""
	for _, sealed := range stored {
		hash, _, err := s.Ring.open(sealed, codeSeal(accountID))
		if err != nil {
			return false, fmt.Errorf("reading a recovery code: %w", err)
		}
		if subtle.ConstantTimeCompare(hash, given) == 1 {
			found = sealed
		}
	}
	if found == "" {
		return false, nil
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	used, err := tx.ExecContext(ctx, "UPDATE recovery_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL", found, now.UnixMicro())
	if err != nil {
		return false, fmt.Errorf("using a recovery code: %w", err)
	}
	return used == 1, nil
}

func unusedCodes(ctx context.Context, tx *store.Tx, accountID string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT code_hash FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL", accountID)
	if err != nil {
		return nil, fmt.Errorf("reading recovery codes: %w", err)
	}
	defer rows.Close()
	var stored []string
	for rows.Next() {
		var sealed string
		if err := rows.Scan(&sealed); err != nil {
			return nil, fmt.Errorf("reading recovery codes: %w", err)
		}
		stored = append(stored, sealed)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading recovery codes: %w", err)
	}
	return stored, nil
}

func forgetCodes(ctx context.Context, tx *store.Tx, accountID string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM recovery_codes WHERE account_id = $1", accountID); err != nil {
		return fmt.Errorf("removing recovery codes: %w", err)
	}
	return nil
}

// readCode makes a code of what was typed.
func readCode(given string) string { return lookAlikes.Replace(strings.ToUpper(given)) }

func hashCode(code string) []byte {
	sum := sha256.Sum256([]byte("recovery code\x00" + code))
	return sum[:]
}

func codeSeal(accountID string) string { return "recovery code\x00" + accountID }
