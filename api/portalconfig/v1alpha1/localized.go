// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"strings"
)

// In answers the desk in a reader's locale (a BCP 47 tag): texts of the locale, or else of another one in its language, stand for those that
// are as everywhere.
func (s Support) In(locale string) Support {
	if i := closest(locale, len(s.Localized), func(i int) string { return s.Localized[i].Locale }); i >= 0 {
		s.DeskName = cmp.Or(s.Localized[i].DeskName, s.DeskName)
		s.Hours = cmp.Or(s.Localized[i].Hours, s.Hours)
	}
	phones := make([]SupportPhone, len(s.Phones))
	for i, phone := range s.Phones {
		phone.Label = localize(locale, phone.Label, phone.Localized)
		phones[i] = phone
	}
	s.Phones = phones
	return s
}

// In answers the title in a reader's locale.
func (t SupportTopic) In(locale string) string { return localize(locale, t.Title, t.Localized) }

// In answers the location in a reader's locale.
func (c SupportCareer) In(locale string) string { return localize(locale, c.Location, c.Localized) }

// In answers title and text in a reader's locale, and the locale that they are written in; empty when that is not said.
func (a Announcement) In(locale string) (title, text, tag string) {
	i := closest(locale, len(a.Localized), func(i int) string { return a.Localized[i].Locale })
	if i < 0 {
		return a.Title, a.Text, ""
	}
	return a.Localized[i].Title, a.Localized[i].Text, a.Localized[i].Locale
}

func localize(locale, text string, in []LocalizedText) string {
	if i := closest(locale, len(in), func(i int) string { return in[i].Locale }); i >= 0 {
		return in[i].Text
	}
	return text
}

// closest finds the locale itself among n locales, or else the first one in its language; -1 for none.
func closest(locale string, n int, at func(int) string) int {
	language, _, _ := strings.Cut(locale, "-")
	found := -1
	for i := range n {
		other, _, _ := strings.Cut(at(i), "-")
		switch {
		case strings.EqualFold(at(i), locale):
			return i
		case found < 0 && strings.EqualFold(other, language):
			found = i
		}
	}
	return found
}
