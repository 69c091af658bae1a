// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package password hashes, verifies and judges passwords. New hashes are argon2id over the password keyed with a pepper that
// is not in the database; imported ones may also be bcrypt or PBKDF2 and are renewed at the next sign-in. Passwords are
// normalised to NFC before anything else (NIST SP 800-63B-4, 3.1.1.2), and in no other way.
package password

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// ErrBusy : too many passwords are being hashed; try again in a few seconds (503).
var ErrBusy = errors.New("too many passwords are being checked at the moment")

// Parameters of new hashes: the least that the OWASP password storage cheat sheet recommends for argon2id with one lane.
const (
	memoryKiB = 19456
	passes    = 2
	lanes     = 1
	saltBytes = 16
	keyBytes  = 32
)

// maxSlots bounds how many hashes are made at once: one per processor, but no more than the memory of a pod allows.
const maxSlots = 4

// Pepper is the key of the keyed step. Hashes carry its id.
type Pepper struct {
	// ID is written into hashes: letters, digits, '-' and '_'.
	ID  string
	Key []byte
}

// Hasher hashes and verifies within bounds of memory: a few hashes at a time, a short queue, then ErrBusy.
type Hasher struct {
	rack *atomic.Pointer[rack]
	gate *gate
	lane lane
}

// rack holds the peppers that are valid.
type rack struct {
	inUse Pepper
	// others are accepted, by id.
	others map[string]Pepper
	// dummy looks like the hash of a password and is none: it costs the same work and never fits.
	dummy string
}

// of finds the pepper of a hash. For one that is not known any more it answers the one in use, so that the work is the same.
func (r *rack) of(id string) Pepper {
	if other, found := r.others[id]; found {
		return other
	}
	return r.inUse
}

// NewHasher makes a hasher whose new hashes use the pepper.
func NewHasher(pepper Pepper) *Hasher {
	h := &Hasher{rack: &atomic.Pointer[rack]{}, gate: newGate(Slots()), lane: ordinary}
	h.Use(pepper)
	return h
}

// Slots is the most hashes that a hasher makes at once. It stays what it was at first, whatever becomes of GOMAXPROCS.
func Slots() int { return slots() }

var slots = sync.OnceValue(func() int { return min(runtime.GOMAXPROCS(0), maxSlots) })

// Preferred is the same hasher for people who have shown that they are no strangers: they have a queue of their own, which goes first
// three times out of four.
func (h *Hasher) Preferred() *Hasher { return &Hasher{rack: h.rack, gate: h.gate, lane: preferred} }

// Full tells whether the hasher would answer ErrBusy at once.
func (h *Hasher) Full() bool { return h.gate.full(h.lane) }

// Use replaces the peppers: new hashes use the first, and those of the others still fit and are stale.
func (h *Hasher) Use(inUse Pepper, others ...Pepper) {
	fresh := &rack{inUse: inUse, others: map[string]Pepper{}, dummy: newDummy(inUse)}
	for _, other := range others {
		fresh.others[other.ID] = other
	}
	h.rack.Store(fresh)
}

// Hash makes the stored form of a password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.gate.enter(ctx, h.lane); err != nil {
		return "", err
	}
	defer h.gate.leave()
	var hash string
	h.gate.run(func() { hash = newHash(h.rack.Load().inUse, password) })
	return hash, nil
}

// Verify compares a password with a stored hash. An empty hash costs the same work and never fits, so that an
// unknown account looks like a known one. stale is true when the hash fits and should be renewed.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (ok, stale bool, err error) {
	known, rack := encoded != "", h.rack.Load()
	if !known {
		encoded = rack.dummy
	}
	parsed, err := parse(encoded)
	if err != nil {
		return false, false, err
	}
	if err := h.gate.enter(ctx, h.lane); err != nil {
		return false, false, err
	}
	defer h.gate.leave()
	fits := false
	h.gate.run(func() { fits = parsed.fits(norm.NFC.String(password), rack) })
	if !fits || !known {
		return false, false, nil
	}
	return true, parsed.stale(rack.inUse), nil
}

func newHash(pepper Pepper, password string) string {
	var salt [saltBytes]byte
	_, _ = rand.Read(salt[:]) // never fails
	a := argon{memory: memoryKiB, time: passes, lanes: lanes, keyID: pepper.ID, salt: salt[:]}
	a.key = a.derive(norm.NFC.String(password), pepper, keyBytes)
	return a.String()
}

// newDummy makes what no password has as its hash, but with negligible probability: random bytes.
func newDummy(pepper Pepper) string {
	raw := make([]byte, saltBytes+keyBytes)
	_, _ = rand.Read(raw) // never fails
	return argon{memory: memoryKiB, time: passes, lanes: lanes, keyID: pepper.ID, salt: raw[:saltBytes], key: raw[saltBytes:]}.String()
}

// argon is an argon2id hash in the PHC string format; keyID names the pepper, empty without one.
type argon struct {
	memory, time uint32
	lanes        uint8
	keyID        string
	salt, key    []byte
}

func (a argon) derive(password string, pepper Pepper, length uint32) []byte {
	secret := []byte(password)
	if a.keyID != "" {
		mac := hmac.New(sha256.New, pepper.Key)
		mac.Write(secret)
		secret = mac.Sum(nil)
	}
	return argon2.IDKey(secret, a.salt, a.time, a.memory, a.lanes, length)
}

func (a argon) fits(password string, rack *rack) bool {
	pepper := rack.of(a.keyID)
	derived := a.derive(password, pepper, uint32(len(a.key))) //nolint:gosec // parse bounds the length to 64
	return subtle.ConstantTimeCompare(derived, a.key) == 1 && (a.keyID == "" || a.keyID == pepper.ID)
}

func (a argon) stale(pepper Pepper) bool {
	return a.keyID != pepper.ID || a.memory < memoryKiB || a.time < passes || len(a.salt) < saltBytes || len(a.key) < keyBytes
}
