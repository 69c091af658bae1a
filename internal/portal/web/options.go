// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/jsonapi"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

// Options are what the pages need. Every field is needed but the ones that say otherwise.
type Options struct {
	// PublicURL is where browsers reach the portal; requests for other hosts are refused.
	PublicURL *url.URL
	// Aliases are hosts, maybe with a port, whose requests are sent to PublicURL; there may be none.
	Aliases []string
	// TrustedProxyHops is the number of proxies whose X-Forwarded-For entries are believed; it may be 0.
	TrustedProxyHops int
	// Market is the ISO 3166-1 alpha-2 code: phone numbers of the market are written as people there do.
	Market string
	// Mail is true when the portal has a mail server; without one nobody can write to the desk from here.
	Mail bool
	// LogoFile is an image for the top of the pages; empty for none.
	LogoFile string
	// Keys sign flow cookies and form tokens.
	Keys *sessionkey.Ring
	DB   *store.DB
	// Policy answers the settings in force.
	Policy *policy.Policy
	// SignIn decides who may sign in, and changes passwords.
	SignIn *signin.Service
	// Recovery helps people who forgot their password or username.
	Recovery *recovery.Service
	// SSO speaks with the provider of corporate people, if the settings have one.
	SSO    *sso.Service
	Logger *slog.Logger
}

func (o Options) validate() error {
	var missing []error
	need := func(name string, there bool) {
		if !there {
			missing = append(missing, fmt.Errorf("web.Options.%s is missing", name))
		}
	}
	need("PublicURL", o.PublicURL != nil && o.PublicURL.Host != "")
	need("Market", o.Market != "")
	need("DB", o.DB != nil)
	need("Policy", o.Policy != nil)
	need("SignIn", o.SignIn != nil)
	need("Recovery", o.Recovery != nil)
	need("SSO", o.SSO != nil)
	need("Logger", o.Logger != nil)
	need("Keys", o.Keys != nil)
	return errors.Join(missing...)
}

// content is what is compiled in. It never changes, so all portals of a process share it.
type content struct {
	catalogues *i18n.Catalogues
	templates  *templates
	assets     *assets
}

var embedded = sync.OnceValues(func() (*content, error) {
	catalogues, err := i18n.Load()
	if err != nil {
		return nil, err
	}
	files, err := loadAssets()
	if err != nil {
		return nil, err
	}
	return &content{catalogues: catalogues, templates: newTemplates(catalogues), assets: files}, nil
})

// New makes the handler of the public listener.
func New(o Options) (http.Handler, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	content, err := embedded()
	if err != nil {
		return nil, err
	}
	https := o.PublicURL.Scheme == "https"
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(o.PublicURL.Scheme + "://" + hostOf(o.PublicURL.Host, https)); err != nil {
		return nil, fmt.Errorf("trusting the portal's own origin: %w", err)
	}
	inactivity := func() portalconfig.Inactivity { return o.Policy.Settings().Inactivity }
	s := &site{
		base: url.URL{Scheme: o.PublicURL.Scheme, Host: o.PublicURL.Host},
		host: hostOf(o.PublicURL.Host, https), hops: o.TrustedProxyHops, market: o.Market,
		db: o.DB, policy: o.Policy, signIns: o.SignIn, recovery: o.Recovery, sso: o.SSO, logger: o.Logger,
		people:  people.NewService(o.DB, inactivity),
		tenants: tenant.NewService(o.DB, inactivity),
		support: support.New(support.Options{DB: o.DB, Throttle: throttle.New(o.Keys), Settings: o.Policy.Settings, Mail: o.Mail}),
		logo:    newLogo(o.LogoFile, o.Logger),
		book:    address.NewBook(o.Keys),
		forms:   &forms{keys: o.Keys, https: https, now: time.Now},
		content: content, crossOrigin: protection,
	}
	for _, alias := range o.Aliases {
		s.aliases = append(s.aliases, hostOf(alias, https))
	}
	s.api, err = jsonapi.New(jsonapi.Options{DB: o.DB, Settings: o.Policy.Settings, SignIn: o.SignIn, People: s.people, Logger: o.Logger})
	if err != nil {
		return nil, fmt.Errorf("preparing the JSON API: %w", err)
	}
	s.mount()
	return s, nil
}
