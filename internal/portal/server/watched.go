// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"log/slog"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/credentials"
	"github.com/forecourt-dev/forecourt/internal/portal/notify"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// watched are the parts of a portal whose keys may be replaced while it runs.
type watched struct {
	*credentials.Watcher
	session *sessionkey.Ring
	hasher  *password.Hasher
	factors *secondfactor.Ring
	sealer  *audit.Sealer
	// provider is set before the watcher works.
	provider *sso.Service
}

// watch reads what is mounted and makes the parts that use it.
func watch(ctx context.Context, cfg *config.Config, db *store.DB, logger *slog.Logger) (*watched, error) {
	w := &watched{}
	var err error
	w.Watcher, err = credentials.New(ctx, credentials.Options{
		Process: &cfg.Process, DB: db, Logger: logger,
		Provider: func() credentials.Provider { return w.provider },
		Use:      func(keys config.Keys) error { return w.use(keys, db, logger) },
		CheckMail: func(ctx context.Context, login credentials.Login) string {
			return notify.Check(ctx, *cfg.Process.Mail, cfg.PublicURL, login.Username, login.Password)
		},
	})
	return w, err
}

// use puts keys in force.
func (w *watched) use(keys config.Keys, db *store.DB, logger *slog.Logger) error {
	sealKey, err := audit.DeriveKey(keys.Session.InUse)
	if err != nil {
		return err
	}
	if w.session == nil {
		w.session, w.sealer = sessionkey.New(keys.Session.InUse), audit.NewSealer(db, sealKey, logger)
		w.hasher, w.factors = password.NewHasher(keys.Pepper), secondfactor.NewRing(keys.Pepper)
	}
	w.session.Use(keys.Session)
	w.hasher.Use(keys.Pepper, keys.OldPeppers...)
	w.factors.Use(keys.Pepper, keys.OldPeppers...)
	w.sealer.Use(sealKey)
	return nil
}

// login is what the mailer signs in with; false when it is to sign in as nobody.
func (w *watched) login() (username, password string, ok bool) {
	login, ok := w.Login()
	return login.Username, login.Password, ok
}
