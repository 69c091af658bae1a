// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"os"
	"regexp"
	"testing"

	"golang.org/x/text/language"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

// Every event that can happen to an account has a text.
func TestTrailKnowsEveryEvent(t *testing.T) {
	source, err := os.ReadFile("../audit/audit.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`= "((?:authn|user|session)_[a-z_]+)"`).FindAllSubmatch(source, -1)
	if len(found) < 15 {
		t.Fatalf("only %d events were found", len(found))
	}
	for _, event := range found {
		if trailKeys[string(event[1])] == "" {
			t.Errorf("%s has no text", event[1])
		}
	}
}

func TestLinesOfATrail(t *testing.T) {
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{locale: catalogues.Locale(language.English), look: &look{zone: zoneOf("UTC")}}
	for name, test := range map[string]struct {
		line people.Line
		want lineView
	}{
		"a disablement by a run": {
			people.Line{Event: audit.AccountDisabled, Rule: "Due", RunID: "run-1", Reason: "Inactivity", ActorClass: audit.ActorPortal},
			lineView{Text: "Disabled", By: "by the portal", Why: "Not used for the whole period", Run: "run-1"},
		},
		"a warning": {
			people.Line{Event: audit.InactivityWarned, Rule: "Due", RunID: "run-1", Reason: "14", ActorClass: audit.ActorPortal},
			lineView{Text: "Warned before disabling", By: "by the portal", Why: "14 days before the deadline", Run: "run-1"},
		},
		"an undo": {
			people.Line{Event: audit.DisablementUndone, Rule: "Due", RunID: "run-1", ActorClass: audit.ActorOperator},
			lineView{Text: "Disabling undone", By: "by the operators of the platform", Why: "Not used for the whole period", Run: "run-1"},
		},
		"a reactivation by a colleague": {
			people.Line{Event: audit.AccountReactivated, Reason: "Inactivity", ActorClass: audit.ActorAccount, ActorID: "a", ActorName: "Alex Admin"},
			lineView{Text: "Reactivated", By: "by Alex Admin", Quote: "Inactivity"},
		},
		"a reactivation by somebody whose name is not shown": {
			people.Line{Event: audit.AccountReactivated, Reason: "Back", ActorClass: audit.ActorAccount, ActorID: "d"},
			lineView{Text: "Reactivated", By: "by the service desk", Quote: "Back"},
		},
		"an import": {
			people.Line{Event: audit.AccountUpdated, Reason: "Imported", ActorClass: audit.ActorImport},
			lineView{Text: "Account changed", By: "by an import", Why: "Imported"},
		},
		"something new": {
			people.Line{Event: "user_beamed", Reason: "Up", ActorClass: audit.ActorAnonymous},
			lineView{Text: "user_beamed", By: "by somebody unknown", Why: "Up"},
		},
		"a sign-in": {
			people.Line{Event: audit.SignInSucceeded, ActorClass: audit.ActorAccount, ActorID: "self"},
			lineView{Text: "Signed in", By: "by the owner"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			texts := x.texts()
			got := x.line(texts, "self", test.line)
			got.At = ""
			if got != test.want || texts.err != nil {
				t.Errorf("got %+v, %v; want %+v", got, texts.err, test.want)
			}
		})
	}
}
