// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"slices"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// Least numbers of characters of a password that a second factor always stands beside, and of one that stands alone
// (NIST SP 800-63B-4, 3.1.1.2).
const (
	minLengthBeside = 8
	minLengthAlone  = 15
)

// passwords judges the least length, which depends on the second factor.
func (f *faults) passwords(a portalconfig.Auth) {
	least := int32(minLengthAlone)
	if a.SecondFactor == portalconfig.SecondFactorRequired {
		least = minLengthBeside
	}
	between(f, "auth.passwordMinLength", a.PasswordMinLength, least, 64)
	if a.SecondFactor != "" {
		f.oneOf("auth.secondFactor", a.SecondFactor, portalconfig.SecondFactorOff, portalconfig.SecondFactorOptional,
			portalconfig.SecondFactorAdminsOnly, portalconfig.SecondFactorRequired)
	}
}

// recovery judges the ways back for people who forgot their password.
func (f *faults) recovery(r *portalconfig.Recovery) {
	if r == nil {
		return
	}
	if len(r.Channels) == 0 {
		f.add("auth.recovery.channels", "is empty: name Mail, SMS or both")
	}
	for i, channel := range r.Channels {
		path := fmt.Sprintf("auth.recovery.channels[%d]", i)
		f.oneOf(path, channel, portalconfig.ChannelMail, portalconfig.ChannelSMS)
		if slices.Contains(r.Channels[:i], channel) {
			f.add(path, "%q is there twice", channel)
		}
	}
	between(f, "auth.recovery.linkMinutes", r.LinkMinutes, 5, 60)
	between(f, "auth.recovery.codeMinutes", r.CodeMinutes, 3, 10)
}
