// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

// administrationReaders are those of messages about what administrators and the service desk did.
func administrationReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{outbox.RoleChanged: {read: (*reading).roleChanged}}
}

// roleChanged applies while the account can be used.
func (r *reading) roleChanged(context.Context) (bool, error) {
	r.facts.Role = r.recipient.Role
	return r.recipient.Status == account.Active && r.open(), nil
}
