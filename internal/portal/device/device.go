// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package device keeps the browsers that accounts know: those that have signed in to them, and those that a mailed link lets try. What
// others guess at an account does not keep them from signing in, and a sign-in with any other browser is told to its owner.
//
// A browser has one cookie with a token of 256 random bits for each account that it has signed in to, of which only the SHA-256 is
// stored. A token proves nothing but that: without the password it opens nothing. It stays the same for as long as it is good, because
// a sign-in whose answer is lost, or that is sent twice, would otherwise make a browser a stranger.
package device

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

const (
	// Life is how long a browser is known after its last full sign-in.
	Life = 365 * 24 * time.Hour
	// PerAccount is the most browsers that an account knows; the one that was used longest ago is forgotten first.
	PerAccount = 20
	// PerBrowser is the most accounts that a browser is known to.
	PerBrowser = 5
	// tryLife is how long a browser may try that a link has let in.
	tryLife = 24 * time.Hour
)

// ErrNotFound : the account knows no such browser.
var ErrNotFound = errors.New("browser not known")

// Device is a browser that an account knows.
type Device struct {
	ID string
	// Label names the browser, for example "Firefox · Linux"; empty when it is unknown.
	Label      string
	CreatedAt  time.Time
	LastUsedAt time.Time
	// Here is true for the browser that asks.
	Here bool
}

// tokenSize is the length of a token as text.
const tokenSize = 43

// tokens reads a cookie's value: what is no token of ours is left out.
func tokens(cookie string) []string {
	var list []string
	for text := range strings.SplitSeq(cookie, ".") {
		if raw, err := base64.RawURLEncoding.Strict().DecodeString(text); err != nil || len(text) != tokenSize || len(raw) != 32 {
			continue
		}
		if list = append(list, text); len(list) == PerBrowser {
			break
		}
	}
	return list
}

// hashes are what is stored of the tokens of a cookie; always as many, so that the statements are the same for all cookies.
func hashes(cookie string) (list [PerBrowser]any) {
	for i := range list {
		list[i] = ""
	}
	for i, token := range tokens(cookie) {
		list[i] = hashToken(token)
	}
	return list
}

// with is the cookie's value with a token in the first place.
func with(cookie, token string) string {
	list := []string{token}
	for _, other := range tokens(cookie) {
		if other != token && len(list) < PerBrowser {
			list = append(list, other)
		}
	}
	return strings.Join(list, ".")
}

// Plausible tells, without a look into the database, whether a cookie may make its browser known to somebody.
func Plausible(cookie string) bool { return len(tokens(cookie)) > 0 }

func newToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
