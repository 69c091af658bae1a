// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package docs reads the tables of the documentation, so that tests can compare them with the code.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Root is the folder of the repository's go.mod, above the folder that a test runs in.
func Root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("there is no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Page reads a page of docs/ by its name.
func Page(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(Root(t), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Section is the part of a page below a heading, such as "## Events", up to the next heading of its level or above.
func Section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, "\n"+heading+"\n")
	if !found {
		t.Fatalf("the page has no heading %q", heading)
	}
	level := strings.IndexByte(heading, ' ')
	next := regexp.MustCompile(`(?m)^#{1,` + strconv.Itoa(level) + `} `).FindStringIndex(rest)
	if next != nil {
		rest = rest[:next[0]]
	}
	return rest
}

// separator is the line below the head of a table.
var separator = regexp.MustCompile(`^\|[-:| ]+\|$`)

// Rows are the cells of all tables of a text, without their heads.
func Rows(text string) [][]string {
	var rows [][]string
	body := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			body = false
		case separator.MatchString(line):
			body = true
		case body:
			rows = append(rows, Cells(line))
		}
	}
	return rows
}

// Cells are the cells of a line of a table.
func Cells(line string) []string {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(line, `\|`, "\x00"), "|"), "|")
	cells := strings.Split(line, "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "\x00", "|"))
	}
	return cells
}

var code = regexp.MustCompile("`([^`]+)`")

// Words are the words of a cell that are set as code.
func Words(cell string) []string {
	var words []string
	for _, match := range code.FindAllStringSubmatch(cell, -1) {
		words = append(words, match[1])
	}
	return words
}

// Firsts are the words set as code in the first cells of all tables of a text.
func Firsts(text string) []string {
	var words []string
	for _, row := range Rows(text) {
		words = append(words, Words(row[0])...)
	}
	return words
}

// Same reports what is in the code but not in the documentation, the other way round, and twice.
func Same(t *testing.T, what string, documented, existing []string) {
	t.Helper()
	shown := map[string]int{}
	for _, word := range documented {
		shown[word]++
	}
	for _, word := range existing {
		switch times := shown[word]; {
		case times == 0:
			t.Errorf("%s: %s is not documented: add it", what, word)
		case times > 1:
			t.Errorf("%s: %s is documented %d times: once is enough", what, word, times)
		}
		delete(shown, word)
	}
	for word := range shown {
		t.Errorf("%s: %s is documented and does not exist: remove it", what, word)
	}
}
