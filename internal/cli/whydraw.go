// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/internal/why"
)

// longestValue is how many characters of a value a table shows; the story shows all.
const longestValue = 44

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
	rows := make([][]cell, len(report.Values))
	for i, v := range report.Values {
		rows[i] = whyRow(report, v)
	}
	p.table([]string{"PATH", "VALUE", "SOURCE", "BOUND"}, rows)
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

// whyRow is a line of the table.
func whyRow(report *why.Report, v why.Entry) []cell {
	shown, tone := v.Text(), plain
	if letters := []rune(shown); len(letters) > longestValue {
		shown = string(letters[:longestValue-1]) + "…"
	}
	if v.Value.Value == nil {
		tone = faint
	}
	return []cell{{text: v.Path, tone: tone}, {text: shown, tone: tone}, {text: sourceOf(report, v), tone: tone}, boundOf(v)}
}

// sourceOf names where a value came from.
func sourceOf(report *why.Report, v why.Entry) string {
	switch v.Source {
	case v1alpha1.SourceBuiltIn:
		return "built-in"
	case v1alpha1.SourceClass:
		return "class " + report.Class.Name
	case v1alpha1.SourcePortal:
		return "portal"
	case v1alpha1.SourceTenant:
		return "tenant"
	}
	return "-"
}

// boundOf says what a bound does to a value.
func boundOf(v why.Entry) cell {
	b := v.Bound
	switch {
	case b == nil:
		return cell{}
	case b.Audit:
		return cell{text: "crosses " + b.Bound + " (only reported)", tone: warn}
	case b.Refused:
		return cell{text: "refused by " + b.Bound, tone: bad}
	default:
		return cell{text: fmt.Sprintf("%s wanted; %s", settings.Text(b.Wanted), b.Bound), tone: warn}
	}
}
