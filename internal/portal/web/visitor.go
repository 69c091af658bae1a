// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
)

// visitor is who looks at a page that is open to anybody; nil when nobody is signed in.
func (s *site) visitor(x *exchange) (*viewer, error) {
	v, err := s.viewer(x)
	if errors.Is(err, session.ErrEnded) {
		return nil, nil
	}
	return v, err
}

// openPage shows content to anybody: within the portal to people who are signed in, and else below a bar of its own.
func (s *site) openPage(x *exchange, v *viewer, p page, here string) page {
	if v != nil {
		p.viewer = s.bar(x.look, v, here)
		return p
	}
	p.open = true
	return p
}

// openMenu lists the pages that are open to anybody.
func (x *exchange) openMenu() []navLink {
	links := []navLink{{Key: "contact.title", Href: "/support"}, {Key: "dealerships.title", Href: "/dealerships"}}
	if len(x.look.brandNames) > 0 {
		links = append(links, navLink{Key: "brands.title", Href: "/brands"})
	}
	links = append(links, navLink{Key: "newDealer.menu", Href: "/become-a-dealer"})
	for i := range links {
		path := x.r.URL.Path
		links[i].Current = path == links[i].Href || strings.HasPrefix(path, links[i].Href+"/")
	}
	return links
}

// brandName is what people call a brand.
func (l *look) brandName(name string) string { return cmp.Or(l.brands[name], name) }
