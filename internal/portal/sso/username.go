// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// Lengths of usernames, in code points: what the provider says is cut, so that a suffix fits.
const (
	maxStem   = 80
	minSuffix = 6
	maxSuffix = 16
)

// usernames are those that the account of a person may get, in the order in which they are tried: what the provider calls him, else his
// verified address, folded, and then with more and more of what only this person has. The list is the same every time.
func usernames(p *Person) []string {
	stem := cmp.Or(stemOf(p.Username), stemOf(p.Mail), "corporate")
	sum := sha256.Sum256([]byte(p.Issuer + "\x00" + p.Subject))
	suffix := hex.EncodeToString(sum[:])
	list := []string{stem}
	for n := minSuffix; n <= maxSuffix; n++ {
		list = append(list, stem+"-"+suffix[:n])
	}
	return list
}

// stemOf makes a username of a text; empty when nothing is left of it.
func stemOf(text string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, account.Fold(text))
	if letters := []rune(folded); len(letters) > maxStem {
		folded = string(letters[:maxStem])
	}
	if account.CheckUsername(folded) != nil {
		return ""
	}
	return account.Fold(folded)
}
