// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// A number counts for codes once it is confirmed: by its owner, or by an import that is trusted. Another number has to be confirmed anew.
func TestImportedPhones(t *testing.T) {
	const header = "username,class,tenant,role,phone,createdAt\n"
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for _, step := range []struct {
			line      string
			trust     bool
			confirmed bool
		}{
			{"ann,Dealer,D1,user,+13125550101,2024-01-01", false, false},
			{"ann,Dealer,D1,user,+13125550101,", true, true},
			{"ann,Dealer,D1,user,,", false, true},
			{"ann,Dealer,D1,user,+13125550102,", false, false},
			{"ann,Dealer,D1,user,+13125550103,", true, true},
			{"kim,Dealer,D1,user,+13125550104,2024-01-01", true, true},
		} {
			mustLoad(t, db, header+step.line+"\n", portalapi.ImportOptions{TrustAddresses: step.trust})
			if a := read(t, db, step.line[:3]); a.PhoneConfirmedAt.IsZero() == step.confirmed {
				t.Errorf("%s, trusted %t: confirmed at %s, want %t", step.line, step.trust, a.PhoneConfirmedAt, step.confirmed)
			}
		}
	})
}
