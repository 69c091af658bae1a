// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestTablesKeepWithinThePage draws tables of any content: no line is wider than the page, and no letter is lost.
func TestTablesKeepWithinThePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 7).Draw(t, "columns")
		words := rapid.StringMatching(`[a-zäß,.:/-]{0,40}( [a-z]{1,30}){0,6}`)
		var rows [][]cell
		want := ""
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			row := make([]cell, columns)
			for i := range row {
				row[i] = cell{text: words.Draw(t, "cell")}
				want += row[i].text
			}
			rows = append(rows, row)
		}
		p := &page{}
		p.table(make([]string, columns), rows)
		for line := range strings.Lines(p.text.String()) {
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > pageWidth {
				t.Fatalf("%d characters wide: %s", width, line)
			}
			if trimmed := strings.TrimRight(line, " \n"); trimmed+"\n" != line {
				t.Fatalf("blanks at the end of %q", line)
			}
		}
		if diff := cmp.Diff(letters(want), letters(p.text.String())); diff != "" {
			t.Fatalf("letters (-want +got):\n%s", diff)
		}
	})
}

// letters counts the letters of a text other than blanks.
func letters(text string) map[rune]int {
	count := map[rune]int{}
	for _, r := range text {
		if r != ' ' && r != '\n' {
			count[r]++
		}
	}
	return count
}

func TestTable(t *testing.T) {
	p := &page{}
	p.table([]string{"NAME", "WHY"}, [][]cell{
		{text("us"), text("%s", strings.Repeat("word ", 30))},
		{text("canada"), {}},
	})
	want := `NAME    WHY
us      word word word word word word word word word word word word word word word word word word
        word word word word word word word word word word word word
canada
`
	if diff := cmp.Diff(want, p.text.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestColoursOnlyWhereTheyCanBeSeen(t *testing.T) {
	p := &page{colour: true}
	p.line(cell{"Down", bad}, text(" and up"))
	if got := p.text.String(); got != "\x1b[31mDown\x1b[0m and up\n" {
		t.Errorf("line %q", got)
	}
	var buffer bytes.Buffer
	if colourful(Streams{Out: &buffer}, func(string) string { return "" }) {
		t.Error("a pipe sees colours")
	}
}

func TestWhatOthersWroteSteersNoTerminal(t *testing.T) {
	p := &page{}
	p.line(text("a\x1b[2Jb\u202ec\td"))
	if got := p.text.String(); got != "a\ufffd[2Jb\ufffdc d\n" {
		t.Errorf("line %q", got)
	}
}

func TestSimilarNames(t *testing.T) {
	known := []string{"us-dealers", "us-owners", "ca-dealers", "lakeside"}
	for wrong, want := range map[string][]string{
		"us-dealer":   {"us-dealers", "ca-dealers"},
		"Lakesde":     {"lakeside"},
		"owner":       {"us-owners"},
		"zzz":         {},
		"x":           {},
		"ca-dealerss": {"ca-dealers", "us-dealers"},
	} {
		if diff := cmp.Diff(want, similar(wrong, known)); diff != "" {
			t.Errorf("like %q (-want +got):\n%s", wrong, diff)
		}
	}
}
