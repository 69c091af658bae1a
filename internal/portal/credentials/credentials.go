// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package credentials watches what is mounted into a portal from Secrets and puts it in force while the portal runs: key material, tokens
// and certificate of the internal API, the connection string of the database, the login at the mail server, and the client secrets of single
// sign-on. What cannot be used changes nothing and is reported. Each replica tells the others through the database what it has in force, so that a key is only
// used when everybody accepts it.
package credentials

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/sms"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// lookEvery is how often the files are read.
	lookEvery = 2 * time.Second
	// retryAfter is when something that failed is tried again, though its file is the same.
	retryAfter = 15 * time.Second
	// tryTimeout is how long a server may take to be tried: what else is mounted must not wait long.
	tryTimeout = 10 * time.Second
)

// Login at the mail server.
type Login struct{ Username, Password string }

// Options are what a Watcher works with.
type Options struct {
	// Process names the files.
	Process *portalconfig.Process
	DB      *store.DB
	// CheckMail signs in at the mail server without sending anything. The class that it answers is told to people; it is
	// empty when all is well.
	CheckMail func(context.Context, Login) (class string)
	// Provider answers whom to ask about client secrets. It is called first when Work or Look is.
	Provider func() Provider
	// Use puts key material in force: at the start, and whenever it has changed.
	Use    func(config.Keys) error
	Logger *slog.Logger
}

// Watcher holds what is in force.
type Watcher struct {
	Options
	id     string
	checks []*check

	mu       sync.RWMutex
	keys     config.Keys
	internal config.InternalKeys
	login    Login
	sso      sso.Secrets
	gateway  sms.Endpoint
	dsn      string
	report   []portalapi.Credential
}

// check looks at the files of one or two credentials. Its state belongs to the goroutine that looks.
type check struct {
	names []string
	// look reads the files and answers what is mounted: a digest, and how to put it in force.
	look func() (mounted string, use func(context.Context) error, err error)
	// retry is when something that failed is tried again, though its file is the same.
	retry time.Duration
	// tried is the digest that was tried last, failure how that ended, said what is to be told all the same, and at when.
	tried   string
	failure string
	said    remark
	at      time.Time
}

// again says whether it is time to try once more what was not good the last time.
func (c *check) again() bool {
	return (c.failure != "" || c.said != remark{}) && time.Since(c.at) >= cmp.Or(c.retry, retryAfter)
}

// New reads everything that is mounted and puts it in force. An error says what cannot be used.
func New(ctx context.Context, options Options) (*Watcher, error) {
	host, _ := os.Hostname() // only for people
	w := &Watcher{Options: options, id: strings.ToLower(host + "-" + rand.Text()[:8])}
	w.checks = []*check{
		{names: []string{portalapi.CredentialSession, portalapi.CredentialPepper}, look: w.lookAtKeys},
		{names: []string{portalapi.CredentialTokens, portalapi.CredentialCertificate}, look: w.lookAtInternal},
	}
	if options.Process.Database.PostgreSQL != nil {
		w.checks = append(w.checks, &check{names: []string{portalapi.CredentialDatabase}, look: w.lookAtDatabase})
	}
	if mail := options.Process.Mail; mail != nil && mail.UsernameFile != "" {
		w.checks = append(w.checks, &check{names: []string{portalapi.CredentialMail}, look: w.lookAtMail})
	}
	if options.Process.SSO != nil {
		w.checks = append(w.checks, &check{names: []string{portalapi.CredentialSSO}, look: w.lookAtSSO, retry: time.Minute})
	}
	if options.Process.SMS != nil {
		w.checks = append(w.checks, &check{names: []string{portalapi.CredentialSMS}, look: w.lookAtSMS})
	}
	for _, c := range w.checks {
		if c.names[0] == portalapi.CredentialSMS {
			w.try(ctx, c) // an address or a secret that is no good keeps no portal from starting: it is reported
			continue
		}
		if c.names[0] == portalapi.CredentialSSO {
			w.sso, _ = w.readSSO() // the first look reports: neither provider nor client secret keeps a portal from starting
			continue
		}
		mounted, use, err := c.look()
		if err != nil {
			return nil, err
		}
		c.tried, c.at = mounted, time.Now()
		switch c.names[0] {
		case portalapi.CredentialMail:
			c.tried = "" // the first look tries it: a mail server that is down keeps no portal from starting
		case portalapi.CredentialDatabase: // it is open already
		default:
			if err := use(ctx); err != nil {
				return nil, err
			}
		}
	}
	w.tell(time.Now())
	return w, beat(ctx, w.DB, w.Replica())
}

