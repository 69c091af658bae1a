// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// skew is how far the provider's clock may be off.
const skew = time.Minute

// Person is who an answer is about, as far as its ID token was checked.
type Person struct {
	// Issuer and Subject name the person for good.
	Issuer, Subject string
	// Name, Username and Mail are what the provider says; the mail address is empty unless the provider has verified it.
	Name, Username, Mail string
	// Groups of the person, of the claim that the settings name.
	Groups []string
	// ACR is how the person was authenticated, in the provider's words.
	ACR string
	// AuthenticatedAt is when, at the provider's clock.
	AuthenticatedAt time.Time
}

// claims are those of an ID token, completed by the user info.
type claims struct {
	issuer, subject string
	all             map[string]json.RawMessage
}

// verify checks an ID token: issuer, signature by a key of the issuer with an accepted algorithm, audience, authorized party, times, nonce,
// and that the access token belongs to it (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8).
func verify(ctx context.Context, found *provider, policy *portalconfig.SSO, tokens *oauth2.Token, nonce string) (*claims, error) {
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return nil, fmt.Errorf("%w: it has no ID token", ErrRefused)
	}
	token, err := found.VerifierContext(ctx, &oidc.Config{ClientID: policy.ClientID, SupportedSigningAlgs: found.algorithms()}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	read := &claims{issuer: token.Issuer, subject: token.Subject}
	if err := token.Claims(&read.all); err != nil {
		return nil, fmt.Errorf("%w: reading its claims: %w", ErrRefused, err)
	}
	party := read.text("azp")
	switch {
	case token.Issuer != policy.IssuerURL:
		return nil, fmt.Errorf("%w: its token is of another issuer", ErrRefused)
	case token.Subject == "" || len(token.Subject) > 255:
		return nil, fmt.Errorf("%w: its token has no subject, or one of more than 255 characters", ErrRefused)
	case len(token.Audience) > 1 && party == "", party != "" && party != policy.ClientID:
		return nil, fmt.Errorf("%w: its token was made for another party", ErrRefused)
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return nil, fmt.Errorf("%w: its token was made for another sign-in", ErrRefused)
	case token.IssuedAt.After(time.Now().Add(skew)):
		return nil, fmt.Errorf("%w: its token comes from the future", ErrRefused)
	case token.AccessTokenHash != "" && token.VerifyAccessToken(tokens.AccessToken) != nil:
		return nil, fmt.Errorf("%w: its tokens do not belong together", ErrRefused)
	}
	return read, nil
}

// needsMore tells whether the user info may have what the ID token lacks.
func (c *claims) needsMore(policy *portalconfig.SSO) bool {
	_, groups := c.all[policy.GroupsClaim]
	_, mail := c.all["email"]
	return !groups || !mail
}

// complete adds what only the user info has.
func (c *claims) complete(ctx context.Context, found *provider, tokens *oauth2.Token) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return fmt.Errorf("%w: reading the user info: %w", ErrUnreachable, withoutAddress(err))
	}
	if info.Subject != c.subject { // OpenID Connect Core 1.0, 5.3.2
		return fmt.Errorf("%w: the user info is about somebody else", ErrRefused)
	}
	var more map[string]json.RawMessage
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("%w: reading the user info: %w", ErrRefused, err)
	}
	// The address and its verification belong together.
	if _, has := c.all["email"]; has {
		delete(more, "email_verified")
	}
	for name, value := range more {
		if _, has := c.all[name]; !has {
			c.all[name] = value
		}
	}
	return nil
}

// person reads what the portal uses.
func (c *claims) person(policy *portalconfig.SSO) *Person {
	p := &Person{
		Issuer: c.issuer, Subject: c.subject, Name: tidy(c.text("name"), maxName), Username: c.text("preferred_username"),
		ACR: c.text("acr"), Groups: c.texts(policy.GroupsClaim),
	}
	if verified := string(c.all["email_verified"]); verified == "true" || verified == `"true"` {
		p.Mail = tidy(c.text("email"), maxMail)
	}
	var at float64
	if json.Unmarshal(c.all["auth_time"], &at) == nil {
		p.AuthenticatedAt = time.Unix(int64(at), 0)
	}
	return p
}

// Lengths, in bytes, of what is taken over.
const (
	maxName = 200
	maxMail = 254
)

// tidy answers a text that can be stored, or nothing.
func tidy(text string, most int) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if len(text) > most || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	return text
}

// text answers a claim that is a string.
func (c *claims) text(name string) string {
	var value string
	if json.Unmarshal(c.all[name], &value) != nil {
		return ""
	}
	return value
}

// texts answers a claim that is a list of strings, or one of them.
func (c *claims) texts(name string) []string {
	var list []string
	if json.Unmarshal(c.all[name], &list) == nil {
		return list
	}
	if one := c.text(name); one != "" {
		return []string{one}
	}
	return nil
}

// Satisfies tells whether the provider has asked the person for a second factor, in the words that the settings accept.
func (p *Person) Satisfies(policy *portalconfig.SSO) bool {
	return p.ACR != "" && slices.Contains(policy.AcceptedACR, p.ACR)
}
