// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"crypto/x509"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestWhatTheProviderIsAskedFor(t *testing.T) {
	b := newBent(t)
	b.begin(visit, sso.Errand{Next: "/people"})
	want := url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "scope": {"openid profile email"}, "code_challenge_method": {"S256"},
		"redirect_uri": {"https://dealers.us.example/sign-in/sso/callback"}, "acr_values": {"two-factors"},
	}
	got := url.Values{}
	for name, values := range b.begun {
		if name != "state" && name != "nonce" && name != "code_challenge" {
			got[name] = values
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected question (-want +got):\n%s", diff)
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(b.begun.Get(name)) < 43 {
			t.Errorf("%s %q has less than 256 bits", name, b.begun.Get(name))
		}
	}
	stored := storetest.Value[string](t, b.db, "SELECT flow_hash || code_hash || detail FROM flows WHERE purpose = 'SSO'")
	for _, hidden := range []string{visit, b.begun.Get("state"), b.begun.Get("nonce")} {
		if strings.Contains(stored, hidden) {
			t.Errorf("%q is stored as it is", hidden)
		}
	}
	// Who proves again who he is is asked for it whatever the provider remembers.
	b.begin(visit, sso.Errand{SessionID: "s"})
	if b.begun.Get("prompt") != "login" || b.begun.Get("max_age") != "0" {
		t.Errorf("asked %v", b.begun)
	}
}

func TestAnAnswerTellsWhoCame(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		b := newBentOn(t, db)
		b.begin(visit, sso.Errand{Next: "/people"})
		answer, err := b.finish(b.back())
		if err != nil {
			t.Fatal(err)
		}
		want := sso.Person{
			Issuer: b.server.URL, Subject: "s-1", Name: "Dana Desk", Username: "dana", Mail: "dana@northstar.example", Groups: []string{"desk"}, ACR: "two-factors",
		}
		if diff := cmp.Diff(want, answer.Person, cmpopts.IgnoreFields(sso.Person{}, "AuthenticatedAt")); diff != "" || answer.Next != "/people" {
			t.Errorf("unexpected person (-want +got):\n%s", diff)
		}
		if _, err := b.finish(b.back()); !errors.Is(err, sso.ErrNoStep) {
			t.Errorf("the same answer again gives %v", err)
		}
	})
}

