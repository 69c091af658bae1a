// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/forecourt-dev/forecourt/internal/portal/password"
)

// errUnsealed : the text was sealed for something else, with a key that is not known any more, or not at all.
var errUnsealed = errors.New("a secret cannot be read with any key that is valid")

// derivation separates the keys of this package from whatever else is made of a pepper.
const derivation = "forecourt second factors v1"

// Ring seals what the portal must be able to read again, with keys derived from the peppers, which are not in the database. What is sealed
// names its key, so that a pepper can be replaced: it must be kept until nothing is sealed under it (see Sealed and Reseal).
type Ring struct{ keys atomic.Pointer[ringKeys] }

// ringKeys are the keys that are valid, by the id of their pepper.
type ringKeys struct {
	inUse string
	byID  map[string]cipher.AEAD
}

// NewRing makes a ring of one key.
func NewRing(pepper password.Pepper) *Ring {
	r := &Ring{}
	r.Use(pepper)
	return r
}

// Use replaces the keys: the first seals, and what the others sealed can still be read.
func (r *Ring) Use(inUse password.Pepper, others ...password.Pepper) {
	keys := &ringKeys{inUse: inUse.ID, byID: map[string]cipher.AEAD{}}
	for _, pepper := range append(others, inUse) {
		key, err := hkdf.Key(sha256.New, pepper.Key, nil, derivation, chacha20poly1305.KeySize)
		if err != nil {
			panic(err) // only for lengths that no key has
		}
		keys.byID[pepper.ID], err = chacha20poly1305.NewX(key)
		if err != nil {
			panic(err) // only for lengths that no key has
		}
	}
	r.keys.Store(keys)
}

// inUse is the id of the key that seals.
func (r *Ring) inUse() string { return r.keys.Load().inUse }

// seal makes KEY-ID:BASE64. It can only be opened for the same purpose.
func (r *Ring) seal(plain []byte, purpose string) string {
	keys := r.keys.Load()
	aead := keys.byID[keys.inUse]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return keys.inUse + ":" + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(purpose)))
}

// open reads what was sealed; stale says that it should be sealed again with the key in use.
func (r *Ring) open(sealed, purpose string) (plain []byte, stale bool, err error) {
	keys := r.keys.Load()
	id, encoded, _ := strings.Cut(sealed, ":")
	aead, known := keys.byID[id]
	if !known {
		return nil, false, fmt.Errorf("%w: its key is %q", errUnsealed, id)
	}
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(raw) < aead.NonceSize() {
		return nil, false, errUnsealed
	}
	plain, err = aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(purpose))
	if err != nil {
		return nil, false, errUnsealed
	}
	return plain, id != keys.inUse, nil
}
