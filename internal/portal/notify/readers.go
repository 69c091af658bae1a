// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"maps"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

// reader reads the facts of one kind of messages.
type reader struct {
	// read adds to the facts that all letters have, and says whether the message still applies. It may also change where the
	// message goes (facts.Address, facts.Phone) and in which language.
	read func(*reading, context.Context) (applies bool, err error)
	// mints is true when read writes, because it makes a link or a code.
	mints bool
}

// readers knows all kinds. Each subject has a function of its own.
func readers() map[outbox.Kind]reader {
	all := map[outbox.Kind]reader{}
	for _, subject := range []map[outbox.Kind]reader{
		accountReaders(), inactivityReaders(), recoveryReaders(), addressReaders(), deviceReaders(), secondFactorReaders(), supportReaders(),
		administrationReaders(),
	} {
		maps.Copy(all, subject)
	}
	return all
}

// always is for messages that say what has happened.
func (*reading) always(context.Context) (bool, error) { return true, nil }
