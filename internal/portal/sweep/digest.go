// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// digestAtOnce is how many dealerships' administrators are told in one transaction.
const digestAtOnce = 300

// digest queues a message to the administrators of every dealership (and to the service desk, for corporate accounts) in which the
// run has disabled or warned somebody, or somebody was exempted since the run before.
func (w *work) digest(ctx context.Context) error {
	since, until := int64(1), w.run.now.UnixMicro()
	if hold := w.run.Hold; hold != nil && hold.ApprovedAt != nil {
		since, until = hold.ApprovedAt.UnixMicro(), 0 // warnings and exemptions were told of when it was held
	}
	codes, err := texts(w.db.QueryContext(ctx, `
SELECT DISTINCT COALESCE(i.tenant, '') FROM inactivity_actions i WHERE i.run_id = $1 AND i.at >= $3
UNION SELECT DISTINCT COALESCE(a.tenant, '') FROM exemptions e JOIN accounts a ON a.id = e.account_id
WHERE e.granted_at > COALESCE((SELECT MAX(r.now_at) FROM inactivity_runs r WHERE r.mode = 'Enforce' AND r.trigger <> 'SignIn' AND r.now_at < $2), 0)
 AND e.granted_at <= $4`, w.run.ID, w.run.now.UnixMicro(), since, until))
	if err != nil {
		return fmt.Errorf("reading whom to tell about the inactivity run %s: %w", w.run.ID, err)
	}
	slices.Sort(codes) // not every database sorts texts by their bytes
	codes = slices.DeleteFunc(codes, func(code string) bool { return told(code) <= w.run.cursor })
	for chunk := range slices.Chunk(codes, digestAtOnce) {
		err := w.step(ctx, func(tx *store.Tx, next *run) error {
			next.cursor = told(chunk[len(chunk)-1])
			return w.tell(ctx, tx, chunk)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// told is the cursor after a dealership; the service desk has no code and comes first.
func told(code string) string { return "/" + code }

// tell queues the messages for some dealerships.
func (w *work) tell(ctx context.Context, tx *store.Tx, codes []string) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	args := params(0)
	belongs := "a.tenant IN " + list(args, codes)
	if slices.Contains(codes, "") {
		belongs += " OR a.tenant IS NULL"
	}
	at := args.Add(now.UnixMicro())
	_, err = tx.ExecContext(ctx, `
INSERT INTO outbox (id, kind, account_id, tenant, detail, created_at, due_at)
SELECT `+newIDs(args, now, 2, "a.id")+`, '`+string(outbox.AdministratorDigest)+`', a.id, a.tenant, CAST(`+args.Add(`{"run":"`+w.run.ID+`"}`)+` AS TEXT),
 CAST(`+at+` AS BIGINT), CAST(`+at+` AS BIGINT) FROM accounts a
WHERE a.role <> 'user' AND a.status = 'Active' AND NOT a.service_account AND a.mail <> '' AND (`+belongs+`)`, args.Values()...)
	if err != nil {
		return fmt.Errorf("queueing digests: %w", err)
	}
	return nil
}

// list is a list of texts as parameters.
func list(args *inactivity.Args, values []string) string {
	places := make([]string, len(values))
	for i, value := range values {
		places[i] = args.Add(value)
	}
	return "(" + strings.Join(places, ", ") + ")"
}
