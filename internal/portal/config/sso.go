// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"net/url"
	"strings"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// sso judges how corporate people sign in by their provider.
func (f *faults) sso(s *portalconfig.SSO) {
	if s == nil {
		return
	}
	f.issuer(s.IssuerURL)
	f.required("auth.sso.clientID", s.ClientID)
	f.required("auth.sso.groupsClaim", s.GroupsClaim)
	if len(s.ServiceDeskGroups)+len(s.UserGroups) == 0 {
		f.add("auth.sso", "has neither serviceDeskGroups nor userGroups: nobody would have a role")
	}
	for i, domain := range s.Domains {
		if domain == "" || strings.ContainsAny(domain, "@ ") {
			f.add("auth.sso.domains", "number %d is no domain of mail addresses, for example example.com", i+1)
		}
	}
	f.oneOf("auth.sso.passwordSignIn", s.PasswordSignIn, portalconfig.PasswordBreakGlassOnly, portalconfig.PasswordAllowed)
}

// issuer accepts https, and http only on this machine. What comes after the path has no place in an issuer (OpenID Connect Discovery 1.0, 3).
func (f *faults) issuer(value string) {
	if !f.required("auth.sso.issuerURL", value) {
		return
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Hostname() == "":
		f.add("auth.sso.issuerURL", "%q is no URL: use https://HOST/PATH", value)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		f.add("auth.sso.issuerURL", "%q has more than scheme, host and path: leave the rest out", value)
	case u.Scheme == "http" && u.Hostname() != "localhost" && !strings.HasSuffix(u.Hostname(), ".localhost"):
		f.add("auth.sso.issuerURL", "%q has no TLS: use https", value)
	case u.Scheme != "https" && u.Scheme != "http":
		f.add("auth.sso.issuerURL", "%q has an unknown scheme: use https", value)
	}
}

// ssoSecrets judges where the client secrets are.
func (f *faults) ssoSecrets(s *portalconfig.SSOSecrets) {
	if s != nil {
		f.required("sso.clientSecretFile", s.ClientSecretFile)
	}
}
