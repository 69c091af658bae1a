// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package server runs one portal: it wires the domain packages to three listeners (pages, internal API, probes and metrics)
// and to the workers in the background. Nothing is global: many portals can run in one process.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/credentials"
	"github.com/forecourt-dev/forecourt/internal/portal/imports"
	"github.com/forecourt-dev/forecourt/internal/portal/internalapi"
	"github.com/forecourt-dev/forecourt/internal/portal/notify"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/sms"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

// Options say what to run.
type Options struct {
	// ConfigDir holds process.yaml and settings.yaml.
	ConfigDir string
	// Log takes JSON lines of the level in process.yaml; nil drops them.
	Log io.Writer
	// HashesGiveWay makes hashes of passwords at a low priority; see password.Hasher.GiveWay.
	HashesGiveWay bool
	// Started is called once, when all listeners accept connections; it may be nil.
	Started func(Addresses)
}

// Addresses are where a portal listens, as HOST:PORT. They differ from process.yaml when a port there is 0.
type Addresses struct {
	Public, Internal, Metrics string
}

// Migrate brings the database of a configuration to the schema of this program.
func Migrate(ctx context.Context, configDir string) error {
	cfg, err := config.Load(configDir)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Process.Database)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// Run serves a portal until the context ends; then it stops being ready, finishes the requests under way and returns nil. The
// database must have been migrated.
func Run(ctx context.Context, options Options) error {
	cfg, err := config.Load(options.ConfigDir)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Process.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := assemble(ctx, cfg, db, newLogger(options.Log, cfg.Process.LogLevel))
	if err != nil {
		return err
	}
	if options.HashesGiveWay {
		p.hasher.GiveWay()
	}
	return p.run(ctx, options.Started)
}

// newLogger writes JSON lines of a level of process.yaml.
func newLogger(to io.Writer, level string) *slog.Logger {
	if to == nil {
		return slog.New(slog.DiscardHandler)
	}
	levels := map[string]slog.Level{"Debug": slog.LevelDebug, "Info": slog.LevelInfo, "Warn": slog.LevelWarn, "Error": slog.LevelError}
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: levels[level]}))
}

// portal is one assembled portal.
type portal struct {
	cfg         *config.Config
	db          *store.DB
	logger      *slog.Logger
	metrics     *metrics
	public      http.Handler
	internal    http.Handler
	probes      *probes
	credentials *credentials.Watcher
	hasher      *password.Hasher
	farewell    farewell
	workers     []func(context.Context)
}

// assemble wires the domain packages.
func assemble(ctx context.Context, cfg *config.Config, db *store.DB, logger *slog.Logger) (*portal, error) {
	if err := db.CheckSchema(ctx); err != nil {
		return nil, err
	}
	watched, err := watch(ctx, cfg, db, logger)
	if err != nil {
		return nil, err
	}
	inForce, err := policy.Start(ctx, db, &cfg.Settings, logger)
	if err != nil {
		return nil, err
	}
	inactivity := func() portalconfig.Inactivity { return inForce.Settings().Inactivity }
	sweeps := sweep.NewRunner(db, inactivity, logger)
	tenants := tenant.NewService(db, inactivity)
	p := &portal{cfg: cfg, db: db, logger: logger, metrics: newMetrics(db, cfg.Process.Portal, watched.Watcher), probes: newProbes(db), credentials: watched.Watcher, hasher: watched.hasher}
	p.internal = internalapi.New(internalapi.Options{
		DB: db, Policy: inForce, Tenants: tenants, Sweeps: sweeps, Imports: imports.NewImporter(db, inactivity, logger),
		Credentials: watched.Watcher, MailConfigured: cfg.Process.Mail != nil, SMSConfigured: cfg.Process.SMS != nil, Logger: logger,
	})
	factors, err := secondfactor.New(secondfactor.Options{
		Ring: watched.factors, Keys: watched.session, PublicURL: cfg.PublicURL, Settings: inForce.Settings,
	})
	if err != nil {
		return nil, err
	}
	watched.provider = sso.New(sso.Options{
		DB: db, Settings: inForce.Settings, Secrets: watched.SSO, PublicURL: cfg.PublicURL, Logger: logger,
	})
	codes := signincode.New(watched.session)
	signIns := signin.New(signin.Options{
		DB: db, Hasher: watched.hasher, Throttle: throttle.New(watched.session), Settings: inForce.Settings, Logger: logger,
		Inactivity: func(ctx context.Context, tx *store.Tx, a *account.Account, by audit.Actor) (bool, error) {
			return sweep.AtSignIn(ctx, tx, a, inactivity(), by)
		},
		Retained: func(ctx context.Context, tx *store.Tx, a *account.Account) (bool, error) {
			return sweep.Retained(ctx, tx, a, inactivity())
		},
		Codes: codes, Factors: factors, Mail: cfg.Process.Mail != nil,
	})
	recoveries := recovery.New(recovery.Options{
		DB: db, Hasher: watched.hasher, Keys: watched.session, Settings: inForce.Settings, Judge: signIns.Judge,
		Mail: cfg.Process.Mail != nil, SMS: cfg.Process.SMS != nil, Logger: logger,
	})
	p.public, err = web.New(web.Options{
		PublicURL: cfg.PublicURL, Aliases: cfg.Process.Aliases, TrustedProxyHops: int(cfg.Process.TrustedProxyHops), Market: cfg.Process.Portal.Market,
		Mail: cfg.Process.Mail != nil, LogoFile: cfg.Process.LogoFile,
		Keys: watched.session, DB: db, Policy: inForce, SignIn: signIns, Recovery: recoveries, SSO: watched.provider, Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the pages: %w", err)
	}
	p.workers = []func(context.Context){
		sweeps.Work, (&janitor{db: db, tenants: tenants, factors: factors, logger: logger}).work, watched.sealer.Work, watched.Work, recoveries.Work,
	}
	if cfg.Process.Database.PostgreSQL != nil {
		// Only there can another replica be given new settings.
		p.workers = append(p.workers, inForce.Run)
	}
	return p, p.addMessengers(notify.Options{
		DB: db, PublicURL: cfg.PublicURL, Settings: inForce.Settings, Codes: codes, Keys: watched.session, Login: watched.login, Logger: logger,
	}, watched.Gateway)
}

// addMessengers adds the workers that send mails and text messages, for each channel that is wired.
func (p *portal) addMessengers(options notify.Options, gateway func() (sms.Endpoint, bool)) error {
	if mail := p.cfg.Process.Mail; mail != nil {
		options.Mail = *mail
		mailer, err := notify.New(options)
		if err != nil {
			return err
		}
		p.workers = append(p.workers, mailer.Work)
	}
	if p.cfg.Process.SMS != nil {
		texter, err := notify.NewTexter(options, sms.NewClient(nil), gateway)
		if err != nil {
			return err
		}
		p.workers = append(p.workers, texter.Work)
	}
	return nil
}

// Time limits of the listeners.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = time.Minute
	idleTimeout   = 2 * time.Minute
	// drainTimeout is how long requests under way may take when the portal stops.
	drainTimeout = 20 * time.Second
	// maxHeader is the most bytes of request headers.
	maxHeader = 32 << 10
)
