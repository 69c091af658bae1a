// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package notify sends the messages of the outbox by mail. Workers of several replicas share the outbox under leases. A
// message is written when it is sent: links are minted then, and what no longer applies is dropped. Delivery is at
// least once; failures are retried with growing pauses for three days.
package notify

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// lookEvery is how often an idle worker looks for messages.
	lookEvery = 2 * time.Second
	// giveUpMailAfter is when a mail that cannot be delivered is given up.
	giveUpMailAfter = 72 * time.Hour
)

// Options are what a Mailer works with.
type Options struct {
	DB   *store.DB
	Mail portalconfig.Mail
	// PublicURL is what links are built from.
	PublicURL *url.URL
	// Settings gives the settings in force.
	Settings func() *portalconfig.Settings
	// Codes makes the codes for sign-ins.
	Codes *signincode.Codes
	// Keys are what other codes are hashed with.
	Keys *sessionkey.Ring
	// Login is what to sign in with at the mail server; false without a login. It is asked for every connection, so that a
	// replaced Secret counts at once. Nil is never a login.
	Login func() (username, password string, ok bool)
	// Roots are the authorities whose certificates of mail servers are trusted; nil means those of the system.
	Roots  *x509.CertPool
	Logger *slog.Logger
}

// Mailer sends mail.
type Mailer struct {
	composer
	queue *queue
}

// composer reads and writes what messages say.
type composer struct {
	Options
	writer  *writer
	readers map[outbox.Kind]reader
}

func newComposer(options Options) (*composer, error) {
	w, err := newWriter()
	if err != nil {
		return nil, fmt.Errorf("preparing the texts of messages: %w", err)
	}
	return &composer{Options: options, writer: w, readers: readers()}, nil
}

// New returns a mailer.
func New(options Options) (*Mailer, error) {
	c, err := newComposer(options)
	if err != nil {
		return nil, err
	}
	return &Mailer{
		composer: *c,
		queue:    &queue{db: options.DB, channel: outbox.Mail, owner: uuid.NewString(), giveUpAfter: giveUpMailAfter},
	}, nil
}

// Work sends what is due until the context ends.
func (m *Mailer) Work(ctx context.Context) { work(ctx, m.Logger, m.batch) }

// work sends batches until the context ends, with a pause whenever there is nothing left.
func work(ctx context.Context, logger *slog.Logger, batch func(context.Context) (int, error)) {
	failing := false
	for {
		sent, err := batch(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			logger.Warn("Outbox cannot be worked on; it is tried again", "error", err)
		}
		failing = err != nil
		if sent == batchSize && err == nil {
			continue
		}
		timer := time.NewTimer(lookEvery + rand.N(lookEvery/4)) //nolint:gosec // spreads replicas over time, guards nothing
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// batch sends a batch of due messages over one connection and returns how many there were.
func (m *Mailer) batch(ctx context.Context) (int, error) {
	waiting, err := m.queue.waiting(ctx)
	if err != nil || !waiting {
		return 0, err
	}
	items, err := m.queue.claim(ctx)
	if err != nil || len(items) == 0 {
		return 0, err
	}
	conn, err := m.dial(ctx)
	if err != nil {
		m.Logger.Warn("Mail server refuses the connection; messages wait", "class", classOf(err), "messages", len(items))
	}
	defer conn.close()
	for _, item := range items {
		if err := m.deliver(ctx, conn, item, err); err != nil {
			return 0, err
		}
	}
	return len(items), nil
}

// deliver sends one message, or notes why it could not be; unreachable is why there is no connection.
func (m *Mailer) deliver(ctx context.Context, conn *connection, item *item, unreachable error) error {
	if unreachable != nil {
		return m.queue.failed(ctx, item, classOf(unreachable), permanent(unreachable))
	}
	letter, err := m.compose(ctx, item)
	if err != nil && (ctx.Err() != nil || store.Unavailable(err)) {
		return err
	}
	if err != nil {
		// One letter that cannot be written must not keep the others from being sent.
		m.Logger.Error("Message cannot be written", "message", item.id, "kind", item.kind, "error", err, "attempt", item.attempts+1)
		return m.queue.failed(ctx, item, classUnwritable, false)
	}
	if letter == nil {
		return m.drop(ctx, m.queue, item)
	}
	if err := conn.send(letter); err != nil {
		m.Logger.Warn("Message not delivered", "message", item.id, "kind", item.kind, "class", classOf(err), "attempt", item.attempts+1)
		return m.queue.failed(ctx, item, classOf(err), permanent(err))
	}
	m.Logger.Info("Message sent", "message", item.id, "kind", item.kind)
	return m.queue.sent(ctx, item)
}

// drop removes a message that no longer applies.
func (c *composer) drop(ctx context.Context, queue *queue, item *item) error {
	if err := queue.drop(ctx, item); err != nil {
		return err
	}
	c.Logger.Info("Message no longer applies", "message", item.id, "kind", item.kind)
	return nil
}
