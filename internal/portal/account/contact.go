// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"net/mail"
	"regexp"
)

// maxMail is the most bytes of a mail address (RFC 5321, 4.5.3.1.3, without the angle brackets).
const maxMail = 254

// phone is an international number: a plus sign and up to 15 digits (ITU-T E.164).
var phone = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// CheckMail refuses what is no bare mail address. The error never repeats it.
func CheckMail(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxMail {
		return errors.New("this is no mail address: write NAME@DOMAIN and nothing else")
	}
	return nil
}

// CheckPhone refuses what is no phone number in E.164 form. The error never repeats it.
func CheckPhone(number string) error {
	if !phone.MatchString(number) {
		return errors.New("this is no E.164 number: write a plus sign, the country code and the number without spaces")
	}
	return nil
}
