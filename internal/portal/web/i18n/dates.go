// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// style is how a locale writes dates and times, after the Unicode CLDR.
type style struct {
	// date has the placeholders {year}, {month} (name), {monthNumber} and {day}.
	date string
	// clock is a layout of package time.
	clock string
	// between stands between date and time.
	between string
}

// styles are by tag; a language without an entry for the region uses its own.
var styles = map[string]style{
	"en":    {date: "{month} {day}, {year}", clock: "3:04 PM", between: ", "},
	"en-CA": {date: "{month} {day}, {year}", clock: "3:04 PM", between: ", "},
	"en-GB": {date: "{day} {month} {year}", clock: "15:04", between: ", "},
	"en-AU": {date: "{day} {month} {year}", clock: "3:04 PM", between: ", "},
	"en-NZ": {date: "{day} {month} {year}", clock: "3:04 PM", between: ", "},
	"en-IE": {date: "{day} {month} {year}", clock: "15:04", between: ", "},
	"en-IN": {date: "{day} {month} {year}", clock: "3:04 PM", between: ", "},
	"en-ZA": {date: "{day} {month} {year}", clock: "15:04", between: ", "},
	"de":    {date: "{day}. {month} {year}", clock: "15:04", between: ", "},
	"fr":    {date: "{day} {month} {year}", clock: "15:04", between: " à "},
	"fr-CA": {date: "{day} {month} {year}", clock: "15 h 04", between: " à "},
	"es":    {date: "{day} de {month} de {year}", clock: "15:04", between: ", "},
	"es-US": {date: "{day} de {month} de {year}", clock: "3:04 PM", between: ", "},
	"es-MX": {date: "{day} de {month} de {year}", clock: "15:04", between: ", "},
	"ja":    {date: "{year}年{monthNumber}月{day}日", clock: "15:04", between: " "},
}

func styleOf(lang string, tag language.Tag) style {
	if region, confidence := tag.Region(); confidence == language.Exact {
		if s, ok := styles[lang+"-"+region.String()]; ok {
			return s
		}
	}
	return styles[lang]
}

// Date writes the day of t in the zone.
func (l *Locale) Date(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	day := strconv.Itoa(t.Day())
	if l.Language == "fr" && t.Day() == 1 {
		day = "1er"
	}
	return strings.NewReplacer(
		"{year}", strconv.Itoa(t.Year()), "{month}", l.month(t.Month()),
		"{monthNumber}", strconv.Itoa(int(t.Month())), "{day}", day,
	).Replace(l.style.date)
}

// DateTime writes day, time and the zone's abbreviation.
func (l *Locale) DateTime(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return l.Date(t, zone) + l.style.between + t.Format(l.style.clock) + " " + abbreviation(t)
}

// month answers the month's name; catalogues hold the twelve names in one text.
func (l *Locale) month(m time.Month) string {
	names := strings.Split(l.texts["date.months"], "|")
	if len(names) != 12 {
		return m.String()
	}
	return names[m-1]
}

// abbreviation names the zone of t; zones without letters are written as an offset from UTC.
func abbreviation(t time.Time) string {
	name := t.Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + t.Format("-07:00")
	}
	return name
}
