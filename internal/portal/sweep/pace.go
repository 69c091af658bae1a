// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import "time"

// pace sizes windows so that each takes about as long as it should, however fast the database is.
type pace struct {
	// size of the next window in rows, and its bounds.
	size, least, most int
	// wanted is how long a window should take.
	wanted time.Duration
}

// took learns from a window of so many rows.
func (p *pace) took(rows int, d time.Duration) {
	if rows < p.size/2 || rows == 0 { // it was cut short: it says nothing about a full one
		if d <= p.wanted {
			return
		}
	}
	next := 2 * p.size
	if d > 0 {
		next = min(next, int(float64(p.size)*float64(p.wanted)/float64(d)))
	}
	p.size = min(max(next, p.least), p.most)
}
