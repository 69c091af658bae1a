// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sessionkey holds the session keys that are valid: new things are made with one of them, and what another one made is
// accepted while the keys are rotated.
package sessionkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync/atomic"
)

// Keys are those that are valid at the moment.
type Keys struct {
	// InUse makes new things; at least 32 random bytes, the same for all replicas.
	InUse []byte
	// Next and Previous are accepted; nil when there are none.
	Next, Previous []byte
}

// all lists the keys, the one in use first.
func (k Keys) all() [][]byte {
	keys := [][]byte{k.InUse}
	for _, other := range [][]byte{k.Next, k.Previous} {
		if len(other) > 0 {
			keys = append(keys, other)
		}
	}
	return keys
}

// Ring answers the valid keys, which may be replaced at any time.
type Ring struct{ keys atomic.Pointer[Keys] }

// New makes a ring of one key.
func New(key []byte) *Ring {
	r := &Ring{}
	r.Use(Keys{InUse: key})
	return r
}

// Use replaces the keys.
func (r *Ring) Use(keys Keys) { r.keys.Store(&keys) }

// Keys are the valid ones.
func (r *Ring) Keys() Keys { return *r.keys.Load() }

// MAC is the HMAC of a text with the key in use.
func (r *Ring) MAC(text string) []byte { return MAC(r.Keys().InUse, text) }

// Matches says whether a MAC of the text was made with one of the valid keys.
func (r *Ring) Matches(mac []byte, text string) bool {
	matches := false
	for _, key := range r.Keys().all() {
		if hmac.Equal(mac, MAC(key, text)) {
			matches = true
		}
	}
	return matches
}

// MAC is the HMAC-SHA-256 of a text.
func MAC(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
