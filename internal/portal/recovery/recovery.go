// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package recovery helps people who forgot their password or their username. Whoever asks has proved nothing and learns nothing: every
// request does the same work and gets the same answer, whether there is such an account or not. What it leads to is decided a moment later
// by a worker, and only the owner of the address sees it. A request never changes or locks an account.
//
// A link or a code lets its holder choose a new password, once. That signs nobody in: the sign-in that follows asks for the second
// factor as always.
package recovery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Options are what a Service works with.
type Options struct {
	DB     *store.DB
	Hasher *password.Hasher
	// Keys key codes and the counters of addresses.
	Keys *sessionkey.Ring
	// Settings answers the settings in force.
	Settings func() *portalconfig.Settings
	// Judge refuses a new password that the policy does not allow; the words are what an attacker knows.
	Judge func(chosen string, a *account.Account, words []string) error
	// Mail and SMS are true when the portal has a mail server and a gateway for text messages.
	Mail, SMS bool
	Logger    *slog.Logger
}

// Service takes requests and sets new passwords; Work decides what requests lead to.
type Service struct{ Options }

// New makes a service.
func New(options Options) *Service { return &Service{options} }

// Lives of links and codes where the settings say nothing.
const (
	defaultLinkMinutes = 30
	defaultCodeMinutes = 10
)

// LinkLife is how long a mailed link is good.
func LinkLife(settings *portalconfig.Settings) time.Duration {
	minutes := int32(defaultLinkMinutes)
	if own := settings.Auth.Recovery; own != nil && own.LinkMinutes > 0 {
		minutes = own.LinkMinutes
	}
	return time.Duration(minutes) * time.Minute
}

// CodeLife is how long after the request a code is good.
func CodeLife(settings *portalconfig.Settings) time.Duration {
	minutes := int32(defaultCodeMinutes)
	if own := settings.Auth.Recovery; own != nil && own.CodeMinutes > 0 {
		minutes = own.CodeMinutes
	}
	return time.Duration(minutes) * time.Minute
}

// Channels that are offered to everybody, in the order of the settings: those that the portal has.
func (s *Service) Channels() []outbox.Channel {
	wanted := []string{portalconfig.ChannelMail}
	if own := s.Settings().Auth.Recovery; own != nil && len(own.Channels) > 0 {
		wanted = own.Channels
	}
	var offered []outbox.Channel
	for _, name := range wanted {
		if name == portalconfig.ChannelMail && s.Mail || name == portalconfig.ChannelSMS && s.SMS {
			offered = append(offered, outbox.Channel(name))
		}
	}
	return offered
}

// Origin is where a request came from.
type Origin struct {
	// Address of the client, behind the trusted proxies.
	Address netip.Addr
	// RequestID is the reference number of the request.
	RequestID string
	// Flow is the visit to the forms: a code is good only there.
	Flow string
}

// What a request wants.
const (
	wantPassword = "Password"
	wantUsername = "Username"
)

// WaitError : too many requests or codes from one address.
type WaitError struct{ RetryAfter time.Duration }

// Error says how long to wait.
func (e *WaitError) Error() string { return fmt.Sprintf("too many requests: wait %s", e.RetryAfter) }

// ErrChannel : the channel is not offered.
var ErrChannel = errors.New("this way of recovery is not offered")

// maxName is the most bytes of a name that is looked up; longer ones are nobody's.
const maxName = 320

// purpose of the step in which a code is entered.
const purpose flow.Purpose = "Recovery"

// Password asks for a way to a new password for a username. It does the same for every name. *WaitError when the address has asked too
// often, ErrChannel when the channel is not offered.
func (s *Service) Password(ctx context.Context, username string, channel outbox.Channel, origin Origin) error {
	if !slices.Contains(s.Channels(), channel) {
		return ErrChannel
	}
	return s.ask(ctx, request{wanted: wantPassword, name: username, channel: channel}, origin)
}

// Username asks for the usernames that belong to a mail address, to be mailed there. It does the same for every address. *WaitError and
// ErrChannel as Password.
func (s *Service) Username(ctx context.Context, mail string, origin Origin) error {
	if !s.Mail {
		return ErrChannel
	}
	return s.ask(ctx, request{wanted: wantUsername, name: mail, channel: outbox.Mail}, origin)
}

// request is what somebody asks for.
type request struct {
	wanted, name        string
	channel             outbox.Channel
	flowHash, requestID string
}

// ask counts the address and queues the request. A request for a code also opens the step in which the code is entered, about nobody yet;
// an earlier code of the visit is void by that.
func (s *Service) ask(ctx context.Context, r request, origin Origin) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("naming a request: %w", err)
	}
	if r.name = strings.TrimSpace(r.name); len(r.name) > maxName {
		r.name = ""
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if err := s.countAddress(ctx, tx, requestsOfAddress, origin.Address); err != nil {
			return err
		}
		if r.channel == outbox.SMS {
			if err := flow.Put(ctx, tx, flow.Hash(origin.Flow), purpose, flow.Step{}, CodeLife(s.Settings())); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO recovery_requests (id, wanted, name, channel, flow_hash, request_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id.String(), r.wanted, r.name, string(r.channel), flow.Hash(origin.Flow), origin.RequestID, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("queueing a request: %w", err)
		}
		return nil
	})
}
