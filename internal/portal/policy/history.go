// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Period is a row of the history with the time that it was in force.
type Period struct {
	InForce
	// Until is when the next settings came into force; zero while these are the last.
	Until time.Time
	// Attested says that the content has the digest that the audit trail, which is sealed, noted at that moment. It cannot be told
	// any more once that event has been dropped.
	Attested bool
}

// During answers the settings that were in force at some time from one instant until before another, the oldest first.
func During(ctx context.Context, q store.Querier, from, until time.Time) ([]Period, error) {
	list, err := during(ctx, q, from, until)
	if err != nil {
		return nil, fmt.Errorf("reading the history of settings: %w", err)
	}
	for i := range list {
		p := &list[i]
		noted, err := audit.Noted(ctx, q, audit.SettingsChanged, p.Digest, p.ValidFrom)
		if err != nil {
			return nil, err
		}
		p.Attested = p.Attested && noted
	}
	return list, nil
}

// during reads the rows; Attested says whether content and digest agree.
func during(ctx context.Context, q store.Querier, from, until time.Time) ([]Period, error) {
	rows, err := q.QueryContext(ctx, `
SELECT s.seq, s.digest, s.portal_uid, s.generation, s.body, s.valid_from, n.valid_from
FROM settings s LEFT JOIN settings n ON n.seq = s.seq + 1
WHERE s.valid_from < $2 AND (n.valid_from IS NULL OR n.valid_from > $1) ORDER BY s.seq`, from.UnixMicro(), until.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Period
	for rows.Next() {
		p, err := scanPeriod(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func scanPeriod(rows *sql.Rows) (Period, error) {
	var p Period
	var body string
	err := rows.Scan(&p.seq, &p.Digest, &p.PortalUID, &p.Generation, &body, store.ScanTime(&p.ValidFrom), store.ScanTime(&p.Until))
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(body), &p.Settings); err != nil {
		return p, fmt.Errorf("row %d: %w", p.seq, err)
	}
	sum := sha256.Sum256([]byte(body))
	p.Attested = hex.EncodeToString(sum[:]) == p.Digest
	return p, nil
}
