// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestEveryKindHasAReader(t *testing.T) {
	if diff := cmp.Diff(outbox.Kinds(), slices.Sorted(maps.Keys(readers()))); diff != "" {
		t.Errorf("kinds of messages and their readers (-kinds +readers):\n%s", diff)
	}
}

func TestLettersSpeakTheLanguageOfTheirRecipient(t *testing.T) {
	tests := map[string]struct{ language, subject string }{
		"nothing chosen":                       {"", "Ihr Passwort"},
		"a language of the portal":             {"fr-CA", "Votre mot de passe"},
		"one that the portal does not have":    {"ja-JP", "Ihr Passwort"},
		"another country's kind of a language": {"fr-FR", "Votre mot de passe"},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		id := storetest.Account(t, db, "robin", "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "UPDATE accounts SET language = $1", test.language)
				enqueue(t, db, outbox.PasswordChanged, id)
				box := caught(t)
				message := only(t, mailer(t, db, box.SMTPAddress, "de-DE", "fr-CA"), box, "robin@example.com")
				if message == nil || len(message.Subject) < len(test.subject) || message.Subject[:len(test.subject)] != test.subject {
					t.Errorf("message %+v, want a subject that begins with %q", message, test.subject)
				}
			})
		}
	})
}

func TestNoticesGoToEveryConfirmedAddress(t *testing.T) {
	tests := map[string]struct {
		kind      outbox.Kind
		second    string
		confirmed any
		want      []string
	}{
		"a notice with a second address":          {outbox.PasswordChanged, "second@example.com", 1, []string{"robin@example.com", "second@example.com"}},
		"a notice with one that is not confirmed": {outbox.PasswordChanged, "second@example.com", nil, []string{"robin@example.com"}},
		"a notice without a second address":       {outbox.PasswordChanged, "", nil, []string{"robin@example.com"}},
		"a message that is no notice":             {outbox.AccountReactivated, "second@example.com", 1, []string{"robin@example.com"}},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Dealership","state":"Active"}'`)
		id := storetest.Account(t, db, "robin", "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "UPDATE accounts SET second_mail = $1, second_mail_confirmed_at = $2", test.second, test.confirmed)
				enqueue(t, db, test.kind, id)
				box := caught(t)
				send(t, mailer(t, db, box.SMTPAddress, "en"), len(test.want))
				var got []string
				for _, message := range box.Messages("") {
					got = append(got, message.To...)
				}
				slices.Sort(got)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("recipients (-want +got):\n%s", diff)
				}
			})
		}
	})
}
