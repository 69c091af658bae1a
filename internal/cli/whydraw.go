// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/internal/why"
)

// drawWhy draws the story of one value, or a table of many.
func drawWhy(p *page, report *why.Report, one bool) {
	p.paragraph(cell{}, cell{text: headline(report), tone: strong})
	for _, problem := range report.Problems {
		p.paragraph(cell{text: "Problem: ", tone: bad}, text("%s", problem))
	}
	p.line()
	if one {
		drawStory(p, report, report.Values[0])
		return
	}
	drawEntries(p, report.Values)
}

// headline names the objects that the values come from.
func headline(report *why.Report) string {
	line := whichVersion(&report.Object)
	if report.Portal != nil {
		line += " of " + whichVersion(report.Portal)
	}
	return line + ", " + whichVersion(report.Class)
}

// whichVersion names an object with its namespace and generation, as far as there are any.
func whichVersion(o *settings.Object) string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	if o.Generation == 0 {
		return o.Kind + " " + name
	}
	return fmt.Sprintf("%s %s (generation %d)", o.Kind, name, o.Generation)
}

func drawStory(p *page, report *why.Report, v why.Entry) {
	for i, sentence := range report.Story(v) {
		tone := plain
		if i == 0 {
			tone = strong
		}
		p.paragraph(cell{}, cell{text: sentence, tone: tone})
	}
	if v.About != "" {
		p.line()
		p.paragraph(cell{text: "The field: ", tone: faint}, cell{text: v.About, tone: faint})
	}
}

// shortestValue is how many characters of a value a table shows at least; the story shows all.
const shortestValue = 20

// drawEntries draws a line for each value. Values give way to the other columns, so that every path can be copied.
func drawEntries(p *page, values []why.Entry) {
	header := []string{"PATH", "VALUE", "SOURCE", "BOUND"}
	rows, others := make([][]cell, len(values)), make([][]cell, 0, len(values)+1)
	others = append(others, []cell{text("%s", header[0]), text("%s", header[2]), text("%s", header[3])})
	for i, v := range values {
		path, source := text("%s", v.Path), text("%s", sourceOf(v))
		if v.Value.Value == nil {
			path.tone, source.tone = faint, faint
		}
		rows[i] = []cell{path, {}, source, boundOf(v)}
		others = append(others, []cell{path, source, rows[i][3]})
	}
	room := pageWidth - columnGap*(len(header)-1)
	for _, width := range columnWidths(others, len(others[0])) {
		room -= width
	}
	for i, v := range values {
		rows[i][1] = shown(v, max(room, shortestValue))
	}
	p.table(header, rows)
}

// shown is a value with what a bound does to it, in so many characters.
func shown(v why.Entry, room int) cell {
	value, note, tone := v.Text(), "", plain
	switch b := v.Bound; {
	case v.Value.Value == nil:
		tone = faint
	case b == nil:
	case b.Audit:
		note, tone = " (only reported)", warn
	case b.Refused:
		note, tone = " (refused)", bad
	default:
		note, tone = fmt.Sprintf(" (%s wanted)", settings.Text(b.Wanted)), warn
	}
	if room -= utf8.RuneCountInString(note); utf8.RuneCountInString(value) > room {
		value = string([]rune(value)[:max(room-1, 1)]) + "…"
	}
	return cell{text: value + note, tone: tone}
}

// sourceOf names where a value came from; the headline tells which class and which portal.
func sourceOf(v why.Entry) string {
	switch v.Source {
	case "":
		return "-"
	case v1alpha1.SourceBuiltIn:
		return "built-in"
	default:
		return strings.ToLower(string(v.Source))
	}
}

// boundOf names the bound that a value crosses.
func boundOf(v why.Entry) cell {
	if v.Bound == nil {
		return cell{}
	}
	return text("%s", v.Bound.Bound[strings.LastIndex(v.Bound.Bound, ".")+1:])
}
