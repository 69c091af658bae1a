// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/invitations"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

func TestTheOperatorAcceptsThePortalsAndTenants(t *testing.T) {
	o := DefaultOptions(now)
	o.Port, o.SMTP = 8080, "10.0.0.1:2525"
	f := generate(t, o)
	for _, m := range f.Markets {
		effective, err := settings.Resolve(f.Class, m.Portal)
		if err != nil {
			t.Errorf("%s: %v", m.Portal.Name, err)
			continue
		}
		for _, tenant := range m.Tenants {
			if _, verdict := settings.Tenant(effective, tenant); verdict.Faults != nil {
				t.Errorf("%s: %v", tenant.Name, verdict.Faults)
			}
		}
		invited, err := invitations.Parse([]byte(m.Invitations.StringData[invitations.SecretKey]))
		if err != nil || len(invited) != 1 || invited[0].Username != m.Invited.Username {
			t.Errorf("%s: invitations %v, %v", m.Code, invited, err)
		}
	}
}

func TestThePortalAcceptsTheAccounts(t *testing.T) {
	folded := map[string]bool{}
	for _, m := range generate(t, DefaultOptions(now)).Markets {
		clear(folded)
		for _, a := range m.Accounts {
			if err := account.CheckUsername(a.Username); err != nil {
				t.Errorf("%s: %v", a.Username, err)
			}
			if err := account.CheckMail(a.Mail); err != nil {
				t.Errorf("%s: %v", a.Mail, err)
			}
			if err := account.CheckPhone(a.Phone); a.Phone != "" && err != nil {
				t.Errorf("%s: %v", a.Phone, err)
			}
			if folded[account.Fold(a.Username)] {
				t.Errorf("%s is there twice when case is folded", a.Username)
			}
			folded[account.Fold(a.Username)] = true
		}
	}
}
