// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"embed"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"path"
	"strings"
	"text/template"

	"golang.org/x/text/language"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

//go:embed texts/*.json layout/*
var files embed.FS

// facts are what a letter can say.
type facts struct {
	Kind                                             outbox.Kind
	Portal, URL, Name, Username, Address, Dealership string
	// Days that a link is good, Months without use.
	Days, Months int
	// Helper is who can bring the account back.
	Helper string
	// Inactive is true when the account was disabled because it was not used.
	Inactive bool
	Support  portalconfig.Support
	Accent   string
}

// phrases are the texts of one language: templates over facts. Empty paragraphs are left out.
type phrases struct {
	// Greeting and Closing frame every letter; Contact comes before the support desk's phones and mail.
	Greeting, Closing, Contact string
	Letters                    map[outbox.Kind]struct {
		Subject    string
		Paragraphs []string
		// Button is the label of the link; empty means that the letter has none.
		Button string
		// After follows the link.
		After []string
	}
}

// letterText is a written letter.
type letterText struct {
	subject, plain, html string
}

// page is what the layouts show.
type page struct {
	Lang, Subject, Portal, Accent, Greeting, Button, URL, Closing, Contact string
	Paragraphs, After                                                      []string
	Support                                                                portalconfig.Support
}

// writer writes letters in the languages it has texts for.
type writer struct {
	languages []language.Tag
	matcher   language.Matcher
	texts     map[string]*phrases
	plain     *template.Template
	html      *htmltemplate.Template
}

// fallback is the language for locales without texts.
const fallback = "en"

func newWriter() (*writer, error) {
	entries, err := files.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	w := &writer{languages: []language.Tag{language.MustParse(fallback)}, texts: map[string]*phrases{}}
	for _, entry := range entries {
		raw, err := files.ReadFile(path.Join("texts", entry.Name()))
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(entry.Name(), ".json")
		w.texts[name] = &phrases{}
		if err := json.Unmarshal(raw, w.texts[name]); err != nil {
			return nil, fmt.Errorf("texts of %s: %w", name, err)
		}
		if name != fallback {
			w.languages = append(w.languages, language.MustParse(name))
		}
	}
	w.matcher = language.NewMatcher(w.languages)
	if w.plain, err = template.ParseFS(files, "layout/letter.txt"); err != nil {
		return nil, err
	}
	w.html, err = htmltemplate.ParseFS(files, "layout/letter.html")
	return w, err
}

// write writes a letter in the first of the portal's locales.
func (w *writer) write(locales []string, f *facts) (*letterText, error) {
	lang := fallback
	if len(locales) > 0 {
		_, index, _ := w.matcher.Match(language.Make(locales[0]))
		lang = w.languages[index].String()
	}
	texts := w.texts[lang]
	letter, ok := texts.Letters[f.Kind]
	if !ok {
		return nil, fmt.Errorf("no texts of kind %s in %s", f.Kind, lang)
	}
	p := page{Lang: lang, Portal: f.Portal, Accent: f.Accent, URL: f.URL, Support: f.Support}
	say := speaker{facts: f}
	p.Subject, p.Greeting, p.Closing, p.Contact = say.one(letter.Subject), say.one(texts.Greeting), say.one(texts.Closing), say.one(texts.Contact)
	p.Paragraphs, p.Button, p.After = say.all(letter.Paragraphs), say.one(letter.Button), say.all(letter.After)
	if say.err != nil {
		return nil, say.err
	}
	var plain, html strings.Builder
	if err := w.plain.Execute(&plain, p); err != nil {
		return nil, err
	}
	if err := w.html.Execute(&html, p); err != nil {
		return nil, err
	}
	return &letterText{subject: p.Subject, plain: plain.String(), html: html.String()}, nil
}

// speaker fills phrases with facts and keeps the first error.
type speaker struct {
	facts *facts
	err   error
}

// one fills a phrase.
func (s *speaker) one(phrase string) string {
	parsed, err := template.New("phrase").Option("missingkey=error").Parse(phrase)
	var text strings.Builder
	if err == nil {
		err = parsed.Execute(&text, s.facts)
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return strings.TrimSpace(text.String())
}

// all fills phrases and leaves empty ones out.
func (s *speaker) all(list []string) []string {
	var filled []string
	for _, phrase := range list {
		if text := s.one(phrase); text != "" {
			filled = append(filled, text)
		}
	}
	return filled
}
