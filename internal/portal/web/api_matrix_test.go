// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// apiActions are the actions of the operations about one person.
var apiActions = map[string]people.Action{
	"getPerson": people.See, "getTrail": people.See, "disable": people.Disable, "reactivate": people.Reactivate, "changeRole": people.ChangeRole,
	"sendReset": people.SendReset, "endSessions": people.EndSessions, "exempt": people.Exempt, "endExemption": people.EndExemption,
}

// bodyOf is a body that fits an operation; nil where there is none. No account has the version.
func bodyOf(method, path string, version int) values {
	if method != http.MethodPost {
		return nil
	}
	body := values{}
	if strings.HasPrefix(path, "/people/") {
		body["version"] = version
	}
	switch {
	case path == "/people":
		return values{"username": "somebody", "mail": "somebody@example.com", "role": "administrator", "dealership": "US-2"}
	case strings.HasSuffix(path, "/role"):
		body["role"] = "user"
	case strings.HasSuffix(path, "/exempt"):
		body["until"] = time.Now().Format(time.DateOnly)
	}
	if !strings.HasSuffix(path, "/reset") && !strings.HasSuffix(path, "/exempt/end") {
		body["reason"] = "Because"
	}
	return body
}

// Every operation of the API for every role, about everybody and nobody: who may not see somebody gets what he gets for nobody, names
// nobody sees do not leave, and nothing changes.
func TestNobodySeesOrTouchesOthersPeopleByTheAPI(t *testing.T) {
	m := newMatrix(t)
	for actor, visible := range m.sees {
		c := m.signedInProgram(actor)
		for id, operation := range c.operations() {
			method, path, _ := strings.Cut(operation, " ")
			where := actor + " " + id
			action, aboutSomebody := apiActions[id]
			switch {
			case aboutSomebody:
				m.checkOperation(t, c, actor, operation, action)
			case strings.Contains(path, "/people/{id}"):
				t.Errorf("%s: say in apiActions what it does", id)
			case id == "invite":
				before := m.snapshot()
				got := c.call(method, path, bodyOf(method, path, 0))
				if want := map[bool]int{true: http.StatusCreated, false: http.StatusNotFound}[actor == "boss" || actor == "dana"]; got.status != want && got.status != http.StatusUnprocessableEntity {
					t.Errorf("%s: status %d, want %d: %s", where, got.status, want, got.body)
				}
				if visible == nil && (got.status != http.StatusNotFound || m.snapshot() != before) {
					t.Errorf("%s changed something, or says more than that there is nothing: %s", where, got.body)
				}
			case strings.HasPrefix(path, "/people"):
				for _, query := range []string{"", "?dealership=US-2"} {
					got := c.call(method, path+query, nil)
					if visible == nil {
						got.is(http.StatusNotFound, "NotFound")
					}
					checkNames(t, where, got.answer, m.names, visible, actor)
				}
			case method == http.MethodGet:
				got := c.call(method, strings.NewReplacer("{code}", "US-2").Replace(path), nil)
				checkNames(t, where, got.answer, m.names, nil, actor)
			case method != http.MethodPost && path != "/sessions/current" && id != "endSession": // those are about the session itself
				t.Errorf("%s is in no case of this test", id)
			}
		}
	}
}

// checkOperation asks an operation about everybody.
func (m *matrix) checkOperation(t *testing.T, c *program, actor, operation string, action people.Action) {
	t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	nobody := ""
	for _, target := range append([]string{"unknown", "junk", "quote"}, slices.Sorted(maps.Keys(m.names))...) {
		where := actor + " " + strings.Replace(operation, "{id}", target, 1)
		before := m.snapshot()
		sees := slices.Contains(m.sees[actor], target)
		got := c.call(method, strings.Replace(path, "{id}", m.ids[target], 1), bodyOf(method, path, -1))
		want := []int{http.StatusNotFound}
		switch {
		case sees && m.may(actor, action, target) == nil:
			want = []int{http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity}
		case sees:
			want = []int{http.StatusForbidden, http.StatusConflict}
		}
		if !slices.Contains(want, got.status) {
			t.Errorf("%s: status %d, want one of %v: %s", where, got.status, want, got.body)
		}
		if !sees {
			body := strings.ReplaceAll(got.body, got.text("reference"), "")
			if nobody == "" {
				nobody = body
			}
			if body != nobody {
				t.Errorf("%s: an answer that differs from that for nobody: %s", where, body)
			}
			checkNames(t, where, got.answer, m.names, nil, actor)
		}
		if m.snapshot() != before {
			t.Errorf("%s changed something", where)
		}
	}
}

// Nobody gets anything without a session but what is open to anybody.
func TestTheAPIWithoutASession(t *testing.T) {
	m := newMatrix(t)
	c := m.program()
	open := []string{"signIn", "signInWithFactor", "signInWithCode", "getSupport", "listAnnouncements"}
	for id, operation := range c.operations() {
		method, path, _ := strings.Cut(operation, " ")
		got := c.call(method, strings.NewReplacer("{id}", m.ids["robin"], "{code}", "US-2").Replace(path), bodyOf(method, path, 1))
		if closed := got.text("code") == "SessionNeeded"; closed == slices.Contains(open, id) {
			t.Errorf("%s: %d %s", id, got.status, got.body)
		}
		checkNames(t, id, got.answer, m.names, nil, "")
	}
}
