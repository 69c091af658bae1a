// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// logoutPatience is how long somebody who has signed out here waits for what the provider says about itself.
const logoutPatience = 3 * time.Second

// Logout answers where a browser signs out at the provider, too, once it has signed out here (OpenID Connect RP-Initiated Logout 1.0, 2);
// empty when the provider has no such page, or does not answer. No ID token is kept to hint at: the provider asks the person instead.
func (s *Service) Logout(ctx context.Context) string {
	policy, err := s.policy()
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, logoutPatience)
	defer cancel()
	found, err := s.providers.of(ctx, policy.IssuerURL)
	if err != nil || found.metadata.EndSession == "" {
		return ""
	}
	address, err := url.Parse(found.metadata.EndSession)
	if err != nil {
		return ""
	}
	query := address.Query()
	query.Set("client_id", policy.ClientID)
	query.Set("post_logout_redirect_uri", s.own(SignedOutPath))
	address.RawQuery = query.Encode()
	return address.String()
}

// ErrOtherPerson : somebody else than the owner of the session proved at the provider who he is.
var ErrOtherPerson = errors.New("another person has signed in at the provider")

// Proves tells whether an answer proves that the owner of a session is still there: the browser set out for this session, and came back with
// the person to whom the account belongs. The account is held. ErrNoStep when it set out for another session, ErrOtherPerson when
// another person came back.
func (a *Answer) Proves(ctx context.Context, tx *store.Tx, sessionID string) error {
	if a.SessionID == "" || a.SessionID != sessionID {
		return ErrNoStep
	}
	owner, err := find(ctx, tx, &a.Person)
	if err != nil {
		return err
	}
	if owner == nil || owner.ID != a.AccountID || owner.Status != account.Active {
		return ErrOtherPerson
	}
	return nil
}
