// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

// speaker fills phrases of one language with facts and keeps the first error.
type speaker struct {
	facts  *facts
	texts  *phrases
	locale *i18n.Locale
	zone   *time.Location
	err    error
}

// one fills a phrase with the facts.
func (s *speaker) one(phrase string) string { return s.fill(phrase, s.facts) }

// fill fills a phrase. Besides what the data has, phrases can use date, which writes a day, moment, which adds the time, plural, which picks one of two forms for a
// number and puts it for {n}, and helper, who can bring the account back.
func (s *speaker) fill(phrase string, data any) string {
	parsed, err := template.New("phrase").Option("missingkey=error").Funcs(template.FuncMap{
		"date":   func(t time.Time) string { return s.locale.Date(t, s.zone) },
		"moment": func(t time.Time) string { return s.locale.DateTime(t, s.zone) },
		"plural": s.plural,
		"helper": func() string { return s.one(s.texts.Helper) },
	}).Parse(phrase)
	var text strings.Builder
	if err == nil {
		err = parsed.Execute(&text, data)
	}
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("filling a phrase in %s: %w", s.locale.Language, err)
	}
	return strings.TrimSpace(text.String())
}

func (s *speaker) plural(n int, one, other string) string {
	form := other
	if s.locale.One(n) {
		form = one
	}
	return strings.ReplaceAll(form, "{n}", strconv.Itoa(n))
}

// all fills phrases and leaves empty ones out. Lines of what people wrote become paragraphs.
func (s *speaker) all(list []string) []string {
	var filled []string
	for _, phrase := range list {
		for line := range strings.Lines(s.one(phrase)) {
			if line = strings.TrimSpace(line); line != "" {
				filled = append(filled, line)
			}
		}
	}
	return filled
}

// lists fills the lists of people that are not empty.
func (s *speaker) lists(wanted []listPhrases) []list {
	groups := map[string]group{"Disabled": s.facts.Disabled, "DueSoon": s.facts.DueSoon, "Exempt": s.facts.Exempt, "Accounts": s.facts.Accounts}
	var filled []list
	for _, phrases := range wanted {
		g, known := groups[phrases.Group]
		if !known && s.err == nil {
			s.err = fmt.Errorf("there is no group %q", phrases.Group)
		}
		if len(g.People) == 0 {
			continue
		}
		l := list{Title: s.one(phrases.Title)}
		for _, p := range g.People {
			l.Items = append(l.Items, s.fill(phrases.Item, p))
		}
		if g.More > 0 {
			l.Items = append(l.Items, s.fill(s.texts.More, g.More))
		}
		filled = append(filled, l)
	}
	return filled
}
