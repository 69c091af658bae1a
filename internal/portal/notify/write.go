// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"embed"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strings"
	"text/template"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

//go:embed texts/*/*.json layout/*
var files embed.FS

// phrases are the texts of one language: templates over facts. Empty paragraphs are left out.
type phrases struct {
	// Greeting and Closing frame every letter; Contact comes before the support desk's phones and mail.
	Greeting, Closing, Contact string
	// Helper says who can bring the account back; letters show it with {{helper}}.
	Helper string
	// More follows a list that is cut off; a template over the number that is left out.
	More    string
	Letters map[outbox.Kind]letterPhrases
}

// letterPhrases are the texts of one kind of letter.
type letterPhrases struct {
	Subject    string
	Paragraphs []string
	// Lists of people follow the paragraphs.
	Lists []listPhrases
	// Button is the label of the link; empty means that the letter has none.
	Button string
	// After follows the link.
	After []string
	// Text is the whole of a text message; empty where the kind is only mailed. It has no link: people learn that links in text
	// messages are not from us.
	Text string
}

// listPhrases are the texts of a list. Group is the field of the facts that holds it, Item a template over each person.
type listPhrases struct {
	Group, Title, Item string
}

// letterText is a written letter.
type letterText struct {
	subject, plain, html string
}

// page is what the layouts show.
type page struct {
	Lang, Subject, Portal, Accent, Greeting, Button, URL, Closing, Contact string
	Paragraphs, After                                                      []string
	Lists                                                                  []list
	Support                                                                portalconfig.Support
}

// list is a list of people as a layout shows it.
type list struct {
	Title string
	Items []string
}

// writer writes letters in the languages it has texts for.
type writer struct {
	catalogues *i18n.Catalogues
	texts      map[string]*phrases
	plain      *template.Template
	html       *htmltemplate.Template
}

func newWriter() (*writer, error) {
	catalogues, err := i18n.Load()
	if err != nil {
		return nil, err
	}
	w := &writer{catalogues: catalogues, texts: map[string]*phrases{}}
	for _, name := range catalogues.Languages() {
		if w.texts[name], err = readPhrases(name); err != nil {
			return nil, err
		}
	}
	if w.plain, err = template.ParseFS(files, "layout/letter.txt"); err != nil {
		return nil, err
	}
	w.html, err = htmltemplate.ParseFS(files, "layout/letter.html")
	return w, err
}

// readPhrases reads the texts of a language: a file for each subject, whose letters add up.
func readPhrases(lang string) (*phrases, error) {
	names, err := fs.Glob(files, path.Join("texts", lang, "*.json"))
	if err != nil {
		return nil, err
	}
	texts := &phrases{}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		// Decoding adds to what is there, and replaces letters of the same kind.
		if err := json.Unmarshal(raw, texts); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return texts, nil
}

// write writes a letter in the recipient's language, or else in the first of the portal's locales, with dates in its time zone.
func (w *writer) write(settings *portalconfig.Settings, f *facts) (*letterText, error) {
	say, letter, err := w.speaker(settings, f)
	if err != nil {
		return nil, err
	}
	texts := say.texts
	p := page{
		Lang: say.locale.Tag, Portal: f.Portal, Accent: f.Accent, URL: f.URL, Support: say.facts.Support,
		Subject: say.one(letter.Subject), Greeting: say.one(texts.Greeting), Closing: say.one(texts.Closing), Contact: say.one(texts.Contact),
		Paragraphs: say.all(letter.Paragraphs), Lists: say.lists(letter.Lists), Button: say.one(letter.Button), After: say.all(letter.After),
	}
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

// speaker speaks the recipient's language, or else that of the first of the portal's locales.
func (w *writer) speaker(settings *portalconfig.Settings, f *facts) (*speaker, letterPhrases, error) {
	zone, err := time.LoadLocation(settings.TimeZone)
	if err != nil {
		return nil, letterPhrases{}, fmt.Errorf("loading the portal's time zone: %w", err)
	}
	locale := w.catalogues.Negotiator(settings.Locales).Pick(f.Language)
	texts := w.texts[locale.Language]
	letter, ok := texts.Letters[f.Kind]
	if !ok {
		return nil, letterPhrases{}, fmt.Errorf("no texts of kind %s in %s", f.Kind, locale.Language)
	}
	said := *f
	said.Support = f.Support.In(locale.Tag)
	return &speaker{facts: &said, texts: texts, locale: locale, zone: zone}, letter, nil
}

// text writes a text message.
func (w *writer) text(settings *portalconfig.Settings, f *facts) (string, error) {
	say, letter, err := w.speaker(settings, f)
	if err != nil {
		return "", err
	}
	if letter.Text == "" {
		return "", fmt.Errorf("kind %s has no text message in %s", f.Kind, say.locale.Language)
	}
	return say.one(letter.Text), say.err
}
