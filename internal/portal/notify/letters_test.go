// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

var update = flag.Bool("update", false, "rewrite the golden letters")

// locales of the golden letters, with a time zone in which the instants below have another date than in UTC.
var locales = map[string]string{
	"en-US": "America/Los_Angeles", "de-DE": "Pacific/Honolulu", "fr-CA": "America/Toronto", "es-MX": "America/Mexico_City", "ja-JP": "Asia/Tokyo",
}

// sample is what every letter may say.
func sample(kind outbox.Kind) facts {
	at := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 3, 0, 0, 0, time.UTC) }
	return facts{
		Kind: kind, Portal: "Example Motors", URL: "https://dealers.example.com/x", Name: "Robin Example", Username: "robin", Address: "robin@example.com",
		Dealership: "Lakeside", Role: account.Administrator, Days: 7, Months: 6, Helper: helperAdministrator, Inactive: true, CanAsk: true, LastUse: at(1, 10), Deadline: at(7, 2), Left: 14,
		Code: "012345", Minutes: 10,
		recoveryFacts: recoveryFacts{Accounts: group{People: []person{{Username: "robin", Dealership: "Lakeside"}, {Username: "corporate-robin"}}}},
		Changed:       "SecondMail",
		Browser:       "Firefox · Linux", At: at(6, 20),
		Subject: person{Name: "Sam Example", Username: "sam", At: at(3, 5)},
		Message: written{
			Reference: "S-7KQ2-9XWB", Name: "Chris <Writer>", Mail: "chris@example.net", Phone: "(608) 555-0188", Address: "1 Main St\nMadison", Topic: "Warranty and care",
			Body: "First line & more.\n\nSecond line.", At: at(5, 20), Dealership: "Lakeside", Department: "Service", SignedIn: true, Account: "chris", Home: "Northside",
		},
		Disabled: group{People: []person{{Name: "Kim Example", Username: "kim", At: at(6, 12)}, {Username: "nameless", At: at(6, 13)}}},
		DueSoon:  group{People: []person{{Username: "overdue"}, {Name: "Alex <Example>", Username: "alex", At: at(7, 2)}}, More: 12},
		Exempt: group{People: []person{
			{Name: "Chris Example", Username: "chris", At: at(9, 1), By: "Ann Example", Reason: "on leave"}, {Username: "imported", At: at(9, 2)},
		}, More: 1},
		Support: portalconfig.Support{DeskName: "Dealer Support", Mail: "desk@example.com", Hours: "8–17"}, Accent: "#0b5fff",
	}
}

// variants of the letters that say something else under other circumstances.
func variants() map[string]facts {
	list := map[string]facts{}
	for _, kind := range outbox.Kinds() {
		list[string(kind)] = sample(kind)
	}
	vary := func(kind outbox.Kind, name string, change func(*facts)) {
		f := sample(kind)
		change(&f)
		list[string(kind)+", "+name] = f
	}
	vary(outbox.Invitation, "a user", func(f *facts) { f.Role = account.User })
	vary(outbox.Invitation, "corporate", func(f *facts) { f.Role, f.Dealership = account.ServiceDesk, "" })
	vary(outbox.RoleChanged, "a user", func(f *facts) { f.Role = account.User })
	vary(outbox.RoleChanged, "the service desk", func(f *facts) { f.Role, f.Dealership = account.ServiceDesk, "" })
	vary(outbox.AccountDisabled, "an administrator, after 1 month", func(f *facts) { f.Helper, f.Months = helperColleague, 1 })
	vary(outbox.AccountDisabled, "corporate, by hand", func(f *facts) {
		f.Helper, f.Inactive, f.CanAsk, f.Dealership, f.Name = helperDesk, false, false, "", ""
	})
	vary(outbox.AccountDisabled, "with the dealership", func(f *facts) { f.Helper, f.Inactive, f.CanAsk = "", false, false })
	vary(outbox.InactivityWarning, "tomorrow", func(f *facts) { f.Left = 1 })
	vary(outbox.InactivityWarning, "today", func(f *facts) { f.Left, f.Helper = 0, helperDesk })
	vary(outbox.AddressChanged, "the number is gone", func(f *facts) { f.Changed, f.Removed = "Phone", true })
	vary(outbox.SupportMessage, "an application of a stranger", func(f *facts) {
		f.Name = ""
		f.Message = written{Reference: "S-7KQ2-9XWB", Name: "Chris", Mail: "chris@example.net", Body: "Let me in.", At: f.Message.At, NewDealer: true}
	})
	vary(outbox.SupportMessage, "from another dealership", func(f *facts) { f.Message.Account = "" })
	vary(outbox.SupportReceipt, "to the desk", func(f *facts) {
		f.Message.Dealership, f.Message.Department, f.Message.Topic = "", "", ""
	})
	vary(outbox.ReactivationRequest, "corporate", func(f *facts) { f.Dealership = "" })
	vary(outbox.AdministratorDigest, "service desk, only exemptions", func(f *facts) { f.Dealership, f.Disabled, f.DueSoon = "", group{}, group{} })
	vary(outbox.RecoveryLink, "from an administrator", func(f *facts) { f.Started = true })
	vary(outbox.RecoveryDisabled, "with the dealership", func(f *facts) { f.Closed, f.Inactive, f.Helper = true, false, "" })
	vary(outbox.RecoveryDesk, "an address that was never confirmed", func(f *facts) { f.Unconfirmed = true })
	return list
}

