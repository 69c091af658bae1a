// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pageWidth is the widest line in characters: what fits beside a second window.
const pageWidth = 100

// minColumn is the least that a column is narrowed to.
const minColumn = 12

// tone of a text: what it says in colour, where colours can be seen. The text must say it too.
type tone string

// Tones, by their terminal sequence (ECMA-48, select graphic rendition).
const (
	plain  tone = ""
	strong tone = "1"
	faint  tone = "2"
	bad    tone = "31"
	good   tone = "32"
	warn   tone = "33"
)

// cell of a table, or a piece of a line.
type cell struct {
	text string
	tone tone
}

// text makes a cell in plain tone.
func text(format string, args ...any) cell {
	return cell{text: fmt.Sprintf(format, args...)}
}

// page collects what is printed for people. Characters that would steer a terminal are replaced: much of what is printed
// was written by others.
type page struct {
	text   bytes.Buffer
	colour bool
}

// line prints pieces on one line, as they are.
func (p *page) line(pieces ...cell) {
	for _, piece := range pieces {
		p.text.WriteString(p.paint(visible(piece.text), piece.tone))
	}
	p.text.WriteByte('\n')
}

// paragraph prints a text wrapped at the page's width. The first line begins with lead, the others are indented as far.
func (p *page) paragraph(lead cell, body cell) {
	indent := utf8.RuneCountInString(lead.text)
	for i, part := range wrap(visible(body.text), pageWidth-indent) {
		if i == 0 {
			p.text.WriteString(p.paint(visible(lead.text), lead.tone))
		} else {
			p.text.WriteString(strings.Repeat(" ", indent))
		}
		p.text.WriteString(p.paint(part, body.tone) + "\n")
	}
}

// table prints rows below a header. Columns are as wide as their cells; if the row becomes wider than the page, the widest
// columns give way and their cells take more lines. Nothing is cut off.
func (p *page) table(header []string, rows [][]cell) {
	all := make([][]cell, 0, len(rows)+1)
	titles := make([]cell, len(header))
	for i, title := range header {
		titles[i] = cell{text: title, tone: faint}
	}
	all = append(append(all, titles), rows...)
	widths := columnWidths(all, len(header))
	for _, row := range all {
		p.row(row, widths)
	}
}

func (p *page) row(row []cell, widths []int) {
	parts := make([][]string, len(row))
	lines := 1
	for i := range row {
		parts[i] = wrap(visible(row[i].text), widths[i])
		lines = max(lines, len(parts[i]))
	}
	for n := range lines {
		var line strings.Builder
		gap := 0 // blanks that are only written before more text
		for i := range row {
			part := ""
			if n < len(parts[i]) {
				part = parts[i][n]
			}
			if part != "" {
				line.WriteString(strings.Repeat(" ", gap) + p.paint(part, row[i].tone))
				gap = 0
			}
			gap += widths[i] - utf8.RuneCountInString(part) + columnGap
		}
		p.text.WriteString(line.String() + "\n")
	}
}

func (p *page) paint(text string, tone tone) string {
	if !p.colour || tone == plain || text == "" {
		return text
	}
	return "\x1b[" + string(tone) + "m" + text + "\x1b[0m"
}

// columnGap is the number of blanks between columns.
const columnGap = 2

// columnWidths answers how wide each column is, narrowing the widest until the row fits.
func columnWidths(rows [][]cell, columns int) []int {
	widths := make([]int, columns)
	for _, row := range rows {
		for i := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].text))
		}
	}
	room := pageWidth - columnGap*(columns-1)
	for {
		total, widest := 0, 0
		for i, width := range widths {
			total += width
			if width > widths[widest] {
				widest = i
			}
		}
		if total <= room || widths[widest] <= minColumn {
			return widths
		}
		widths[widest] = max(minColumn, widths[widest]-(total-room), second(widths, widest))
	}
}

// second is the width to which the widest column is narrowed before another one is the widest; at least one less.
func second(widths []int, widest int) int {
	others := slices.Delete(slices.Clone(widths), widest, widest+1)
	if len(others) == 0 {
		return 0
	}
	return min(slices.Max(others), widths[widest]-1)
}

// wrap breaks a text at blanks into lines of at most width characters; longer words are broken where they must.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for word := range strings.FieldsSeq(text) {
		letters := []rune(word)
		if length > 0 && length+1+len(letters) > width {
			lines, line, length = append(lines, line), "", 0
		}
		for len(letters) > width {
			lines, letters = append(lines, string(letters[:width])), letters[width:]
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+string(letters), length+len(letters)
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// visible replaces characters that a terminal would obey.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control):
			return utf8.RuneError
		}
		return r
	}, text)
}
