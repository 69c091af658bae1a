// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"errors"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
)

// Every case is the one fault of a provider, or none.
func TestFaultsOfSingleSignOn(t *testing.T) {
	tests := map[string]struct {
		change func(*portalconfig.SSO)
		want   string
	}{
		"none":                            {func(*portalconfig.SSO) {}, ""},
		"no issuer":                       {func(s *portalconfig.SSO) { s.IssuerURL = "" }, "auth.sso.issuerURL: is missing"},
		"an issuer without TLS":           {func(s *portalconfig.SSO) { s.IssuerURL = "http://login.example" }, "has no TLS"},
		"one on this machine needs none":  {func(s *portalconfig.SSO) { s.IssuerURL = "http://localhost:5556/dex" }, ""},
		"a host that only begins like it": {func(s *portalconfig.SSO) { s.IssuerURL = "http://localhost.example" }, "has no TLS"},
		"another scheme":                  {func(s *portalconfig.SSO) { s.IssuerURL = "ftp://login.example" }, "unknown scheme"},
		"no URL":                          {func(s *portalconfig.SSO) { s.IssuerURL = "login.example" }, "is no URL"},
		"a query":                         {func(s *portalconfig.SSO) { s.IssuerURL = "https://login.example/?a=b" }, "leave the rest out"},
		"somebody's password":             {func(s *portalconfig.SSO) { s.IssuerURL = "https://a:b@login.example" }, "leave the rest out"},
		"no client":                       {func(s *portalconfig.SSO) { s.ClientID = "" }, "auth.sso.clientID: is missing"},
		"no claim":                        {func(s *portalconfig.SSO) { s.GroupsClaim = "" }, "auth.sso.groupsClaim: is missing"},
		"no groups":                       {func(s *portalconfig.SSO) { s.UserGroups = nil }, "nobody would have a role"},
		"an address instead of a domain":  {func(s *portalconfig.SSO) { s.Domains = []string{"northstar.example", "dana@northstar.example"} }, "number 2 is no domain"},
		"another word about passwords":    {func(s *portalconfig.SSO) { s.PasswordSignIn = "Never" }, "use BreakGlassOnly, Allowed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			policy := &portalconfig.SSO{
				IssuerURL: "https://login.example/realms/staff", ClientID: "portal", GroupsClaim: "groups", UserGroups: []string{"staff"},
				PasswordSignIn: portalconfig.PasswordBreakGlassOnly,
			}
			test.change(policy)
			var faults []string
			for _, fault := range config.CheckSettings(&portalconfig.Settings{Auth: portalconfig.Auth{SSO: policy}}) {
				if strings.HasPrefix(fault.Error(), "auth.sso") {
					faults = append(faults, fault.Error())
				}
			}
			switch {
			case test.want == "" && len(faults) > 0, test.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], test.want)):
				t.Errorf("got %q, want %q", faults, test.want)
			}
		})
	}
	err := errors.Join(config.CheckProcess(&portalconfig.Process{SSO: &portalconfig.SSOSecrets{}})...)
	if err == nil || !strings.Contains(err.Error(), "sso.clientSecretFile: is missing") {
		t.Errorf("got %v", err)
	}
}
