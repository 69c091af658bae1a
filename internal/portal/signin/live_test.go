// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestOnlyAdministratorsGetInBeforeTheirDealershipIsLive(t *testing.T) {
	tests := map[string]struct {
		username, password, change string
		want                       signin.Outcome
	}{
		"a user with the right password":         {"robin", right, "", signin.NotLive},
		"a user with a wrong password":           {"robin", "wrong", "", signin.Refused},
		"an administrator":                       {"robin", right, "UPDATE accounts SET role = 'administrator' WHERE username = 'robin'", signin.SignedIn},
		"corporate people":                       {"corporate", right, "", signin.SignedIn},
		"a dealership that is live meanwhile":    {"robin", right, "UPDATE tenants SET live_at = 1", signin.SignedIn},
		"one that is suspended says that it is":  {"robin", right, "UPDATE tenants SET state = 'Suspended'", signin.TenantClosed},
		"a disabled user is told that he is":     {"disabled", right, "", signin.Disabled},
		"an invited one looks as everywhere":     {"invited", right, "", signin.Refused},
		"a name that nobody has looks the same":  {"nobody", right, "", signin.Refused},
		"an administrator with a wrong password": {"robin", "wrong", "UPDATE accounts SET role = 'administrator' WHERE username = 'robin'", signin.Refused},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				for _, reset := range []string{
					"UPDATE tenants SET live_at = NULL, state = 'Active'", "UPDATE accounts SET role = 'user'", "DELETE FROM throttle", "DELETE FROM sessions",
				} {
					storetest.Exec(t, db, reset)
				}
				if test.change != "" {
					storetest.Exec(t, db, test.change)
				}
				got := w.signIn(t, test.username, test.password)
				if got.Outcome != test.want || (got.Account != nil) != (test.want != signin.Refused) {
					t.Errorf("got %s with account %v, want %s", got.Outcome, got.Account != nil, test.want)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions"); (n == 1) != (test.want == signin.SignedIn) {
					t.Errorf("%d sessions after %s", n, got.Outcome)
				}
			})
		}
	})
}
