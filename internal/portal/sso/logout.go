// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
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

// Prove notes that the owner of a session has proved again who he is, and answers the session's new token for the cookie: the answer must be
// about the owner of the session for which the browser set out, and that session must still be the browser's.
func (s *Service) Prove(ctx context.Context, answer *Answer, sessionID, requestID string) (token string, err error) {
	if answer.SessionID == "" || answer.SessionID != sessionID {
		return "", ErrNoStep
	}
	other := false
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		var owner *account.Account
		owner, err := find(ctx, tx, &answer.Person)
		if err != nil {
			return err
		}
		event := audit.Event{
			Event: audit.Reauthenticated, AccountID: answer.AccountID, Reason: "SSO",
			Actor: audit.Actor{Class: audit.ActorAccount, ID: answer.AccountID, RequestID: requestID},
		}
		if other = owner == nil || owner.ID != answer.AccountID || owner.Status != account.Active; other {
			event.Event, event.Reason = audit.ReauthenticationFailed, "OtherPerson"
			return audit.Append(ctx, tx, event)
		}
		if token, err = session.Prove(ctx, tx, sessionID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, event)
	})
	if err == nil && other {
		err = ErrOtherPerson
	}
	return token, err
}