func TestLetters(t *testing.T) {
	w, err := newWriter()
	if err != nil {
		t.Fatal(err)
	}
	leftover := regexp.MustCompile(`\{\{|<no value>|\{n\}|%!|  `)
	for locale, zone := range locales {
		t.Run(locale, func(t *testing.T) {
			settings := &portalconfig.Settings{Locales: []string{locale, "en-US"}, TimeZone: zone}
			var all strings.Builder
			list := variants()
			for _, name := range slices.Sorted(maps.Keys(list)) {
				f := list[name]
				text, err := w.write(settings, &f)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if found := leftover.FindString(strings.ReplaceAll(text.subject+text.plain, "\n", "|")); found != "" || text.subject == "" {
					t.Errorf("%s has %q left over:\n%s\n%s", name, found, text.subject, text.plain)
				}
				if strings.Contains(text.html, "<Example>") {
					t.Errorf("%s does not escape a name", name)
				}
				fmt.Fprintf(&all, "=== %s\nSubject: %s\n\n%s\n", name, text.subject, text.plain)
				writeText(t, w, settings, &f, &all)
			}
			golden(t, "letters."+locale+".txt", all.String())
		})
	}
}

// writeText adds the text message of a kind that has one.
func writeText(t *testing.T, w *writer, settings *portalconfig.Settings, f *facts, all *strings.Builder) {
	t.Helper()
	if w.texts["en"].Letters[f.Kind].Text == "" {
		return
	}
	text, err := w.text(settings, f)
	carriesCode := f.Kind == outbox.RecoveryCode || f.Kind == outbox.AddressCode
	if err != nil || text == "" || strings.Contains(text, "{{") || strings.Contains(text, "://") || strings.Contains(text, f.Code) != carriesCode {
		t.Errorf("text message %q, %v: want the code where there is one, and no link", text, err)
	}
	fmt.Fprintf(all, "=== %s, text message\n%s\n\n", f.Kind, text)
}

func TestTheLayoutOfALetter(t *testing.T) {
	w, err := newWriter()
	if err != nil {
		t.Fatal(err)
	}
	f := sample(outbox.AdministratorDigest)
	text, err := w.write(&portalconfig.Settings{Locales: []string{"en-US"}, TimeZone: "UTC"}, &f)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "digest.html", text.html)
}

// golden compares a text with a file, or rewrites the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), rewrite it with -update:\n%s", name, diff)
	}
}

func TestEveryLanguageHasEveryKind(t *testing.T) {
	w, err := newWriter()
	if err != nil {
		t.Fatal(err)
	}
	kinds := outbox.Kinds()
	slices.Sort(kinds)
	english := w.texts["en"]
	for name, texts := range w.texts {
		if diff := cmp.Diff(kinds, slices.Sorted(maps.Keys(texts.Letters))); diff != "" {
			t.Errorf("%s: kinds (-want +got):\n%s", name, diff)
			continue
		}
		for _, kind := range kinds {
			want, got := english.Letters[kind], texts.Letters[kind]
			if len(got.Paragraphs) != len(want.Paragraphs) || len(got.Lists) != len(want.Lists) || len(got.After) != len(want.After) || (got.Button == "") != (want.Button == "") || (got.Text == "") != (want.Text == "") {
				t.Errorf("%s: %s says more or less than in English", name, kind)
			}
			if name != "en" && got.Subject == want.Subject {
				t.Errorf("%s: the subject of %s is still English", name, kind)
			}
		}
	}
}

func TestALanguageWithoutTextsIsEnglish(t *testing.T) {
	w, err := newWriter()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]string{{"nl-NL", "de-DE"}, nil} {
		f := sample(outbox.PasswordChanged)
		text, err := w.write(&portalconfig.Settings{Locales: list, TimeZone: "UTC"}, &f)
		if err != nil || !strings.HasPrefix(text.subject, "Your password") || !strings.Contains(text.html, `lang="en-US"`) {
			t.Errorf("%v: %+v, %v", list, text, err)
		}
	}
}
