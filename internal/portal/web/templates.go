// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"embed"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

//go:embed templates/*.html
var templateFiles embed.FS

// sharedTemplates are part of every page; each other file is a page.
var sharedTemplates = []string{"layout", "parts", "content"}

// pageNames lists the templates of pages.
func pageNames() ([]string, error) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("listing templates: %w", err)
	}
	var names []string
	for _, file := range files {
		if name := strings.TrimSuffix(path.Base(file), ".html"); !slices.Contains(sharedTemplates, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// templates are pages by language and name. Each is parsed when it is shown for the first time: all of them would take most of the start,
// and a portal seldom speaks all languages.
type templates struct {
	catalogues *i18n.Catalogues
	mu         sync.Mutex
	parsed     map[[2]string]*template.Template
}

func newTemplates(catalogues *i18n.Catalogues) *templates {
	return &templates{catalogues: catalogues, parsed: map[[2]string]*template.Template{}}
}

// page answers a page in a language.
func (t *templates) page(lang, name string) (*template.Template, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.parsed[[2]string{lang, name}]; known != nil {
		return known, nil
	}
	texts := t.catalogues.Locale(language.Make(lang))
	parsed := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"t": texts.Text})
	for _, part := range append(slices.Clone(sharedTemplates), name) {
		source, err := spoken(texts, part)
		if err == nil {
			_, err = parsed.Parse(source)
		}
		if err != nil {
			return nil, fmt.Errorf("parsing the page %s: %w", name, err)
		}
	}
	t.parsed[[2]string{lang, name}] = parsed
	return parsed, nil
}

// plainText is a text without values, which stands outside of scripts and in quotes where it is an attribute.
var plainText = regexp.MustCompile(`\{\{t "([A-Za-z0-9.]+)"\}\}`)

// spoken is the source of a template with its plain texts put in: they are the same each time that the page is shown.
func spoken(texts *i18n.Locale, name string) (string, error) {
	source, err := templateFiles.ReadFile("templates/" + name + ".html")
	if err != nil {
		return "", err
	}
	var faults []error
	put := plainText.ReplaceAllStringFunc(string(source), func(found string) string {
		text, err := texts.Text(plainText.FindStringSubmatch(found)[1])
		faults = append(faults, err)
		return html.EscapeString(text)
	})
	return put, errors.Join(faults...)
}
