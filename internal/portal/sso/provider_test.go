// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

const (
	clientID = "dealer-portal"
	secret   = "a-secret-that-only-the-provider-knows"
	visit    = "a-visit-to-the-forms"
)

// keys of providers. Making them takes a moment.
var rightKey, wrongKey = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// bent is a provider that says what a test wants: what a real one would never say cannot be tried with a real one.
type bent struct {
	*testing.T
	server   *httptest.Server
	db       *store.DB
	service  *sso.Service
	settings *portalconfig.Settings
	secrets  sso.Secrets

	mu sync.Mutex
	// metadata, claims, userInfo and answer are what it says; sign makes the ID token.
	metadata, claims, userInfo, answer map[string]any
	sign                               func(payload []byte) string
	// status of every answer, when it is not 0; asked counts questions for metadata.
	status, asked int
	// begun is the address with which the browser came.
	begun url.Values
	// takes is the client secret that it takes.
	takes string
}

func newBent(t *testing.T) *bent {
	t.Helper()
	return newBentOn(t, storetest.Open(t, storetest.SQLite(t)))
}

func newBentOn(t *testing.T, db *store.DB) *bent {
	t.Helper()
	b := &bent{T: t, db: db, takes: secret, secrets: sso.Secrets{Secret: secret}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", b.serveMetadata)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		b.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rightKey().Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", b.serveToken)
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, _ *http.Request) { b.write(w, b.userInfo) })
	b.server = httptest.NewServer(mux)
	t.Cleanup(b.server.Close)
	issuer := b.server.URL
	b.metadata = map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/auth", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
		"userinfo_endpoint": issuer + "/me", "end_session_endpoint": issuer + "/end?keep=this",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}
	b.claims = map[string]any{
		"iss": issuer, "sub": "s-1", "aud": clientID, "email": "dana@northstar.example", "email_verified": true, "name": "Dana Desk",
		"preferred_username": "dana", "groups": []string{"desk"}, "acr": "two-factors",
	}
	b.sign = b.signWith(jose.RS256, rightKey())
	b.settings = &portalconfig.Settings{Auth: portalconfig.Auth{SSO: &portalconfig.SSO{
		IssuerURL: issuer, ClientID: clientID, GroupsClaim: "groups", ServiceDeskGroups: []string{"desk"}, UserGroups: []string{"staff"},
		AcceptedACR: []string{"two-factors"}, PasswordSignIn: portalconfig.PasswordBreakGlassOnly,
	}}}
	b.service = sso.New(sso.Options{
		DB: b.db, Settings: func() *portalconfig.Settings { return b.settings }, Logger: slog.New(slog.DiscardHandler),
		Secrets:   func() (sso.Secrets, bool) { return b.secrets, b.secrets.Secret != "" },
		PublicURL: &url.URL{Scheme: "https", Host: "dealers.us.example"},
	})
	return b
}

func (b *bent) write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if b.status != 0 {
		w.WriteHeader(b.status)
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (b *bent) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	b.write(w, b.metadata)
}

// serveToken is as strict as a real one: client, PKCE and redirect URI must fit.
func (b *bent) serveToken(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, given, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case id != clientID || given != b.takes:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		b.write(w, map[string]string{"error": "invalid_client"})
		return
	case r.PostFormValue("code") != "the-code" || challenge != b.begun.Get("code_challenge") || r.PostFormValue("redirect_uri") != b.begun.Get("redirect_uri"):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		b.write(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "nonce": b.begun.Get("nonce"), "auth_time": time.Now().Unix(),
	}
	maps.Copy(claims, b.claims)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		b.Error(err)
	}
	answer := map[string]any{"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": b.sign(payload)}
	maps.Copy(answer, b.answer)
	b.write(w, answer)
}

// signWith signs with a key, under the key id of the right one.
func (b *bent) signWith(algorithm jose.SignatureAlgorithm, key any) func([]byte) string {
	return func(payload []byte) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
		if err != nil {
			b.Error(err)
			return ""
		}
		signed, err := signer.Sign(payload)
		if err != nil {
			b.Error(err)
			return ""
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			b.Error(err)
		}
		return token
	}
}

// unsigned makes a token that says of itself that nobody has signed it.
func unsigned(payload []byte) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
}

// begin sends the browser of a visit to the provider.
func (b *bent) begin(visit string, errand sso.Errand) {
	b.Helper()
	address, err := b.service.Begin(b.Context(), visit, "", errand)
	if err != nil {
		b.Fatal(err)
	}
	target, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, b.server.URL+"/auth?") {
		b.Fatalf("the browser is sent to %s, %v", address, err)
	}
	b.begun = target.Query()
}

// back is the query with which the browser comes back.
func (b *bent) back() url.Values {
	return url.Values{"state": {b.begun.Get("state")}, "code": {"the-code"}}
}

// finish takes an answer in the visit that set out.
func (b *bent) finish(query url.Values) (*sso.Answer, error) {
	return b.service.Finish(b.Context(), visit, "TEST-0001", query)
}
