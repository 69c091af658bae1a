// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// exportView is the page before a list is downloaded.
type exportView struct {
	FormToken, Lead, Action, Back string
	// TooMany says that the list does not fit into a file; empty when it does.
	TooMany string
}

// download is a reply that browsers keep as a file.
type download struct {
	name string
	body []byte
}

func (d download) write(x *exchange) {
	header := x.w.Header()
	header.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	header.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	header.Set("Content-Length", strconv.Itoa(len(d.body)))
	x.w.WriteHeader(http.StatusOK)
	x.send(d.body)
}

func (s *site) showExport(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	query, _, err := s.peopleQuery(x, v, t, &filterView{})
	if err != nil {
		return nil, err
	}
	n, err := s.people.Count(x.r.Context(), v.account, query)
	if err != nil {
		return nil, err
	}
	view := exportView{
		FormToken: s.forms.sessionToken(v.session.ID), Lead: t.count("export.lead", n),
		Action: x.peoplePage("/people/export", "", ""), Back: x.peoplePage("/people", "", ""),
	}
	if n > people.MaxExport {
		view.TooMany = t.get("export.tooMany", "n", people.MaxExport)
	}
	return page{name: "export", title: t.get("export.title"), viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// export sends the list that the address filters.
func (s *site) export(x *exchange, v *viewer) (reply, error) {
	query, _, err := s.peopleQuery(x, v, x.texts(), &filterView{})
	if err != nil {
		return nil, err
	}
	file, err := s.people.Export(x.r.Context(), people.Change{Actor: v.account, RequestID: x.reference}, query)
	var refused *people.FaultError
	if errors.As(err, &refused) { // the page says how many fit
		return redirect{x.peoplePage("/people/export", "", "")}, nil
	}
	if err != nil {
		return nil, err
	}
	return download{name: "people.csv", body: file}, nil
}
