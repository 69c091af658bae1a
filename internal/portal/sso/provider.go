// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	// metadataLife is how long the provider's metadata are used before they are read again. When they cannot be, the old ones stay in use.
	metadataLife = time.Hour
	// pause is how long a provider is left alone that did not answer: a page that says so must not wait every time.
	pause = 5 * time.Second
)

// algorithms of signatures that are accepted: asymmetric ones only, so that neither "none" nor a client secret signs anything (RFC 8725,
// 3.1 and 3.2). A provider's metadata can only shorten the list.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// provider is what the metadata of an issuer say.
type provider struct {
	*oidc.Provider
	metadata metadata
	read     time.Time
}

// metadata are those of OpenID Connect Discovery 1.0 (3), RP-Initiated Logout 1.0 (2.1) and RFC 9207 (3) that the portal acts on.
type metadata struct {
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Login         []string `json:"token_endpoint_auth_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
	NamesIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
}

// providers keeps the metadata of the issuer in use.
type providers struct {
	client *http.Client
	once   singleflight.Group

	mu     sync.Mutex
	issuer string
	known  *provider
	failed time.Time
	err    error
}

// of answers the metadata of an issuer, read at most once an hour.
func (p *providers) of(ctx context.Context, issuer string) (*provider, error) {
	known, err := p.remembered(issuer)
	if known != nil || err != nil {
		return known, err
	}
	// Whoever goes away does not keep the others who wait from the answer.
	asked := p.once.DoChan(issuer, func() (any, error) { return p.learn(context.WithoutCancel(ctx), issuer) })
	select {
	case answer := <-asked:
		if answer.Err != nil {
			return nil, answer.Err
		}
		return answer.Val.(*provider), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: reading its metadata: %w", ErrUnreachable, ctx.Err())
	}
}

// remembered answers what is known and young enough, or why there is nothing; both nil when the issuer is to be asked.
func (p *providers) remembered(issuer string) (*provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.issuer != issuer {
		p.issuer, p.known, p.err, p.failed = issuer, nil, nil, time.Time{}
	}
	resting := time.Since(p.failed) < pause
	switch {
	case p.known != nil && (resting || time.Since(p.known.read) < metadataLife):
		return p.known, nil
	case p.known == nil && resting:
		return nil, p.err
	default:
		return nil, nil
	}
}

// learn reads the metadata. When that fails, the older ones of the issuer are as good as they were.
func (p *providers) learn(ctx context.Context, issuer string) (*provider, error) {
	read, err := discover(oidc.ClientContext(ctx, p.client), issuer)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.issuer != issuer { // the settings have changed meanwhile
		return read, err
	}
	if err != nil {
		p.failed, p.err = time.Now(), err
		if p.known != nil {
			return p.known, nil
		}
		return nil, err
	}
	p.known, p.err, p.failed = read, nil, time.Time{}
	return read, nil
}

// discover reads and checks an issuer's metadata. The context is kept for reading keys.
func discover(ctx context.Context, issuer string) (*provider, error) {
	found, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: reading its metadata: %w", ErrUnreachable, err)
	}
	p := &provider{Provider: found, read: time.Now()}
	if err := found.Claims(&p.metadata); err != nil {
		return nil, fmt.Errorf("%w: reading its metadata: %w", ErrUnreachable, err)
	}
	for name, address := range map[string]string{
		"authorization_endpoint": p.metadata.Authorization, "token_endpoint": p.metadata.Token, "jwks_uri": p.metadata.Keys,
	} {
		if !safe(address, issuer) {
			return nil, fmt.Errorf("%w: its %s is no https address", ErrUnreachable, name)
		}
	}
	for _, optional := range []*string{&p.metadata.EndSession, &p.metadata.UserInfo} {
		if !safe(*optional, issuer) {
			*optional = ""
		}
	}
	if len(p.algorithms()) == 0 {
		return nil, fmt.Errorf("%w: it signs with none of %s", ErrUnreachable, strings.Join(algorithms, ", "))
	}
	return p, nil
}

// safe tells whether an address has TLS, or none because the issuer itself is on this machine.
func safe(address, issuer string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	of, err := url.Parse(issuer)
	return u.Scheme == "https" || (err == nil && of.Scheme == "http" && u.Scheme == "http" && u.Host == of.Host)
}

// algorithms are those that the provider uses and the portal accepts.
func (p *provider) algorithms() []string {
	if len(p.metadata.Algorithms) == 0 {
		return []string{oidc.RS256}
	}
	var both []string
	for _, name := range algorithms {
		if slices.Contains(p.metadata.Algorithms, name) {
			both = append(both, name)
		}
	}
	return both
}

// config is how the portal speaks with the provider as a client.
func (p *provider) config(clientID, secret, redirectURI string) *oauth2.Config {
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if methods := p.metadata.Login; len(methods) > 0 && !slices.Contains(methods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	scopes := []string{oidc.ScopeOpenID, "profile", "email"}
	if slices.Contains(p.metadata.Scopes, "groups") {
		scopes = append(scopes, "groups")
	}
	return &oauth2.Config{ClientID: clientID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: redirectURI, Scopes: scopes}
}
