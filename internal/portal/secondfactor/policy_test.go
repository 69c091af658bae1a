// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor_test

import (
	"slices"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
)

// Every policy of the portal, with every policy of a tenant, for every kind of account.
func TestWhoNeedsASecondFactor(t *testing.T) {
	people := map[string]struct {
		account account.Account
		leads   bool
	}{
		"user":           {account.Account{Class: account.Dealer, Role: account.User, Tenant: "D1"}, false},
		"administrator":  {account.Account{Class: account.Dealer, Role: account.Administrator, Tenant: "D1"}, true},
		"corporate user": {account.Account{Class: account.Corporate, Role: account.User}, false},
		"service desk":   {account.Account{Class: account.Corporate, Role: account.ServiceDesk}, true},
	}
	strictness := []string{"Off", "Optional", "AdminsOnly", "Required"}
	for _, portal := range append([]string{""}, strictness...) {
		for _, tenant := range append([]string{""}, strictness...) {
			strict := max(slices.Index(strictness, portal), slices.Index(strictness, tenant))
			if portal == "" {
				strict = max(2, slices.Index(strictness, tenant)) // the default
			}
			auth := portalconfig.Auth{SecondFactor: portal}
			if got := secondfactor.Level(auth, tenant); got != strictness[strict] {
				t.Errorf("portal %q, tenant %q: %s, want %s", portal, tenant, got, strictness[strict])
			}
			if got := secondfactor.Offered(auth, tenant); got != (strict > 0) {
				t.Errorf("portal %q, tenant %q: offered is %v", portal, tenant, got)
			}
			for name, person := range people {
				want := strict == 3 || (strict == 2 && person.leads)
				if got := secondfactor.Required(auth, &person.account, tenant); got != want {
					t.Errorf("portal %q, tenant %q, %s: required is %v", portal, tenant, name, got)
				}
			}
		}
	}
	if !secondfactor.Required(portalconfig.Auth{SecondFactor: "unheard of"}, &account.Account{Role: account.User}, "") {
		t.Error("a policy that nobody knows lets people through")
	}
}
