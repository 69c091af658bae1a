// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sso signs corporate people in by their own provider: OpenID Connect, authorization code flow with PKCE. What comes back is
// bound to the browser that set out, is good once and for ten minutes, and counts only after every check of its token. An
// account belongs to the pair of issuer and subject and to nothing else: neither a mail address nor a username ever links one.
package sso

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Paths that the provider sends browsers to. They are registered there, below the configured host.
const (
	CallbackPath  = "/sign-in/sso/callback"
	SignedOutPath = "/sign-in/sso/signed-out"
)

// Faults of a sign-in by the provider. Each has a text of its own on the pages.
var (
	// ErrOff : the settings in force have no provider.
	ErrOff = errors.New("single sign-on is off")
	// ErrNoStep : the answer belongs to no visit of this browser, or comes too late, or again.
	ErrNoStep = errors.New("nobody waits for this answer")
	// ErrDeclined : the provider did not sign the person in.
	ErrDeclined = errors.New("the provider did not sign in")
	// ErrUnreachable : the provider, or a part of it, does not answer as a provider does.
	ErrUnreachable = errors.New("the provider does not answer")
	// ErrClientRefused : the provider takes none of the client secrets.
	ErrClientRefused = errors.New("the provider refuses the client secret")
	// ErrRefused : the answer does not hold what was asked for, or was not made for this portal.
	ErrRefused = errors.New("the answer of the provider cannot be used")
	// ErrBusy : too many sign-ins wait for the provider.
	ErrBusy = errors.New("too many sign-ins wait for the provider")
)

// Secrets are the client secrets in force. The provider may take either while it exchanges one for the other.
type Secrets struct {
	Secret string
	// Previous is empty but during an exchange.
	Previous string
}

// Options are what a Service works with.
type Options struct {
	DB *store.DB
	// Settings answers the settings in force.
	Settings func() *portalconfig.Settings
	// Secrets answers the client secrets in force; false when none is mounted.
	Secrets func() (Secrets, bool)
	// PublicURL is where browsers reach the portal: answers come back there and nowhere else.
	PublicURL *url.URL
	Logger    *slog.Logger
}

const (
	// stepLife is how long a browser may stay at the provider.
	stepLife = 10 * time.Minute
	// callTimeout is the longest call to the provider.
	callTimeout = 10 * time.Second
	// waiting is the most sign-ins that wait for the provider at once.
	waiting = 32
)

// Service signs people in by the provider of the settings in force.
type Service struct {
	Options
	client    *http.Client
	providers providers
	slots     chan struct{}
	// doubts counts how often the provider has refused a client secret.
	doubts atomic.Int64
}

// New makes a service. It asks the provider nothing.
func New(options Options) *Service {
	s := &Service{Options: options, client: newClient(), slots: make(chan struct{}, waiting)}
	s.providers.client = s.client
	return s
}

// Name is what people know the provider of the settings by: its host. It is empty when there is none.
func Name(settings *portalconfig.Settings) string {
	if settings.Auth.SSO == nil {
		return ""
	}
	issuer, err := url.Parse(settings.Auth.SSO.IssuerURL)
	if err != nil {
		return ""
	}
	return issuer.Host
}

// redirectURI is where the provider sends answers.
func (s *Service) redirectURI() string { return s.own(CallbackPath) }

func (s *Service) own(path string) string {
	return (&url.URL{Scheme: s.PublicURL.Scheme, Host: s.PublicURL.Host, Path: path}).String()
}

// policy answers the provider of the settings in force.
func (s *Service) policy() (*portalconfig.SSO, error) {
	if policy := s.Settings().Auth.SSO; policy != nil {
		return policy, nil
	}
	return nil, ErrOff
}
