// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"math"
	"regexp"
	"time"

	"golang.org/x/text/language"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

var (
	accentColor = regexp.MustCompile("^#[0-9a-fA-F]{6}$")
	phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
)

// CheckSettings lists what is wrong with settings, mounted or sent, each fault with its path.
func CheckSettings(s *portalconfig.Settings) []error {
	var f faults
	f.header(s.Header, portalconfig.KindSettings)
	f.required("displayName", s.DisplayName)
	f.brands(s.Brands)
	f.locales(s.Locales)
	if s.TimeZone == "" || s.TimeZone == "Local" {
		f.add("timeZone", "%q is no IANA time zone", s.TimeZone)
	} else if _, err := time.LoadLocation(s.TimeZone); err != nil {
		f.add("timeZone", "%q is no IANA time zone", s.TimeZone)
	}
	if !accentColor.MatchString(s.AccentColor) {
		f.add("accentColor", "%q is no colour: use #rrggbb", s.AccentColor)
	}
	f.auth(s.Auth)
	f.sso(s.Auth.SSO)
	f.inactivity(s.Inactivity)
	f.support(s.Support)
	f.announcements(s)
	f.requirements(s.Requirements)
	return f
}

func (f *faults) brands(brands []portalconfig.Brand) {
	seen := map[string]bool{}
	for i, brand := range brands {
		path := fmt.Sprintf("brands[%d]", i)
		f.required(path+".displayName", brand.DisplayName)
		if f.required(path+".name", brand.Name) && seen[brand.Name] {
			f.add(path+".name", "%q is there twice", brand.Name)
		}
		seen[brand.Name] = true
	}
}

func (f *faults) locales(locales []string) {
	if len(locales) == 0 {
		f.add("locales", "is empty: the first locale is the default")
	}
	for i, locale := range locales {
		if _, err := language.Parse(locale); err != nil {
			f.add(fmt.Sprintf("locales[%d]", i), "%q is no BCP 47 language tag", locale)
		}
	}
}

// auth has the bounds of the API; a portal refuses a policy below its floors, wherever it comes from.
func (f *faults) auth(a portalconfig.Auth) {
	f.passwords(a)
	f.recovery(a.Recovery)
	between(f, "auth.sessionIdleMinutes", a.SessionIdleMinutes, 1, 60)
	between(f, "auth.sessionAbsoluteHours", a.SessionAbsoluteHours, 1, 24)
	between(f, "auth.sessionsPerAccount", a.SessionsPerAccount, 1, 100)
	between(f, "auth.throttleDelayFromFailure", a.ThrottleDelayFromFailure, 3, 20)
	between(f, "auth.throttleMaxDelayMinutes", a.ThrottleMaxDelayMinutes, 1, 1440)
	between(f, "auth.throttlePerAddressPerHour", a.ThrottlePerAddressPerHour, 10, 100000)
}

func (f *faults) inactivity(i portalconfig.Inactivity) {
	f.oneOf("inactivity.mode", i.Mode, "Off", "Observe", "Enforce")
	between(f, "inactivity.months", i.Months, 1, 60)
	between(f, "inactivity.graceDays", i.GraceDays, 0, 365)
	f.oneOf("inactivity.neverSignedIn", i.NeverSignedIn, "CountFromCreation", "Skip")
	f.warnings(i)
	// 0 of a percentage or of the longest exemption means the built-in one, so that older files stay readable.
	between(f, "inactivity.maxDisabledPercentPerRun", i.MaxDisabledPercentPerRun, 0, 100)
	between(f, "inactivity.maxDisabledPerRun", i.MaxDisabledPerRun, 0, math.MaxInt32)
	between(f, "inactivity.maxExemptionDays", i.MaxExemptionDays, 0, 3650)
}

// warnings are in falling order, each within the shortest period, and not too many to be read.
func (f *faults) warnings(i portalconfig.Inactivity) {
	const most = 10
	if len(i.WarnDaysBefore) > most {
		f.add("inactivity.warnDaysBefore", "has %d values: use at most %d", len(i.WarnDaysBefore), most)
	}
	for n, days := range i.WarnDaysBefore {
		path := fmt.Sprintf("inactivity.warnDaysBefore[%d]", n)
		between(f, path, days, 1, 365)
		if n > 0 && days >= i.WarnDaysBefore[n-1] {
			f.add(path, "%d is not less than the value before it, %d: list the days in falling order", days, i.WarnDaysBefore[n-1])
		}
	}
}
