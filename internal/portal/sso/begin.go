// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// purpose is that of the step in which the browser is at the provider.
const purpose flow.Purpose = "SSO"

// Errand is why a browser goes to the provider.
type Errand struct {
	// Next is the page to go on to.
	Next string `json:"next,omitempty"`
	// SessionID is the session whose owner proves again who he is; empty for a sign-in.
	SessionID string `json:"sessionID,omitempty"`
}

// step is what is stored while the browser is at the provider.
type step struct {
	Errand   `json:",inline"`
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientID"`
}

// begun is a step that was taken.
type begun struct {
	step
	// At is when the browser set out.
	At time.Time
}

// Begin opens the step of a visit in which its browser is at the provider, and answers the address to go to. accountID is who proves
// again who he is; empty for a sign-in.
func (s *Service) Begin(ctx context.Context, visit, accountID string, errand Errand) (address string, err error) {
	policy, err := s.policy()
	if err != nil {
		return "", err
	}
	found, err := s.providers.of(ctx, policy.IssuerURL)
	if err != nil {
		return "", err
	}
	state := rand.Text() + rand.Text() // twice 128 bits and more
	detail, err := json.Marshal(step{Errand: errand, Issuer: policy.IssuerURL, ClientID: policy.ClientID})
	if err != nil {
		return "", fmt.Errorf("encoding a step: %w", err)
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		return flow.Put(ctx, tx, flow.Hash(visit), purpose, flow.Step{
			AccountID: accountID, CodeHash: hashState(state), Detail: string(detail),
		}, stepLife)
	})
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(derive("nonce", visit, state)), oauth2.S256ChallengeOption(derive("verifier", visit, state)),
	}
	return found.config(policy.ClientID, "", s.redirectURI()).AuthCodeURL(state, append(options, wishes(policy, errand)...)...), nil
}

// wishes are what the provider is asked for besides.
func wishes(policy *portalconfig.SSO, errand Errand) []oauth2.AuthCodeOption {
	var options []oauth2.AuthCodeOption
	if len(policy.AcceptedACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(policy.AcceptedACR, " ")))
	}
	if errand.SessionID != "" { // OpenID Connect Core 1.0, 3.1.2.1
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return options
}

// derive makes the secrets of a step from two that are never stored: the visit, which only the browser's cookie holds, and the state, which
// only the provider's answer brings back. An answer that reaches another browser is worth nothing there.
func derive(what, visit, state string) string {
	sum := sha256.Sum256([]byte("single sign-on " + what + "\x00" + visit + "\x00" + state))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func hashState(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}
