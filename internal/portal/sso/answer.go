// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Answer is what came of an errand.
type Answer struct {
	Errand
	// AccountID is who was to prove again who he is.
	AccountID string
	Person    Person
}

// Finish takes the provider's answer to a visit: the query of the address to which it sent the browser. The visit's step is over afterwards.
// An answer that fails a check is audited under the request's number.
func (s *Service) Finish(ctx context.Context, visit, requestID string, query url.Values) (*Answer, error) {
	answer, err := s.finish(ctx, visit, query)
	if !errors.Is(err, ErrRefused) {
		return answer, err
	}
	event := audit.Event{
		Event: audit.SSOFailed, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: requestID},
	}
	return nil, errors.Join(err, s.DB.Tx(ctx, func(tx *store.Tx) error { return audit.Append(ctx, tx, event) }))
}

func (s *Service) finish(ctx context.Context, visit string, query url.Values) (*Answer, error) {
	begun, accountID, err := s.take(ctx, visit, query.Get("state"))
	if err != nil {
		return nil, err
	}
	policy, err := s.policy()
	switch {
	case err != nil:
		return nil, err
	case policy.IssuerURL != begun.Issuer || policy.ClientID != begun.ClientID: // the settings have changed meanwhile
		return nil, ErrNoStep
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		return nil, ErrBusy
	}
	found, err := s.providers.of(ctx, policy.IssuerURL)
	if err != nil {
		return nil, err
	}
	if err := judge(found, policy, query); err != nil {
		return nil, err
	}
	person, err := s.fetch(ctx, found, policy, visit, query)
	if err != nil {
		return nil, err
	}
	if begun.SessionID != "" && person.AuthenticatedAt.Before(begun.At.Add(-skew)) {
		return nil, fmt.Errorf("%w: the person was not asked again", ErrRefused)
	}
	return &Answer{Errand: begun.Errand, AccountID: accountID, Person: *person}, nil
}

// take ends the step of a visit whose state an answer brings. An answer with another one, as a stranger would make it up, changes nothing.
func (s *Service) take(ctx context.Context, visit, state string) (begun *begun, accountID string, err error) {
	if visit == "" || state == "" {
		return nil, "", ErrNoStep
	}
	hash := flow.Hash(visit)
	var taken *flow.Step
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		waits, err := flow.Find(ctx, tx, hash, purpose)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(waits.CodeHash), []byte(hashState(state))) != 1 {
			return flow.ErrNone
		}
		taken, err = flow.Take(ctx, tx, hash, purpose)
		return err
	})
	if errors.Is(err, flow.ErrNone) {
		return nil, "", ErrNoStep
	}
	if err != nil {
		return nil, "", err
	}
	begun, err = decode(taken)
	return begun, taken.AccountID, err
}

// judge looks at what the answer itself says.
func judge(found *provider, policy *portalconfig.SSO, query url.Values) error {
	// Another provider's answer (RFC 9207, 2.4).
	if issuer := query.Get("iss"); issuer != policy.IssuerURL && (issuer != "" || found.metadata.NamesIssuer) {
		return fmt.Errorf("%w: it names another issuer", ErrRefused)
	}
	if word := query.Get("error"); word != "" {
		return fmt.Errorf("%w: %s", ErrDeclined, known(word))
	}
	if query.Get("code") == "" {
		return fmt.Errorf("%w: it has neither code nor error", ErrRefused)
	}
	return nil
}

// words of RFC 6749 (4.1.2.1) and OpenID Connect Core 1.0 (3.1.2.6): only these are logged.
var words = []string{
	"invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope", "server_error",
	"temporarily_unavailable", "interaction_required", "login_required", "account_selection_required", "consent_required",
	"invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported", "registration_not_supported",
	"unmet_authentication_requirements",
}

func known(word string) string {
	if slices.Contains(words, word) {
		return word
	}
	return "another error"
}

// fetch exchanges the code of an answer for tokens and reads from them who it is about.
func (s *Service) fetch(ctx context.Context, found *provider, policy *portalconfig.SSO, visit string, query url.Values) (*Person, error) {
	ctx = oidc.ClientContext(ctx, s.client)
	state := query.Get("state")
	tokens, err := s.exchange(ctx, found, policy, query.Get("code"), derive("verifier", visit, state))
	if err != nil {
		return nil, err
	}
	claims, err := verify(ctx, found, policy, tokens, derive("nonce", visit, state))
	if err != nil {
		return nil, err
	}
	if claims.needsMore(policy) && found.metadata.UserInfo != "" {
		if err := claims.complete(ctx, found, tokens); err != nil {
			return nil, err
		}
	}
	return claims.person(policy), nil
}

// exchange gives the code away for tokens, with the client secret or, while the provider does not take that, with the previous one.
func (s *Service) exchange(ctx context.Context, found *provider, policy *portalconfig.SSO, code, verifier string) (*oauth2.Token, error) {
	secrets, mounted := s.Secrets()
	if !mounted {
		return nil, fmt.Errorf("%w: none is mounted", ErrClientRefused)
	}
	var refused error
	for _, secret := range secrets.list() {
		var tokens *oauth2.Token
		tokens, refused = s.redeem(ctx, found, policy.ClientID, secret, code, verifier)
		if !errors.Is(refused, ErrClientRefused) {
			return tokens, refused
		}
		s.doubts.Add(1)
	}
	return nil, refused
}

// redeem calls the token endpoint once.
func (s *Service) redeem(ctx context.Context, found *provider, clientID, secret, code, verifier string) (*oauth2.Token, error) {
	tokens, err := found.config(clientID, secret, s.redirectURI()).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, faultOf(err)
	}
	return tokens, nil
}

// list is the order in which secrets are tried.
func (s Secrets) list() []string {
	if s.Previous == "" || s.Previous == s.Secret {
		return []string{s.Secret}
	}
	return []string{s.Secret, s.Previous}
}

// faultOf sorts what the token endpoint answers. The text of the answer is not kept: it may hold anything.
func faultOf(err error) error {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok:
		return fmt.Errorf("%w: exchanging a code: %w", ErrUnreachable, withoutAddress(err))
	case answer.ErrorCode == "invalid_client", answer.ErrorCode == "unauthorized_client", answer.ErrorCode == "" && answer.Response.StatusCode == http.StatusUnauthorized:
		return ErrClientRefused
	case answer.Response.StatusCode >= http.StatusInternalServerError, answer.ErrorCode == "":
		return fmt.Errorf("%w: exchanging a code: status %d", ErrUnreachable, answer.Response.StatusCode)
	default: // invalid_grant and the like: the code is not one that this portal may exchange
		return fmt.Errorf("%w: status %d at the exchange of its code", ErrRefused, answer.Response.StatusCode)
	}
}

// withoutAddress takes the address out of an error of the client: it is known, and may hold what is not to be logged.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// decode reads the detail of a step.
func decode(stored *flow.Step) (*begun, error) {
	read := &begun{At: stored.ProvedAt}
	if err := json.Unmarshal([]byte(stored.Detail), &read.step); err != nil {
		return nil, fmt.Errorf("reading a step: %w", err)
	}
	return read, nil
}
