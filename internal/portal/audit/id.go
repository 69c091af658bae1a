// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Ids of events are UUIDs of version 7 made from the database's time and not from the process's clock: seals cover ranges of
// ids, and one clock decides which range an event belongs to.

// prefixLength is the length of what IDPrefix answers.
const prefixLength = len("00000000-0000-7000")

// IDPrefix is the part of an id that says when, for statements that make ids of their own for many accounts at once:
// prefix || substr(account_id, 19), whose second part is random because ids of accounts are UUIDs too. at is the
// transaction's time. Statements that write about the same account in one transaction each take another number, up to 4095.
func IDPrefix(at time.Time, number uint16) string {
	return newID(at, number, 0).String()[:prefixLength]
}

// ids makes n ids of one instant, in rising order.
func ids(at time.Time, n int) []string {
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // documented never to return an error
	// The topmost of the 62 bits stays free, so that counting up never overflows.
	random := binary.BigEndian.Uint64(seed[:]) >> 3
	list := make([]string, n)
	for i := range list {
		list[i] = newID(at, 0, random+uint64(i)).String()
	}
	return list
}

// newID is a UUID of version 7 (RFC 9562): milliseconds, 12 bits and 62 bits.
func newID(at time.Time, number uint16, random uint64) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(number&0x0fff))
	binary.BigEndian.PutUint64(id[8:], 1<<63|random&(1<<62-1))
	return id
}

// instantOf is the millisecond that an id was made in.
func instantOf(id string) (time.Time, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no id of an event: %w", id, err)
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(parsed[:8]) >> 16)).UTC(), nil
}
