// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"slices"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// dormantAtOnce is how many dealerships are noted in one transaction.
const dormantAtOnce = 200

// noteDormant writes down, for each dealership whose only active administrator the run left alone because nobody else leads, who that
// is, and touches only dealerships of which something else was known.
func (w *work) noteDormant(ctx context.Context) error {
	args := params(0)
	changed, err := texts(w.db.QueryContext(ctx, `
SELECT t.dealer_code FROM tenants t LEFT JOIN (
 SELECT a.tenant AS tenant, a.id AS id FROM accounts a WHERE `+w.dormant(args)+`) d ON d.tenant = t.dealer_code
WHERE COALESCE(t.dormant_administrator, '') <> COALESCE(d.id, '') ORDER BY t.dealer_code`, args.Values()...))
	if err != nil {
		return fmt.Errorf("looking for dormant administrators: %w", err)
	}
	for codes := range slices.Chunk(changed, dormantAtOnce) {
		err := w.step(ctx, func(tx *store.Tx, _ *run) error {
			args := params(0)
			text := `
UPDATE tenants SET dormant_at = CAST(` + args.Add(w.run.now.UnixMicro()) + ` AS BIGINT), dormant_administrator = (
 SELECT MAX(a.id) FROM accounts a WHERE a.tenant = tenants.dealer_code AND ` + w.dormant(args) + `) WHERE dealer_code IN ` + list(args, codes)
			if _, err := tx.ExecContext(ctx, text, args.Values()...); err != nil {
				return fmt.Errorf("noting dormant administrators: %w", err)
			}
			return tx.TouchTenants(ctx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dormant is the condition for administrators without an active colleague whom only that spares.
func (w *work) dormant(args *inactivity.Args) string {
	return "a.role <> 'user' AND a.tenant IS NOT NULL AND a.status = 'Active' AND a.activity_at < " + args.Add(w.policy.End()) + ` AND NOT EXISTS (
 SELECT 1 FROM accounts o WHERE o.role <> 'user' AND o.tenant = a.tenant AND o.status = 'Active' AND o.id <> a.id) AND (` +
		w.policy.SQL("a", args) + ") = '" + string(inactivity.RuleLastAdministrator) + "'"
}