// Work looks at the files until the context ends.
func (w *Watcher) Work(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var said time.Time
	failing := false
	for {
		changed := w.Look(ctx)
		if changed || time.Since(said) >= beatEvery {
			err := beat(ctx, w.DB, w.Replica())
			if err != nil && !failing && ctx.Err() == nil {
				w.Logger.Warn("Replica cannot report its credentials; it is tried again", "error", err)
			}
			if failing = err != nil; !failing {
				said = time.Now()
			}
		}
		select {
		case <-ctx.Done():
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookEvery)
			defer cancel()
			_ = leave(ending, w.DB, w.id) // otherwise it is forgotten a moment later
			return
		case <-ticker.C:
		}
	}
}

// Look reads the files once, puts in force what has changed, and says whether there is something new to report.
func (w *Watcher) Look(ctx context.Context) bool {
	for _, c := range w.checks {
		w.try(ctx, c)
	}
	return w.tell(time.Now())
}

// try puts what is mounted in force when it is new, or when it failed some time ago.
func (w *Watcher) try(ctx context.Context, c *check) {
	mounted, use, err := c.look()
	failure, said := "", remark{}
	switch {
	case err != nil:
		failure = err.Error()
		mounted = "unreadable"
	case mounted == c.tried && !c.again():
		return
	default:
		trying, cancel := context.WithTimeout(ctx, tryTimeout)
		err := use(trying)
		cancel()
		if told, ok := errors.AsType[*remark](err); ok {
			said = *told
		} else if err != nil {
			failure = err.Error()
		}
	}
	if ctx.Err() != nil {
		return
	}
	switch {
	case failure != "" && failure != c.failure:
		w.Logger.Warn("Credential cannot be used; what was in force stays", "credential", c.names[0], "reason", failure)
	case failure == "" && mounted != c.tried:
		w.Logger.Info("Credential in force", "credential", strings.Join(c.names, ","))
	case failure == "" && c.failure != "":
		w.Logger.Info("Credential works again", "credential", c.names[0])
	}
	c.tried, c.failure, c.said, c.at = mounted, failure, said, time.Now()
}

// tell renews the report and says whether it has changed.
func (w *Watcher) tell(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	var report []portalapi.Credential
	for _, c := range w.checks {
		for _, name := range c.names {
			said := w.describe(name)
			said.Check, said.Reason, said.Since = portalapi.CheckOK, cmp.Or(c.failure, c.said.text), now.UTC().Truncate(time.Second)
			switch {
			case c.failure != "":
				said.Check = portalapi.CheckFailing
			case c.tried == "" || c.said.open:
				said.Check = portalapi.CheckNotChecked
			}
			report = append(report, said)
		}
	}
	changed := len(report) != len(w.report)
	for i := range min(len(report), len(w.report)) {
		before := w.report[i]
		same := before.Fingerprint == report[i].Fingerprint && before.Check == report[i].Check
		if same {
			report[i].Since = before.Since
		}
		changed = changed || !same || before.Reason != report[i].Reason || !slices.Equal(before.Accepted, report[i].Accepted)
	}
	w.report = report
	return changed
}

// Replica is what this process says about itself.
func (w *Watcher) Replica() portalapi.Replica {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return portalapi.Replica{ID: w.id, Credentials: slices.Clone(w.report)}
}

// Tokens that the internal API accepts, by role.
func (w *Watcher) Tokens() map[string][]string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.internal.Tokens
}

// GetCertificate answers the certificate of the internal API; it is tls.Config's.
func (w *Watcher) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.internal.Certificate, nil
}

// Login is what the mailer signs in with; false when there is none.
func (w *Watcher) Login() (Login, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.login, w.login != Login{}
}

// Gateway is where text messages go; false while there is no address or secret that can be used.
func (w *Watcher) Gateway() (sms.Endpoint, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.gateway, w.gateway.URL != nil
}

// OldPeppers are the ids of peppers that are accepted and not in use.
func (w *Watcher) OldPeppers() []string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var ids []string
	for _, pepper := range w.keys.OldPeppers {
		ids = append(ids, pepper.ID)
	}
	return ids
}

// keyed is the fingerprint of something that people choose. It is keyed with the session key: without that, nobody who reads it can
// find out a weak password by trying.
func (w *Watcher) keyed(name, value string) string {
	return hex.EncodeToString(sessionkey.MAC(w.keys.Session.InUse, fmt.Sprintf("fingerprint\x00%s\x00%s", name, value))[:8])
}
