// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// pages are README.md and the pages of docs/, by their path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/decisions/*.md", "charts/forecourt/README.md", "hack/README.md"} {
		files, err := filepath.Glob(filepath.Join(Root(t), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no pages, %v", pattern, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(Root(t), file)
			if err != nil {
				t.Fatal(err)
			}
			found[name] = string(raw)
		}
	}
	return found
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```$")
	inline  = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	title   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	alert   = regexp.MustCompile(`(?m)^ *- alert: (\S+)`)
	unnamed = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksLeadSomewhere follows every link to a file of the repository, and its anchor.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for name, page := range all {
		for _, match := range link.FindAllStringSubmatch(inline.ReplaceAllString(fence.ReplaceAllString(page, ""), ""), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(match[1], "#")
			file := name
			if target != "" {
				file = filepath.Join(filepath.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(Root(t), file)); err != nil {
				t.Errorf("%s: %s leads nowhere", name, match[1])
			} else if anchor != "" && !anchors(all[file])[anchor] {
				t.Errorf("%s: %s: there is no such heading", name, match[1])
			}
		}
	}
}

// anchors are the names that the headings of a page have as targets of links.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, match := range title.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		plain := unnamed.ReplaceAllString(strings.ToLower(strings.TrimSpace(match[1])), "")
		found[strings.ReplaceAll(plain, " ", "-")] = true
	}
	return found
}

// TestRowsFillTheirTables counts the cells of every row: a stray | shifts all that follows.
func TestRowsFillTheirTables(t *testing.T) {
	for name, page := range pages(t) {
		head := 0
		for line := range strings.Lines(fence.ReplaceAllString(page, "")) {
			line = strings.TrimSpace(line)
			switch {
			case !strings.HasPrefix(line, "|"):
				head = 0
			case head == 0:
				head = len(Cells(line))
			case len(Cells(line)) != head:
				t.Errorf("%s: %d cells, the table has %d: %s", name, len(Cells(line)), head, line)
			}
		}
	}
}

// TestAlertsAreExplained looks for every alert that is shipped on the pages.
func TestAlertsAreExplained(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(Root(t), "config", "monitoring", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Builder{}
	for name, page := range pages(t) {
		if strings.HasPrefix(name, "docs/") {
			text.WriteString(page)
		}
	}
	alerts := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range alert.FindAllStringSubmatch(string(raw), -1) {
			alerts++
			if !strings.Contains(text.String(), "`"+match[1]+"`") {
				t.Errorf("no page says what to do about the alert %s of %s", match[1], filepath.Base(file))
			}
		}
	}
	if alerts == 0 {
		t.Error("no alerts were found")
	}
}

// TestExamplesCanBeRead reads every YAML example, those of our own kinds strictly.
func TestExamplesCanBeRead(t *testing.T) {
	own := map[string]func() any{
		"PortalClass":    func() any { return &v1alpha1.PortalClass{} },
		"RegionalPortal": func() any { return &v1alpha1.RegionalPortal{} },
		"DealerTenant":   func() any { return &v1alpha1.DealerTenant{} },
	}
	examples := 0
	for name, page := range pages(t) {
		for _, match := range fence.FindAllStringSubmatch(page, -1) {
			if match[1] != "yaml" {
				continue
			}
			for document := range strings.SplitSeq(match[2], "\n---\n") {
				examples++
				var head any
				if err := yaml.Unmarshal([]byte(document), &head); err != nil {
					t.Errorf("%s: %v in\n%s", name, err, document)
					continue
				}
				object, _ := head.(map[string]any)
				if kind, _ := object["kind"].(string); own[kind] != nil && object["apiVersion"] == v1alpha1.GroupVersion.String() {
					if err := yaml.UnmarshalStrict([]byte(document), own[kind]()); err != nil {
						t.Errorf("%s: %v in\n%s", name, err, document)
					}
				}
			}
		}
	}
	if examples < 5 {
		t.Errorf("%d examples were found: the test looks at too little", examples)
	}
}