// Every case is an answer that no honest provider gives, or one that was meant for somebody else.
func TestAnswersThatAreRefused(t *testing.T) {
	claim := func(name string, value any) func(*bent, url.Values) {
		return func(b *bent, _ url.Values) { b.claims[name] = value }
	}
	tests := map[string]struct {
		bend func(b *bent, query url.Values)
		want error
	}{
		"a token that nobody signed":                     {func(b *bent, _ url.Values) { b.sign = unsigned }, sso.ErrRefused},
		"a token signed with the client secret":          {func(b *bent, _ url.Values) { b.sign = b.signWith(jose.HS256, []byte(secret)) }, sso.ErrRefused},
		"a token signed with the public key as a secret": {signedWithPublicKey, sso.ErrRefused},
		"a token signed with another key":                {func(b *bent, _ url.Values) { b.sign = b.signWith(jose.RS256, wrongKey()) }, sso.ErrRefused},
		"an algorithm that the provider does not use":    {func(b *bent, _ url.Values) { b.sign = b.signWith(jose.PS256, rightKey()) }, sso.ErrRefused},
		"a token that was changed":                       {changedToken, sso.ErrRefused},
		"no ID token":                                    {func(b *bent, _ url.Values) { b.answer = map[string]any{"id_token": ""} }, sso.ErrRefused},
		"a token of another issuer":                      {claim("iss", "https://elsewhere.example"), sso.ErrRefused},
		"a token for another client":                     {claim("aud", "another-client"), sso.ErrRefused},
		"a token for two clients without a party":        {claim("aud", []string{clientID, "another-client"}), sso.ErrRefused},
		"a token of another party":                       {claim("azp", "another-client"), sso.ErrRefused},
		"a token that has expired":                       {claim("exp", time.Now().Add(-time.Minute).Unix()), sso.ErrRefused},
		"a token without an end":                         {claim("exp", nil), sso.ErrRefused},
		"a token that is not good yet":                   {claim("nbf", time.Now().Add(time.Hour).Unix()), sso.ErrRefused},
		"a token from the future":                        {claim("iat", time.Now().Add(time.Hour).Unix()), sso.ErrRefused},
		"a token for another sign-in":                    {claim("nonce", "the-nonce-of-another-sign-in"), sso.ErrRefused},
		"a token without a nonce":                        {claim("nonce", nil), sso.ErrRefused},
		"a token about nobody":                           {claim("sub", ""), sso.ErrRefused},
		"a subject that is too long":                     {claim("sub", strings.Repeat("s", 256)), sso.ErrRefused},
		"an access token of another ID token":            {claim("at_hash", "c29tZXRoaW5nIGVsc2U"), sso.ErrRefused},
		"user info about somebody else":                  {userInfoOfAnother, sso.ErrRefused},
		"the issuer of another provider":                 {func(_ *bent, q url.Values) { q.Set("iss", "https://elsewhere.example") }, sso.ErrRefused},
		"no issuer where one was promised":               {promisedIssuer, sso.ErrRefused},
		"neither code nor error":                         {func(_ *bent, q url.Values) { q.Del("code") }, sso.ErrRefused},
		"a code that the provider does not know":         {func(_ *bent, q url.Values) { q.Set("code", "another") }, sso.ErrRefused},
		"an error of the provider":                       {func(_ *bent, q url.Values) { q.Set("error", "access_denied") }, sso.ErrDeclined},
		"another state":                                  {func(_ *bent, q url.Values) { q.Set("state", "another") }, sso.ErrNoStep},
		"no state":                                       {func(_ *bent, q url.Values) { q.Del("state") }, sso.ErrNoStep},
		"an answer after ten minutes":                    {tooLate, sso.ErrNoStep},
		"another provider in the settings":               {func(b *bent, _ url.Values) { b.settings.Auth.SSO.IssuerURL += "/other" }, sso.ErrNoStep},
		"another client in the settings":                 {func(b *bent, _ url.Values) { b.settings.Auth.SSO.ClientID = "other" }, sso.ErrNoStep},
		"no provider in the settings":                    {func(b *bent, _ url.Values) { b.settings.Auth.SSO = nil }, sso.ErrOff},
		"no client secret":                               {func(b *bent, _ url.Values) { b.secrets = sso.Secrets{} }, sso.ErrClientRefused},
		"a client secret that the provider refuses":      {func(b *bent, _ url.Values) { b.secrets.Secret = "wrong" }, sso.ErrClientRefused},
		"a provider that fails":                          {func(b *bent, _ url.Values) { b.status = 500 }, sso.ErrUnreachable},
		"a provider that has gone":                       {func(b *bent, _ url.Values) { b.server.Close() }, sso.ErrUnreachable},
		"an answer without end":                          {func(b *bent, _ url.Values) { b.answer = map[string]any{"x": strings.Repeat("x", 2<<20)} }, sso.ErrUnreachable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBent(t)
			b.begin(visit, sso.Errand{})
			query := b.back()
			test.bend(b, query)
			answer, err := b.finish(query)
			if answer != nil || !errors.Is(err, test.want) {
				t.Fatalf("got %v, %v, want %v", answer, err, test.want)
			}
			audited := storetest.Value[int](t, b.db, "SELECT COUNT(*) FROM audit_events WHERE event = 'authn_sso_fail' AND request_id = 'TEST-0001'")
			if refused := errors.Is(err, sso.ErrRefused); refused != (audited == 1) {
				t.Errorf("%d events", audited)
			}
			if strings.Contains(err.Error(), "northstar") || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "the-code") {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

func signedWithPublicKey(b *bent, _ url.Values) {
	public, err := x509.MarshalPKIXPublicKey(rightKey().Public())
	if err != nil {
		b.Fatal(err)
	}
	b.sign = b.signWith(jose.HS256, public)
}

func changedToken(b *bent, _ url.Values) {
	right := b.sign
	b.sign = func(payload []byte) string {
		head, rest, _ := strings.Cut(right(payload), ".")
		_, signature, _ := strings.Cut(rest, ".")
		_, changed, _ := strings.Cut(unsigned([]byte(strings.Replace(string(payload), "s-1", "s-2", 1))), ".")
		return head + "." + changed + signature
	}
}

func userInfoOfAnother(b *bent, _ url.Values) {
	b.claims["groups"] = nil
	b.userInfo = map[string]any{"sub": "s-2", "groups": []string{"desk"}}
}

func promisedIssuer(b *bent, _ url.Values) {
	b.metadata["authorization_response_iss_parameter_supported"] = true
	b.service = sso.New(b.service.Options) // which knows nothing of the provider yet
}

func tooLate(b *bent, _ url.Values) {
	storetest.Exec(b.T, b.db, "UPDATE flows SET expires_at = expires_at - $1", (10 * time.Minute).Microseconds())
}

// An answer counts only in the browser that set out, and one for another visit does not disturb it.
func TestAnswersInAnotherBrowserAreWorthNothing(t *testing.T) {
	b := newBent(t)
	b.begin("the visit of an attacker", sso.Errand{})
	attackers := b.back()
	b.begin(visit, sso.Errand{})
	mine := b.back()
	if _, err := b.finish(attackers); !errors.Is(err, sso.ErrNoStep) {
		t.Errorf("the answer of another flow gives %v", err)
	}
	if _, err := b.service.Finish(t.Context(), "", "TEST-0001", mine); !errors.Is(err, sso.ErrNoStep) {
		t.Errorf("an answer without a visit gives %v", err)
	}
	if _, err := b.finish(mine); err != nil {
		t.Errorf("the right answer gives %v", err)
	}
}

// The code of one sign-in is worth nothing in another one: the provider holds the challenge against the verifier.
func TestACodeOfAnotherSignInIsRefused(t *testing.T) {
	b := newBent(t)
	b.begin(visit, sso.Errand{})
	query := b.back()
	b.begun.Set("code_challenge", "that-of-another-sign-in")
	if _, err := b.finish(query); !errors.Is(err, sso.ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestWhoProvesAgainMustHaveBeenAskedAgain(t *testing.T) {
	tests := map[string]struct {
		at   any
		want error
	}{
		"just now":            {time.Now().Unix(), nil},
		"an hour ago":         {time.Now().Add(-time.Hour).Unix(), sso.ErrRefused},
		"at an unknown time":  {nil, sso.ErrRefused},
		"at no time, in text": {"now", sso.ErrRefused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBent(t)
			b.begin(visit, sso.Errand{SessionID: "the-session"})
			b.claims["auth_time"] = test.at
			if _, err := b.finish(b.back()); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestTheUserInfoCompletesTheToken(t *testing.T) {
	b := newBent(t)
	b.begin(visit, sso.Errand{})
	b.claims["groups"], b.claims["email"], b.claims["email_verified"], b.claims["name"] = nil, nil, nil, "From the token"
	b.userInfo = map[string]any{
		"sub": "s-1", "groups": "desk", "email": "dana@northstar.example", "email_verified": "true", "name": "From the user info",
	}
	answer, err := b.finish(b.back())
	if err != nil {
		t.Fatal(err)
	}
	p := answer.Person
	if !cmp.Equal(p.Groups, []string{"desk"}) || p.Mail != "dana@northstar.example" || p.Name != "From the token" {
		t.Errorf("got %+v", p)
	}
}

// An address of the token is not verified by what the user info says of another one.
func TestAnAddressAndItsVerificationBelongTogether(t *testing.T) {
	b := newBent(t)
	b.begin(visit, sso.Errand{})
	b.claims["groups"], b.claims["email_verified"] = nil, nil
	b.userInfo = map[string]any{"sub": "s-1", "groups": []string{"desk"}, "email": "other@northstar.example", "email_verified": true}
	answer, err := b.finish(b.back())
	if err != nil {
		t.Fatal(err)
	}
	if answer.Person.Mail != "" {
		t.Errorf("the address %q counts as verified", answer.Person.Mail)
	}
}
