// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
)

// warn mails the accounts of a batch whose deadline is still the one that they are to be warned of, and notes it in the audit
// trail. Plans for all others are dropped.
func (w *work) warn(ctx context.Context, b *batch) (int64, error) {
	args := params(4)
	deadline := w.deadlineSQL(args)
	warned, err := b.exec(ctx, "noting warnings", args, `
UPDATE inactivity_actions SET at = $4 WHERE `+inBatch("")+` AND action = 'Warn' AND at = 0 AND EXISTS (
 SELECT 1 FROM accounts a WHERE a.id = account_id AND a.status = 'Active' AND `+deadline+` = inactivity_actions.deadline)`)
	if err != nil {
		return 0, err
	}
	if warned < b.warn {
		if err := b.dropWarnings(ctx); err != nil {
			return 0, err
		}
	}
	const done = "i.action = 'Warn' AND i.at = $4"
	args = params(4)
	_, err = b.exec(ctx, "auditing warnings", args, `
INSERT INTO audit_events (id, at, event, actor_class, account_id, tenant, run_id, rule, reason)
SELECT `+newIDs(args, b.now, 1, "i.account_id")+`, CAST($4 AS BIGINT), '`+audit.InactivityWarned+`', '`+string(audit.ActorPortal)+`', i.account_id, a.tenant, i.run_id, i.rule, CAST(i.days AS TEXT)
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE `+inBatch("i.")+` AND `+done)
	if err != nil {
		return 0, err
	}
	args = params(4)
	_, err = b.exec(ctx, "queueing warnings", args, `
INSERT INTO outbox (id, kind, account_id, tenant, detail, created_at, due_at)
SELECT `+newIDs(args, b.now, 1, "i.account_id")+`, 'InactivityWarning', i.account_id, a.tenant,
 '{"run":"' || i.run_id || '","days":' || i.days || ',"deadline":' || i.deadline || '}', CAST($4 AS BIGINT), CAST($4 AS BIGINT)
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE `+inBatch("i.")+` AND `+done+` AND a.mail <> ''`)
	return warned, err
}

// dropWarnings forgets warnings that were planned and not mailed.
func (b *batch) dropWarnings(ctx context.Context) error {
	_, err := b.tx.ExecContext(ctx, "DELETE FROM inactivity_actions WHERE "+inBatch("")+" AND action = 'Warn' AND at = 0", b.runID, b.after, b.last)
	if err != nil {
		return fmt.Errorf("dropping warnings: %w", err)
	}
	return nil
}
