// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// frame is what surrounds the content of every page.
type frame struct {
	Lang, Title, Portal string
	Brands              []string
	// Problem puts "Error" before the title, so that screen readers say it first.
	Problem bool
	Assets  assetURLs
	Support supportView
	// Viewer is who is signed in, nil on signed-out pages.
	Viewer *viewerView
	// Links lead to the pages that are open to anybody, and Open is true on those that people see who are not signed in.
	Links []navLink
	Open  bool
	// Languages to choose from on signed-out pages.
	Languages languagesView
}

// viewerView is the bar of signed-in pages.
type viewerView struct {
	Name, FormToken string
	// Menu of the bar, and Tabs of the part of the portal that the page belongs to.
	Menu, Tabs []navLink
	Warning    warningView
}

// page is a reply that shows a template.
type page struct {
	status  int
	name    string
	title   string
	problem bool
	viewer  *viewerView
	// open is true for content that has its own bar while nobody is signed in.
	open bool
	body any
}

func (p page) write(x *exchange) {
	if err := x.render(p); err != nil {
		x.fail(err)
	}
}

// render writes a page to a buffer and sends it once it is complete.
func (x *exchange) render(p page) error {
	view := struct {
		Frame frame
		Page  any
	}{
		Frame: frame{
			Lang: x.locale.Tag, Title: p.title, Portal: x.look.name, Brands: x.look.brandNames, Problem: p.problem,
			Assets: x.look.assets, Support: x.support(), Viewer: p.viewer, Open: p.open,
		},
		Page: p.body,
	}
	view.Frame.Assets.Logo = x.site.logo.url(x.now())
	if p.viewer == nil {
		view.Frame.Languages, view.Frame.Links = x.site.languages(x), x.openMenu()
	}
	var buffer bytes.Buffer
	shown, err := x.site.templates.page(x.locale.Language, p.name)
	if err != nil {
		return err
	}
	if err := shown.ExecuteTemplate(&buffer, "layout", view); err != nil {
		return fmt.Errorf("rendering the page %s: %w", p.name, err)
	}
	header := x.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", x.locale.Tag)
	header.Add("Vary", "Accept-Language")
	header.Set("Content-Length", strconv.Itoa(buffer.Len()))
	if p.status == 0 {
		p.status = http.StatusOK
	}
	x.w.WriteHeader(p.status)
	x.send(buffer.Bytes())
	return nil
}

// passwordField is one field of a form that takes a password.
type passwordField struct {
	ID, Label, Autocomplete, Hint, Fault string
	// Focus puts the cursor here when the page opens.
	Focus bool
}

// Described lists the elements that describe the field.
func (f passwordField) Described() string {
	switch {
	case f.Hint != "" && f.Fault != "":
		return f.ID + "-fault " + f.ID + "-hint"
	case f.Fault != "":
		return f.ID + "-fault"
	case f.Hint != "":
		return f.ID + "-hint"
	default:
		return ""
	}
}
