// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/sso"
)

func TestTheProviderIsAskedOnce(t *testing.T) {
	b := newBent(t)
	for range 5 {
		b.begin(visit, sso.Errand{})
	}
	if b.asked != 1 {
		t.Errorf("the provider was asked %d times what it can do", b.asked)
	}
	b.server.Close()
	if _, err := b.service.Begin(t.Context(), visit, "", sso.Errand{}); err != nil {
		t.Errorf("what is known is of no use while the provider is down: %v", err)
	}
}

func TestMetadataThatAreNotUsed(t *testing.T) {
	tests := map[string]func(*bent){
		"of another issuer":              func(b *bent) { b.metadata["issuer"] = "https://elsewhere.example" },
		"an endpoint without TLS":        func(b *bent) { b.metadata["token_endpoint"] = "http://elsewhere.example/token" },
		"an endpoint that is no address": func(b *bent) { b.metadata["authorization_endpoint"] = "javascript:alert(1)" },
		"no keys":                        func(b *bent) { delete(b.metadata, "jwks_uri") },
		"only signatures that prove little": func(b *bent) {
			b.metadata["id_token_signing_alg_values_supported"] = []string{"HS256", "none"}
		},
		"an error": func(b *bent) { b.status = 503 },
	}
	for name, bend := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBent(t)
			bend(b)
			started := time.Now()
			for range 3 {
				if address, err := b.service.Begin(t.Context(), visit, "", sso.Errand{}); !errors.Is(err, sso.ErrUnreachable) {
					t.Fatalf("got %q, %v", address, err)
				}
			}
			if b.asked > 1 && time.Since(started) < 5*time.Second {
				t.Errorf("a provider that cannot be used was asked %d times", b.asked)
			}
		})
	}
}

func TestAProviderThatHangsKeepsNobody(t *testing.T) {
	b := newBent(t)
	b.mu.Lock() // it accepts connections and says nothing
	defer b.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.service.Begin(ctx, visit, "", sso.Errand{}); !errors.Is(err, sso.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestWhetherTheProviderTakesTheSecrets(t *testing.T) {
	tests := map[string]struct {
		secrets sso.Secrets
		bend    func(*bent)
		want    sso.Verdict
	}{
		"the client secret":     {sso.Secrets{Secret: secret}, nil, sso.Taken},
		"both":                  {sso.Secrets{Secret: secret, Previous: "old"}, nil, sso.Taken},
		"only the previous one": {sso.Secrets{Secret: "new", Previous: secret}, nil, sso.PreviousTaken},
		"none":                  {sso.Secrets{Secret: "new", Previous: "old"}, nil, sso.NoneTaken},
		"nobody knows":          {sso.Secrets{Secret: secret}, func(b *bent) { b.server.Close() }, sso.Unanswered},
		"no provider any more":  {sso.Secrets{Secret: secret}, func(b *bent) { b.settings.Auth.SSO = nil }, sso.Unanswered},
		"a provider that fails": {sso.Secrets{Secret: secret}, func(b *bent) { b.status = 500 }, sso.Unanswered},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBent(t)
			if test.bend != nil {
				test.bend(b)
			}
			if got := b.service.Check(t.Context(), test.secrets); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// While the provider exchanges secrets the previous one signs in, and the check knows that it has to ask again.
func TestThePreviousSecretSignsIn(t *testing.T) {
	b := newBent(t)
	b.secrets = sso.Secrets{Secret: "the-next-one", Previous: secret}
	target := b.service.Target()
	b.begin(visit, sso.Errand{})
	if _, err := b.finish(b.back()); err != nil {
		t.Fatal(err)
	}
	if b.service.Target() == target {
		t.Error("the check of the secrets does not learn that one was refused")
	}
	b.takes, target = "the-next-one", b.service.Target()
	b.begin(visit, sso.Errand{})
	if _, err := b.finish(b.back()); err != nil {
		t.Fatal(err)
	}
	if b.service.Target() != target {
		t.Error("a sign-in with the first secret makes the check ask again")
	}
}

func TestWhereSomebodySignsOut(t *testing.T) {
	b := newBent(t)
	address, err := url.Parse(b.service.Logout(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	if address.Path != "/end" || query.Get("keep") != "this" || query.Get("client_id") != clientID ||
		query.Get("post_logout_redirect_uri") != "https://dealers.us.example/sign-in/sso/signed-out" {
		t.Errorf("got %s", address)
	}
	without := newBent(t)
	delete(without.metadata, "end_session_endpoint")
	if got := without.service.Logout(t.Context()); got != "" {
		t.Errorf("got %q from a provider that has no such page", got)
	}
	elsewhere := newBent(t)
	elsewhere.metadata["end_session_endpoint"] = "http://elsewhere.example/"
	if got := elsewhere.service.Logout(t.Context()); got != "" {
		t.Errorf("got %q, which has no TLS", got)
	}
}
