// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// importing is the step of a session between a file with invitations and its confirmation.
	importing flow.Purpose = "PeopleImport"
	// importLife is how long the portal keeps a file for that.
	importLife = time.Hour
	// Most lines of a preview: pages stay small.
	maxShownProblems, maxShownRows = 100, 50
)

// importView is the form for a file with invitations.
type importView struct{ FormToken, Lead, Seats, Problem string }

// previewView is what a file would do.
type previewView struct {
	FormToken, Changed string
	// File is the hash of the file that is shown: another one, sent meanwhile in another window, is not what was looked at.
	File string
	// Fresh and Known say how many would be invited and how many are there; Known is empty when nobody is.
	Fresh, Known string
	Rows         []previewRow
	// MoreRows and MoreProblems say how many are not shown; empty when all are.
	MoreRows, MoreProblems string
	// ProblemCount is empty without problems.
	ProblemCount string
	Problems     []problemRow
	// Offered says that somebody can be invited, Skipping that lines have to be left out for it.
	Offered, Skipping bool
}

type previewRow struct{ Name, Username, Mail, Role string }

type problemRow struct{ Where, Text string }

// forAdministrators keeps the pages for administrators from everybody else.
func forAdministrators(handler signedInHandler) signedInHandler {
	return forManagers(func(x *exchange, v *viewer) (reply, error) {
		if v.desk() {
			return nil, faultNotFound
		}
		return handler(x, v)
	})
}

func (s *site) showImport(x *exchange, v *viewer) (reply, error) {
	problem := ""
	if x.r.URL.Query().Get("notice") == "over" {
		problem = "import.over"
	}
	return s.importPage(x, v, problem)
}

