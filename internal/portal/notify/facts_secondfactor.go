// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
)

// secondFactorReaders are those of messages about second factors.
func secondFactorReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.SecondFactorAdded:   {read: (*reading).always},
		outbox.SecondFactorRemoved: {read: (*reading).always},
		outbox.RecoveryCodeUsed:    {read: (*reading).always},
		outbox.EnrolmentCode:       {read: (*reading).enrolmentCode, mints: true},
	}
}

// enrolmentCode makes the code, while somebody waits for it.
func (r *reading) enrolmentCode(ctx context.Context) (bool, error) {
	code, err := secondfactor.MintCode(ctx, r.tx, r.keys, r.recipient, r.detail.Flow)
	if errors.Is(err, flow.ErrNone) {
		return false, nil
	}
	r.facts.Code, r.facts.Minutes = code, int(secondfactor.CodeLife/time.Minute)
	return true, err
}
