// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Verdict is what the provider says about client secrets.
type Verdict string

// Verdicts.
const (
	// Taken : the provider takes the client secret.
	Taken Verdict = "Taken"
	// PreviousTaken : it takes only the previous one.
	PreviousTaken Verdict = "PreviousTaken"
	// NoneTaken : it takes none.
	NoneTaken Verdict = "NoneTaken"
	// Unanswered : nobody knows, because the provider does not answer.
	Unanswered Verdict = "Unanswered"
)

// Check asks the provider of the settings in force whether it takes the client secrets, by a code that it has never given away: a provider
// looks at the client before it looks at the code (RFC 6749, 3.2.1 and 5.2), so that it refuses one or the other.
func (s *Service) Check(ctx context.Context, secrets Secrets) Verdict {
	policy, err := s.policy()
	if err != nil {
		return Unanswered
	}
	found, err := s.providers.of(ctx, policy.IssuerURL)
	if err != nil {
		return Unanswered
	}
	ctx = oidc.ClientContext(ctx, s.client)
	for i, secret := range secrets.list() {
		_, err := s.redeem(ctx, found, policy.ClientID, secret, "check-"+rand.Text(), rand.Text()+rand.Text())
		switch {
		case errors.Is(err, ErrClientRefused):
		case errors.Is(err, ErrUnreachable):
			return Unanswered
		case i == 0:
			return Taken
		default:
			return PreviousTaken
		}
	}
	return NoneTaken
}

// Target changes when client secrets should be checked again: for another provider or client, and after a sign-in at which the provider
// refused one.
func (s *Service) Target() string {
	policy, err := s.policy()
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s\x00%s\x00%d", policy.IssuerURL, policy.ClientID, s.doubts.Load())
}