// importPage shows the form; problem is the key of what was wrong, empty when nothing was.
func (s *site) importPage(x *exchange, v *viewer, problem string) (reply, error) {
	t := x.texts()
	view := importView{FormToken: s.forms.sessionToken(v.session.ID), Lead: t.get("import.lead", "tenant", v.affiliation(t))}
	seats, err := s.people.Seats(x.r.Context(), v.account.Tenant)
	if err != nil {
		return nil, err
	}
	view.Seats = seatsText(t, seats)
	status := http.StatusOK
	if problem != "" {
		view.Problem, status = t.get(problem), http.StatusUnprocessableEntity
	}
	return page{status: status, name: "import", title: t.get("import.title"), problem: problem != "", viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// sendImport keeps a file, or the lines that were pasted instead, for an hour, and leads to what it would do.
func (s *site) sendImport(x *exchange, v *viewer) (reply, error) {
	text, err := x.file("file")
	if err != nil {
		return nil, err
	}
	if text == "" {
		text = x.value("lines")
	}
	if text == "" {
		return s.importPage(x, v, "import.empty")
	}
	detail, err := json.Marshal([]byte(text)) // base64: what is no UTF-8 comes to the preview as it is
	if err != nil {
		return nil, fmt.Errorf("keeping a file with invitations: %w", err)
	}
	err = s.db.Tx(x.r.Context(), func(tx *store.Tx) error {
		step := flow.Step{AccountID: v.account.ID, Detail: string(detail)}
		return flow.Put(x.r.Context(), tx, importVisit(v), importing, step, importLife)
	})
	if err != nil {
		return nil, err
	}
	return redirect{"/people/import/preview"}, nil
}

// importVisit names the session's place for a file.
func importVisit(v *viewer) string { return flow.Hash("import " + v.session.ID) }

// importText reads the file of the session; flow.ErrNone when there is none any more.
func (s *site) importText(x *exchange, v *viewer) (text string, err error) {
	err = s.db.Read(x.r.Context(), func(tx *store.Tx) error {
		step, err := flow.Find(x.r.Context(), tx, importVisit(v), importing)
		if err != nil {
			return err
		}
		var raw []byte
		if err := json.Unmarshal([]byte(step.Detail), &raw); err != nil {
			return fmt.Errorf("reading a file with invitations: %w", err)
		}
		text = string(raw)
		return nil
	})
	return text, err
}

func (s *site) showPreview(x *exchange, v *viewer) (reply, error) {
	return s.preview(x, v, false)
}

// preview shows what the session's file would do; changed says that it is no longer what was shown before.
func (s *site) preview(x *exchange, v *viewer, changed bool) (reply, error) {
	text, err := s.importText(x, v)
	if errors.Is(err, flow.ErrNone) {
		return redirect{"/people/import?notice=over"}, nil
	}
	if err != nil {
		return nil, err
	}
	load, err := s.people.Preview(x.r.Context(), v.account, text)
	if err != nil {
		return nil, err
	}
	return s.previewPage(x, v, load, flow.Hash(text), changed)
}

// previewPage shows what a file would do; changed says that it is no longer what was shown before.
func (s *site) previewPage(x *exchange, v *viewer, load *people.Load, file string, changed bool) (reply, error) {
	t := x.texts()
	view := previewView{
		FormToken: s.forms.sessionToken(v.session.ID), File: file, Fresh: t.count("import.fresh", len(load.Fresh)),
		Offered: len(load.Fresh) > 0 && !load.Broken, Skipping: len(load.Problems) > 0,
	}
	if !view.Offered {
		view.Fresh = t.get("import.nothing")
	}
	if load.Known > 0 {
		view.Known = t.count("import.known", load.Known)
	}
	if changed {
		view.Changed = t.get("import.changed")
	}
	for i, row := range load.Fresh {
		if i == maxShownRows {
			view.MoreRows = t.count("import.more", len(load.Fresh)-i)
			break
		}
		view.Rows = append(view.Rows, previewRow{Name: row.Name, Username: row.Username, Mail: row.Mail, Role: roleText(t, row.Role)})
	}
	if len(load.Problems) > 0 {
		view.ProblemCount = t.count("import.problems", len(load.Problems))
	}
	for i, problem := range load.Problems {
		if i == maxShownProblems {
			view.MoreProblems = t.count("import.more", len(load.Problems)-i)
			break
		}
		view.Problems = append(view.Problems, problemRow{
			Where: t.get("import.line", "n", problem.Line), Text: problemText(t, problem),
		})
	}
	status := http.StatusOK
	if changed {
		status = http.StatusConflict
	}
	return page{status: status, name: "preview", title: t.get("import.previewTitle"), problem: changed, viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// fileTexts are the texts of faults of a file.
var fileTexts = map[people.Fault]string{
	people.FileEmpty: "import.empty", people.NotUTF8: "import.notUTF8", people.ColumnUnknown: "import.unknownColumn",
	people.ColumnTwice: "import.columnTwice", people.ColumnMissing: "import.columnMissing", people.QuotesBroken: "import.quotes",
	people.TooManyRows: "import.tooManyLines", people.CellCount: "import.cells",
}

func problemText(t *texts, problem people.Problem) string {
	if key := fileTexts[problem.Fault]; key != "" {
		return t.get(key, "column", problem.Column)
	}
	return t.get(faultTexts[problem.Fault].key)
}

// confirmImport invites the people of the session's file.
func (s *site) confirmImport(x *exchange, v *viewer) (reply, error) {
	text, err := s.importText(x, v)
	if errors.Is(err, flow.ErrNone) {
		return redirect{"/people/import?notice=over"}, nil
	}
	if err != nil {
		return nil, err
	}
	if x.value("file") != flow.Hash(text) {
		return s.preview(x, v, true)
	}
	change := people.Change{Actor: v.account, RequestID: x.reference}
	load, err := s.people.Load(x.r.Context(), change, text, x.value("skip") == "yes")
	if errors.Is(err, account.ErrConflict) {
		return s.preview(x, v, true)
	}
	if err != nil {
		return nil, err
	}
	if !load.Applied {
		return s.previewPage(x, v, load, flow.Hash(text), true)
	}
	err = s.db.Tx(x.r.Context(), func(tx *store.Tx) error { return flow.Close(x.r.Context(), tx, importVisit(v)) })
	if err != nil {
		return nil, err
	}
	return redirect{"/people?status=invited&notice=imported&n=" + strconv.Itoa(len(load.Fresh))}, nil
}
