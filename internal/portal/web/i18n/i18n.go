// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package i18n holds the texts of the pages in every shipped language, picks the reader's locale, and writes dates the
// way that locale does.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Default is the language whose texts are complete by definition and serve locales without texts of their own.
const Default = "en"

// maxAcceptLanguage is the longest Accept-Language header, in bytes, that is looked at.
const maxAcceptLanguage = 256

//go:embed catalogues/*/*.json
var files embed.FS

// Catalogues are the texts by language. They never change after Load and serve any number of readers.
type Catalogues struct {
	texts map[string]map[string]string
}

// Load reads the embedded catalogues: a folder for each language, with a file for each subject.
func Load() (*Catalogues, error) {
	names, err := fs.Glob(files, "catalogues/*/*.json")
	if err != nil {
		return nil, fmt.Errorf("listing catalogues: %w", err)
	}
	c := &Catalogues{texts: map[string]map[string]string{}}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading catalogue: %w", err)
		}
		subject := map[string]string{}
		if err := json.Unmarshal(raw, &subject); err != nil {
			return nil, fmt.Errorf("reading catalogue %s: %w", name, err)
		}
		if err := c.add(path.Base(path.Dir(name)), subject); err != nil {
			return nil, fmt.Errorf("reading catalogue %s: %w", name, err)
		}
	}
	if c.texts[Default] == nil {
		return nil, fmt.Errorf("no catalogue for %s", Default)
	}
	return c, nil
}

// add takes the texts of a subject into those of a language. A key in two subjects is an error.
func (c *Catalogues) add(lang string, subject map[string]string) error {
	texts := c.texts[lang]
	if texts == nil {
		texts = map[string]string{}
		c.texts[lang] = texts
	}
	for key, text := range subject {
		if _, twice := texts[key]; twice {
			return fmt.Errorf("%s is in another file, too", key)
		}
		texts[key] = text
	}
	return nil
}

// Languages lists the languages with texts, sorted.
func (c *Catalogues) Languages() []string {
	languages := make([]string, 0, len(c.texts))
	for name := range c.texts {
		languages = append(languages, name)
	}
	slices.Sort(languages)
	return languages
}

// Keys lists the keys of a language, sorted.
func (c *Catalogues) Keys(lang string) []string {
	keys := make([]string, 0, len(c.texts[lang]))
	for key := range c.texts[lang] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Negotiator picks one of a portal's locales for a reader.
type Negotiator struct {
	locales []*Locale
	matcher language.Matcher
}

// Negotiator prepares the choice between a portal's locales (BCP 47 tags, the first is the default). Malformed tags are
// left out: the settings were validated before.
func (c *Catalogues) Negotiator(tags []string) *Negotiator {
	var parsed []language.Tag
	for _, raw := range tags {
		if tag, err := language.Parse(raw); err == nil {
			parsed = append(parsed, tag)
		}
	}
	if len(parsed) == 0 {
		parsed = []language.Tag{language.AmericanEnglish}
	}
	n := &Negotiator{matcher: language.NewMatcher(parsed)}
	for _, tag := range parsed {
		n.locales = append(n.locales, c.Locale(tag))
	}
	return n
}

// Pick answers the best locale for an Accept-Language header; the portal's default when nothing fits.
func (n *Negotiator) Pick(acceptLanguage string) *Locale {
	if len(acceptLanguage) > maxAcceptLanguage {
		acceptLanguage = ""
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return n.locales[0]
	}
	_, index, confidence := n.matcher.Match(wanted...)
	if confidence == language.No {
		return n.locales[0]
	}
	return n.locales[index]
}

// All lists the portal's locales, the default first.
func (n *Negotiator) All() []*Locale { return n.locales }

// Choose answers the locale for a tag that somebody chose before, perhaps among other locales than the portal has now; nil when none
// speaks its language.
func (n *Negotiator) Choose(tag string) *Locale {
	wanted, err := language.Parse(tag)
	if tag == "" || err != nil {
		return nil
	}
	_, index, confidence := n.matcher.Match(wanted)
	if confidence == language.No {
		return nil
	}
	return n.locales[index]
}

// Locale answers the texts and formats of one locale. Without texts in its language the texts are English.
func (c *Catalogues) Locale(tag language.Tag) *Locale {
	base, _ := tag.Base()
	lang := base.String()
	if c.texts[lang] == nil {
		lang, tag = Default, language.AmericanEnglish
	}
	return &Locale{Tag: tag.String(), Language: lang, texts: c.texts[lang], style: styleOf(lang, tag)}
}

// Locale is what one reader sees.
type Locale struct {
	// Tag is the BCP 47 tag of the texts, for the lang attribute.
	Tag string
	// Language is the catalogue in use.
	Language string

	texts map[string]string
	style style
}

// Region of the locale, such as US; empty when it names none.
func (l *Locale) Region() string {
	region, confidence := language.Make(l.Tag).Region()
	if confidence != language.Exact {
		return ""
	}
	return region.String()
}

// Text answers the text of a key with {name} placeholders filled from pairs of name and value. An unknown key is an
// error: texts are part of the program.
func (l *Locale) Text(key string, pairs ...any) (string, error) {
	text, ok := l.texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q in %s", key, l.Language)
	}
	if len(pairs) == 0 {
		return text, nil
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %q: placeholders need pairs of name and value", key)
	}
	replacements := make([]string, 0, len(pairs))
	for i, part := range pairs {
		text := fmt.Sprint(part)
		if i%2 == 0 {
			text = "{" + text + "}"
		}
		replacements = append(replacements, text)
	}
	return strings.NewReplacer(replacements...).Replace(text), nil
}

// Count answers the text of key.one or key.other for a number, with {n} filled in.
func (l *Locale) Count(key string, n int) (string, error) {
	form := ".other"
	if l.One(n) {
		form = ".one"
	}
	return l.Text(key+form, "n", strconv.Itoa(n))
}

// One says whether a number takes the singular.
func (l *Locale) One(n int) bool {
	return n == 1 || (l.Language == "fr" && n == 0)
}
