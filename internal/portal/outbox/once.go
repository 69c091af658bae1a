// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// AddSparingly queues a message with a link for an active account with a confirmed address, unless it was sent one of that kind within the
// pause. The same statement runs whether it queues or not, and for an account that does not exist: what it does can be told from neither
// the number of statements nor their texts. Message.Tenant is read from the account.
func AddSparingly(ctx context.Context, tx *store.Tx, message Message, pause time.Duration) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	row, err := message.row(now)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO outbox (id, kind, channel, account_id, detail, tenant, created_at, due_at)
SELECT $1, $2, $3, a.id, '', a.tenant, CAST($5 AS BIGINT), CAST($5 AS BIGINT) FROM accounts a
WHERE a.id = $4 AND a.status = 'Active' AND a.mail <> '' AND a.mail_confirmed_at IS NOT NULL
 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.account_id = $4 AND o.kind = $2 AND o.created_at > $6)`,
		row[0], string(message.Kind), row[2], message.AccountID, now.UnixMicro(), now.Add(-pause).UnixMicro())
	if err != nil {
		return fmt.Errorf("queueing a message of kind %s: %w", message.Kind, err)
	}
	return nil
}
