// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"context"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// underKey is the condition for what the pepper of an id sealed; ids have no colon.
const underKey = " LIKE REPLACE(CAST($1 AS TEXT), '_', '\\_') || ':%' ESCAPE '\\'"

// Sealed counts the secrets and recovery codes that need the pepper of an id.
func Sealed(ctx context.Context, tx *store.Tx, pepperID string) (count int64, err error) {
	err = tx.QueryRowContext(ctx, `
SELECT (SELECT COUNT(*) FROM second_factors WHERE kind = 'TOTP' AND secret`+underKey+`)
 + (SELECT COUNT(*) FROM recovery_codes WHERE code_hash`+underKey+`)`, pepperID).Scan(&count)
	if err != nil {
		return 0, fmt.Errorf("counting second factors by pepper: %w", err)
	}
	return count, nil
}

// Counts answers how many factors of each kind all accounts have.
func Counts(ctx context.Context, q store.Querier) (map[string]int64, error) {
	var totp, passkeys int64
	err := q.QueryRowContext(ctx, `
SELECT COALESCE(SUM(CASE WHEN kind = 'TOTP' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN kind = 'Passkey' THEN 1 ELSE 0 END), 0)
FROM second_factors`).Scan(&totp, &passkeys)
	if err != nil {
		return nil, fmt.Errorf("counting second factors: %w", err)
	}
	return map[string]int64{TOTP: totp, Passkey: passkeys}, nil
}

// Reseal seals everything again that other peppers than the one in use sealed, so that those can be forgotten: unlike a password, a
// sealed secret does not wait for its owner. What cannot be read stays as it is and is told at the end.
func (s *Service) Reseal(ctx context.Context, db *store.DB) (resealed int, err error) {
	for _, kept := range []struct{ table, key, column, purpose string }{
		{"second_factors", "id", "secret", "totp\x00"},
		{"recovery_codes", "code_hash", "code_hash", "recovery code\x00"},
	} {
		rows, failed := s.stale(ctx, db, "SELECT "+kept.key+", account_id, "+kept.column+" FROM "+kept.table+
			" WHERE "+kept.column+" <> '' AND NOT "+kept.column+underKey)
		if failed != nil {
			return resealed, errors.Join(err, failed)
		}
		for _, row := range rows {
			plain, _, failed := s.Ring.open(row.sealed, kept.purpose+row.accountID)
			if failed != nil {
				err = fmt.Errorf("reading what %s holds for account %s: %w", kept.table, row.accountID, failed)
				continue
			}
			failed = db.Tx(ctx, func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE "+kept.table+" SET "+kept.column+" = $3 WHERE "+kept.key+" = $1 AND "+kept.column+" = $2",
					row.key, row.sealed, s.Ring.seal(plain, kept.purpose+row.accountID))
				return err
			})
			if failed != nil {
				return resealed, fmt.Errorf("sealing anew in %s: %w", kept.table, failed)
			}
			resealed++
		}
	}
	return resealed, err
}

// staleRow is something that was sealed with another key.
type staleRow struct{ key, accountID, sealed string }

func (s *Service) stale(ctx context.Context, db *store.DB, query string) ([]staleRow, error) {
	rows, err := db.QueryContext(ctx, query, s.Ring.inUse())
	if err != nil {
		return nil, fmt.Errorf("looking for what is sealed with old keys: %w", err)
	}
	defer rows.Close()
	var list []staleRow
	for rows.Next() {
		var row staleRow
		if err := rows.Scan(&row.key, &row.accountID, &row.sealed); err != nil {
			return nil, fmt.Errorf("looking for what is sealed with old keys: %w", err)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("looking for what is sealed with old keys: %w", err)
	}
	return list, nil
}
