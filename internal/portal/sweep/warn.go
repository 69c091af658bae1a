// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// warn mails the accounts of a portion that are to be warned of their deadline, unless that was done, and notes it in the run's
// actions and the audit trail.
func (w *work) warn(ctx context.Context, b *batch, p *portion) (int64, error) {
	if len(p.warn) == 0 {
		return 0, nil
	}
	args := params(2)
	days, deadline := w.offsetSQL(args), w.deadlineSQL(args)
	warned, err := b.tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, tenant, action, rule, at, days, deadline)
SELECT CAST($1 AS TEXT), soon.id, soon.tenant, 'Warn', 'Due', CAST($2 AS BIGINT), soon.days, soon.deadline FROM (
 SELECT a.id AS id, a.tenant AS tenant, `+days+` AS days, `+deadline+` AS deadline FROM accounts a
 WHERE a.status = 'Active' AND `+w.db.Among("a.id", args.Add(store.Texts(p.warn)))+`) soon
WHERE soon.days IS NOT NULL AND NOT EXISTS (
 SELECT 1 FROM inactivity_actions i WHERE i.account_id = soon.id AND i.days = soon.days AND i.deadline = soon.deadline)`,
		(&statement{args: args}).with(b.runID, b.at)...)
	if err != nil {
		return 0, fmt.Errorf("noting warnings: %w", err)
	}
	const done = "i.action = 'Warn' AND i.at = $4"
	args = params(4)
	_, err = b.exec(ctx, "auditing warnings", args, `
INSERT INTO audit_events (id, at, event, actor_class, account_id, tenant, run_id, rule, reason)
SELECT `+newIDs(args, b.now, 1, "i.account_id")+`, i.at, '`+audit.InactivityWarned+`', '`+string(audit.ActorPortal)+`', i.account_id, i.tenant, i.run_id, i.rule, CAST(i.days AS TEXT)
FROM inactivity_actions i WHERE `+inBatch("i.")+` AND `+done)
	if err != nil {
		return 0, err
	}
	args = params(4)
	_, err = b.exec(ctx, "queueing warnings", args, `
INSERT INTO outbox (id, kind, account_id, tenant, detail, created_at, due_at)
SELECT `+newIDs(args, b.now, 1, "i.account_id")+`, 'InactivityWarning', i.account_id, i.tenant,
 '{"run":"' || i.run_id || '","days":' || i.days || ',"deadline":' || i.deadline || '}', i.at, i.at
FROM inactivity_actions i WHERE `+inBatch("i.")+` AND `+done+w.notMute(args, p))
	return warned, err
}
