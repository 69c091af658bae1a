// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sms"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// giveUpTextAfter is when a text message that cannot be delivered is given up: what it carries is not good for so long.
const giveUpTextAfter = time.Hour

// Gateway takes text messages.
type Gateway interface {
	// Send hands a message over; a *sms.Failure says why it was not taken.
	Send(ctx context.Context, endpoint sms.Endpoint, message sms.Message) error
}

// Texter sends text messages.
type Texter struct {
	composer
	queue *queue
	// endpoint is asked for every message, so that a replaced Secret counts at once.
	endpoint func() (sms.Endpoint, bool)
	gateway  Gateway
}

// NewTexter returns a texter. Of the options it needs no Mail and no Login.
func NewTexter(options Options, gateway Gateway, endpoint func() (sms.Endpoint, bool)) (*Texter, error) {
	c, err := newComposer(options)
	if err != nil {
		return nil, err
	}
	return &Texter{
		composer: *c, gateway: gateway, endpoint: endpoint,
		queue: &queue{db: options.DB, channel: outbox.SMS, owner: uuid.NewString(), giveUpAfter: giveUpTextAfter},
	}, nil
}

// Work sends what is due until the context ends.
func (t *Texter) Work(ctx context.Context) { work(ctx, t.Logger, t.batch) }

// batch sends a batch of due messages and returns how many there were.
func (t *Texter) batch(ctx context.Context) (int, error) {
	waiting, err := t.queue.waiting(ctx)
	if err != nil || !waiting {
		return 0, err
	}
	items, err := t.queue.claim(ctx)
	if err != nil {
		return 0, err
	}
	for _, item := range items {
		if err := t.deliver(ctx, item); err != nil {
			return 0, err
		}
	}
	return len(items), nil
}

// deliver sends one message, or notes why it could not be.
func (t *Texter) deliver(ctx context.Context, item *item) error {
	message, err := t.compose(ctx, item)
	switch {
	case err != nil && (ctx.Err() != nil || store.Unavailable(err)):
		return err
	case err != nil:
		t.Logger.Error("Message cannot be written", "message", item.id, "kind", item.kind, "error", err, "attempt", item.attempts+1)
		return t.queue.failed(ctx, item, classUnwritable, false)
	case message == nil && item.attempts > 0:
		// Its time ended while the gateway could not be reached: that is a message which somebody did not get.
		return t.queue.giveUp(ctx, item)
	case message == nil:
		return t.drop(ctx, t.queue, item)
	}
	if err := t.send(ctx, *message); err != nil {
		if ctx.Err() != nil {
			return err
		}
		class, forGood := classOfText(err)
		t.Logger.Warn("Text message not delivered", "message", item.id, "kind", item.kind, "class", class, "attempt", item.attempts+1)
		return t.queue.failed(ctx, item, class, forGood)
	}
	t.Logger.Info("Text message sent", "message", item.id, "kind", item.kind)
	return t.queue.sent(ctx, item)
}

// send hands a message over, if it is known where to.
func (t *Texter) send(ctx context.Context, message sms.Message) error {
	endpoint, ok := t.endpoint()
	if !ok {
		return &sms.Failure{Setup: true}
	}
	return t.gateway.Send(ctx, endpoint, message)
}

// compose writes a text message, or nothing when it no longer applies or there is no number.
func (t *Texter) compose(ctx context.Context, item *item) (*sms.Message, error) {
	f, err := t.read(ctx, item)
	if err != nil || f == nil || f.Phone == "" {
		return nil, err
	}
	text, err := t.writer.text(t.Settings(), f)
	if err != nil {
		return nil, fmt.Errorf("writing message %s: %w", item.id, err)
	}
	return &sms.Message{ID: item.id, To: f.Phone, Text: text}, nil
}

// classOfText names the class of a failure, and says whether the message is refused for good.
func classOfText(err error) (class string, forGood bool) {
	failure, ok := errors.AsType[*sms.Failure](err)
	switch {
	case !ok || failure.Status == 0 && !failure.Setup:
		return classConnection, false
	case failure.Setup:
		return classConfiguration, false
	case failure.ForGood:
		return classRefused, true
	default:
		return classDeferred, false
	}
}
