// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package i18n_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"

	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

func load(t *testing.T) *i18n.Catalogues {
	t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return catalogues
}

func TestEveryLanguageIsComplete(t *testing.T) {
	catalogues := load(t)
	if diff := cmp.Diff([]string{"de", "en", "es", "fr", "ja"}, catalogues.Languages()); diff != "" {
		t.Fatalf("languages (-want +got):\n%s", diff)
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	placeholders := func(text string) []string {
		found := placeholder.FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	english := catalogues.Locale(language.English)
	for _, lang := range catalogues.Languages() {
		if diff := cmp.Diff(catalogues.Keys(i18n.Default), catalogues.Keys(lang)); diff != "" {
			t.Errorf("%s: keys differ from English (-want +got):\n%s", lang, diff)
			continue
		}
		locale := catalogues.Locale(language.Make(lang))
		for _, key := range catalogues.Keys(lang) {
			want, _ := english.Text(key)
			got, _ := locale.Text(key)
			if strings.TrimSpace(got) == "" {
				t.Errorf("%s: %s is empty", lang, key)
			}
			if diff := cmp.Diff(placeholders(want), placeholders(got)); diff != "" {
				t.Errorf("%s: placeholders of %s differ from English (-want +got):\n%s", lang, key, diff)
			}
			if got == want && lang != i18n.Default && strings.Contains(strings.TrimSpace(want), " ") {
				t.Errorf("%s: %s is still English: %s", lang, key, got)
			}
		}
		if months, _ := locale.Text("date.months"); strings.Count(months, "|") != 11 {
			t.Errorf("%s: date.months holds no twelve names", lang)
		}
	}
}

// Texts that nothing shows are dead weight for translators.
func TestEveryTextIsUsed(t *testing.T) {
	var source strings.Builder
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, entry fs.DirEntry, err error) error {
		isSource := strings.HasSuffix(path, ".html") || (strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"))
		if err != nil || entry.IsDir() || !isSource {
			return err
		}
		raw, err := os.ReadFile("../" + path)
		source.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fault := regexp.MustCompile(`key: +"(\w+)"`)
	built := map[string]bool{}
	for _, found := range fault.FindAllStringSubmatch(source.String(), -1) {
		built["error."+found[1]+"Title"], built["error."+found[1]+"Text"] = true, true
	}
	for _, found := range regexp.MustCompile(`word: "(\w+)", action:`).FindAllStringSubmatch(source.String(), -1) {
		for _, part := range []string{"Title", "Lead", "Submit", "Done"} {
			built["manage."+found[1]+part] = true
		}
	}
	for _, key := range load(t).Keys(i18n.Default) {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		if !strings.Contains(source.String(), `"`+base+`"`) && !built[base] {
			t.Errorf("%s is shown nowhere", key)
		}
	}
}

func TestPick(t *testing.T) {
	locales := []string{"en-US", "es-US", "fr-CA", "de-DE", "ja-JP", "it-IT"}
	for name, test := range map[string]struct {
		accept, tag, lang string
		locales           []string
	}{
		"nothing said":                       {"", "en-US", "en", locales},
		"exactly one of the portal's":        {"fr-CA", "fr-CA", "fr", locales},
		"the language in another region":     {"fr-FR,fr;q=0.9,en;q=0.5", "fr-CA", "fr", locales},
		"a language that the portal has not": {"ko-KR", "en-US", "en", locales},
		"the second choice":                  {"ko-KR,ja;q=0.8", "ja-JP", "ja", locales},
		"weights decide":                     {"de;q=0.2,es;q=0.9", "es-US", "es", locales},
		"a locale without texts is English":  {"it-IT", "en-US", "en", locales},
		"the first is the default":           {"ko", "ja-JP", "ja", []string{"ja-JP", "en-US"}},
		"malformed":                          {"-;;;,,=q", "en-US", "en", locales},
		"endless":                            {strings.Repeat("fr-CA,", 100), "en-US", "en", locales},
		"no locales at all":                  {"fr", "en-US", "en", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := load(t).Negotiator(test.locales).Pick(test.accept)
			if got.Tag != test.tag || got.Language != test.lang {
				t.Errorf("got %s with texts in %s, want %s with %s", got.Tag, got.Language, test.tag, test.lang)
			}
		})
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 7, 1, 3, 5, 0, 0, time.UTC)
	for name, test := range map[string]struct{ tag, zone, want string }{
		"United States":                   {"en-US", "America/New_York", "June 30, 2026, 11:05 PM EDT"},
		"United Kingdom":                  {"en-GB", "Europe/London", "1 July 2026, 04:05 BST"},
		"Germany":                         {"de-DE", "Europe/Berlin", "1. Juli 2026, 05:05 CEST"},
		"France, first of the month":      {"fr-FR", "Europe/Paris", "1er juillet 2026 à 05:05 CEST"},
		"Quebec":                          {"fr-CA", "America/Toronto", "30 juin 2026 à 23 h 05 EDT"},
		"Spain":                           {"es-ES", "Europe/Madrid", "1 de julio de 2026, 05:05 CEST"},
		"Spanish in the United States":    {"es-US", "America/Los_Angeles", "30 de junio de 2026, 8:05 PM PDT"},
		"Japan":                           {"ja-JP", "Asia/Tokyo", "2026年7月1日 12:05 JST"},
		"a zone without letters":          {"en-US", "America/Sao_Paulo", "July 1, 2026, 12:05 AM UTC-03:00"},
		"a language without texts of its": {"it-IT", "UTC", "July 1, 2026, 3:05 AM UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := load(t).Locale(language.MustParse(test.tag)).DateTime(at, zone); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	english, french := load(t).Locale(language.English), load(t).Locale(language.French)
	if _, err := english.Text("no.such.text"); err == nil {
		t.Error("a text that does not exist is no error")
	}
	if _, err := english.Text("activate.lead", "name"); err == nil {
		t.Error("a placeholder without a value is no error")
	}
	for name, test := range map[string]struct {
		locale *i18n.Locale
		n      int
		want   string
	}{
		"one":                 {english, 1, "Use at least 1 character."},
		"several":             {english, 15, "Use at least 15 characters."},
		"none":                {english, 0, "Use at least 0 characters."},
		"none in French: one": {french, 0, "Utilisez au moins 0 caractère."},
	} {
		if got, err := test.locale.Count("password.tooShort", test.n); err != nil || got != test.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, test.want)
		}
	}
	if got, _ := english.Text("activate.lead", "name", "{name} & <Robin>"); got != "Welcome, {name} & <Robin>. Choose a password for your account." {
		t.Errorf("got %q: a value is read as a text", got)
	}
}
