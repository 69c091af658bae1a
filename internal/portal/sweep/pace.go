// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// pace sizes windows so that each takes about as long as it should, however fast the database is.
type pace struct {
	// size of the next window in rows, and its bounds.
	size, least, most int
	// wanted is how long a window should take.
	wanted time.Duration
}

// took learns from a window of so many rows. Windows grow slowly and shrink at once; one that was cut short only tells when it took
// too long.
func (p *pace) took(rows int, d time.Duration) {
	if rows == 0 || d <= 0 || rows < p.size && d <= p.wanted {
		return
	}
	fitting := int(float64(rows) * float64(p.wanted) / float64(d))
	p.size = min(max(min(fitting, p.size+p.size/2+1), p.least), p.most)
}

// halves makes the windows smaller when the database gave one up because it took too long, and answers whether it is worth trying again.
func (p *pace) halves(err error) bool {
	if !store.TimedOut(err) || p.size <= p.least {
		return false
	}
	p.size = max(p.size/2, p.least)
	return true
}
