// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxUsername is the most code points of a username.
const MaxUsername = 100

// Fold is the form in which usernames are compared: NFKC, full case folding, NFKC again, without surrounding space. What no database
// can store becomes the replacement character, so that it is an unknown name like any other.
func Fold(username string) string {
	username = strings.ReplaceAll(strings.ToValidUTF8(username, "\ufffd"), "\x00", "\ufffd")
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.TrimSpace(username))))
}

// CheckUsername refuses what cannot be a username: empty, too long, or with spaces or invisible characters.
func CheckUsername(username string) error {
	switch {
	case username == "":
		return errors.New("the username is empty")
	case !utf8.ValidString(username):
		return errors.New("the username is not valid UTF-8")
	case utf8.RuneCountInString(username) > MaxUsername || utf8.RuneCountInString(Fold(username)) > MaxUsername:
		return errors.New("the username has more than 100 characters")
	case strings.ContainsFunc(username, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }):
		return errors.New("the username has spaces or invisible characters: leave them out")
	}
	return nil
}
