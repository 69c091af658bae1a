// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package catcher

import (
	"sync"
	"time"
)

// mailbox keeps the newest messages within its limits.
type mailbox struct {
	maxMessages int
	maxBytes    int64

	mu       sync.Mutex
	messages []stored // oldest first
	bytes    int64
	lastID   int64
	arrived  chan struct{} // closed, and replaced, when a message arrives
}

type stored struct {
	Message
	size int64
}

func newMailbox(maxMessages int, maxBytes int64) *mailbox {
	return &mailbox{maxMessages: maxMessages, maxBytes: maxBytes, arrived: make(chan struct{})}
}

func (b *mailbox) add(m Message, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastID++
	m.ID = b.lastID
	m.ReceivedAt = time.Now().UTC()
	b.messages = append(b.messages, stored{m, size})
	b.bytes += size
	for len(b.messages) > b.maxMessages || b.bytes > b.maxBytes {
		b.bytes -= b.messages[0].size
		b.messages[0] = stored{} // lets go of the texts
		b.messages = b.messages[1:]
	}
	close(b.arrived)
	b.arrived = make(chan struct{})
}

// next answers a channel that closes when another message arrives.
func (b *mailbox) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arrived
}

// list answers the messages to the address, newest first.
func (b *mailbox) list(to string) []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []Message{}
	for i := len(b.messages) - 1; i >= 0; i-- {
		if m := b.messages[i].Message; to == "" || m.For(to) {
			found = append(found, m)
		}
	}
	return found
}

func (b *mailbox) get(id int64) (Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.messages {
		if m.ID == id {
			return m.Message, true
		}
	}
	return Message{}, false
}

func (b *mailbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages, b.bytes = nil, 0
}
