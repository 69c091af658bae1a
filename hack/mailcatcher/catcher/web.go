// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package catcher

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"strconv"
	"strings"
)

//go:embed web
var files embed.FS

// web serves the page and the JSON API.
type web struct {
	box   *mailbox
	pages *template.Template
}

func newHandler(box *mailbox) http.Handler {
	w := &web{
		box:   box,
		pages: template.Must(template.New("").Funcs(template.FuncMap{"linked": linked}).ParseFS(files, "web/*.html")),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.list)
	mux.HandleFunc("GET /messages/{id}", w.message)
	mux.HandleFunc("GET /messages/{id}/html", w.html)
	mux.HandleFunc("GET /style.css", w.style)
	mux.HandleFunc("POST /clear", w.clear)
	mux.HandleFunc("GET /api/messages", w.apiList)
	mux.HandleFunc("GET /api/messages/{id}", w.apiMessage)
	mux.HandleFunc("DELETE /api/messages", w.apiClear)
	return localOnly(http.NewCrossOriginProtection().Handler(mux))
}

// localOnly refuses host names that only a name server could have pointed here:
// messages hold links that let people in. It also sets the headers of every answer.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if host != "localhost" && !strings.HasSuffix(host, ".localhost") && net.ParseIP(strings.Trim(host, "[]")) == nil {
			http.Error(w, "open this page by its address or as localhost", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

type listPage struct {
	To       string
	Messages []Message
}

func (s *web) list(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	w.Header().Set("Refresh", "5") // new mail appears without scripts
	s.show(w, "list.html", listPage{To: to, Messages: s.box.list(to)})
}

func (s *web) message(w http.ResponseWriter, r *http.Request) {
	if m, ok := s.find(w, r); ok {
		s.show(w, "message.html", m)
	}
}

// html serves a message's HTML body, to be shown in a sandboxed frame.
func (s *web) html(w http.ResponseWriter, r *http.Request) {
	m, ok := s.find(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<base target="_blank">` + m.HTML)) // a lost client is no fault
}

func (s *web) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "web/style.css")
}

func (s *web) clear(w http.ResponseWriter, r *http.Request) {
	s.box.clear()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *web) apiList(w http.ResponseWriter, r *http.Request) {
	answer(w, s.box.list(r.URL.Query().Get("to")))
}

func (s *web) apiMessage(w http.ResponseWriter, r *http.Request) {
	if m, ok := s.find(w, r); ok {
		answer(w, m)
	}
}

func (s *web) apiClear(w http.ResponseWriter, _ *http.Request) {
	s.box.clear()
	w.WriteHeader(http.StatusNoContent)
}

func (s *web) find(w http.ResponseWriter, r *http.Request) (Message, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err == nil {
		if m, ok := s.box.get(id); ok {
			return m, true
		}
	}
	http.Error(w, "no such message: it may have made room for newer ones", http.StatusNotFound)
	return Message{}, false
}

func (s *web) show(w http.ResponseWriter, page string, data any) {
	var out bytes.Buffer
	if err := s.pages.ExecuteTemplate(&out, page, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.WriteTo(w) // a lost client is no fault
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // a lost client is no fault
}

// linked is the text with its web addresses made clickable.
func linked(text string) template.HTML {
	var out strings.Builder
	last := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		link := template.HTMLEscapeString(text[at[0]:at[1]])
		out.WriteString(template.HTMLEscapeString(text[last:at[0]]))
		out.WriteString(`<a href="` + link + `" target="_blank" rel="noreferrer">` + link + `</a>`)
		last = at[1]
	}
	out.WriteString(template.HTMLEscapeString(text[last:]))
	return template.HTML(out.String()) //nolint:gosec // every piece is escaped above
}
