// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/wneessen/go-mail"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// writes sends a message as the page does and answers its reference number.
func writes(t *testing.T, m *Mailer, message support.Message) string {
	t.Helper()
	service := support.New(support.Options{DB: m.DB, Throttle: throttle.New(sessionkey.New([]byte("key"))), Settings: m.Settings, Mail: true})
	reference, faults, err := service.Send(t.Context(), message, netip.MustParseAddr("192.0.2.1"))
	if err != nil || len(faults) > 0 {
		t.Fatalf("faults %v, error %v", faults, err)
	}
	return reference
}

func TestSupportMessagesReachWhomTheyAreFor(t *testing.T) {
	const service = `{"displayName":"Lakeside","state":"Active","departments":[{"name":"Service","mail":"service@example.com"},{"name":"Parts"}]}`
	tests := map[string]struct {
		dealership, department string
		meanwhile              string
		want                   []string
	}{
		"the desk":                           {"", "", "", []string{"desk@example.com"}},
		"a department's mailbox":             {"D1", "Service", "", []string{"service@example.com"}},
		"the administrators":                 {"D1", "Parts", "", []string{"ann@example.com", "bob@example.com"}},
		"one who was disabled meanwhile":     {"D1", "", "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security' WHERE username = 'bob'", []string{"ann@example.com"}},
		"one who leads no more":              {"D1", "", "UPDATE accounts SET role = 'user' WHERE username = 'bob'", []string{"ann@example.com"}},
		"nobody who leads is left meanwhile": {"D1", "", "UPDATE accounts SET role = 'user'", []string{"desk@example.com"}},
		"a mailbox that is gone meanwhile":   {"D1", "Service", `UPDATE tenants SET spec = '{"displayName":"Lakeside"}'`, []string{"desk@example.com"}},
		"a message that is gone in the end":  {"", "", "UPDATE support_messages SET id = id || 'x'", nil},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				for _, table := range []string{"outbox", "support_messages", "accounts", "tenants", "throttle"} {
					storetest.Exec(t, db, "DELETE FROM "+table)
				}
				storetest.Tenant(t, db, "D1")
				storetest.Exec(t, db, "UPDATE tenants SET spec = $1", service)
				administrator(t, db, "ann", "D1")
				administrator(t, db, "bob", "D1")
				box := caught(t)
				m := mailer(t, db, box.SMTPAddress, "en")
				reference := writes(t, m, support.Message{
					Kind: support.General, Name: "Chris", Mail: "chris@example.net", Body: "First line.\n<b>Second</b> line.", Dealership: test.dealership, Department: test.department,
				})
				if strings.HasPrefix(test.meanwhile, "UPDATE support_messages") {
					storetest.Exec(t, db, "DELETE FROM support_messages")
				} else if test.meanwhile != "" {
					storetest.Exec(t, db, test.meanwhile)
				}
				for n := 1; n > 0; {
					var err error
					if n, err = m.batch(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				var got []string
				for _, message := range box.Messages("") {
					got = append(got, message.To...)
					for _, text := range []string{"First line.", "<b>Second</b> line.", "Chris", "chris@example.net", reference, "not signed in"} {
						if !strings.Contains(message.Text, text) {
							t.Errorf("the letter does not say %q:\n%s", text, message.Text)
						}
					}
					if strings.Contains(message.HTML, "<b>Second") || !strings.Contains(message.Subject, reference) {
						t.Errorf("subject %q, HTML %s", message.Subject, message.HTML)
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, test.want) {
					t.Errorf("it went to %v, want %v", got, test.want)
				}
			})
		}
	})
}

func TestWritersWhoAreSignedInGetAReceiptAndAreNamed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		id := storetest.Account(t, db, "robin", "D1")
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en", "de")
		reference := writes(t, m, support.Message{Kind: support.General, AccountID: id, Name: "Robin", Mail: "robin@example.com", Body: "Hello."})
		storetest.Exec(t, db, "UPDATE accounts SET language = 'de' WHERE id = $1", id)
		send(t, m, 2)
		desk, receipt := box.Messages("desk@example.com"), box.Messages("robin@example.com")
		if len(desk) != 1 || !strings.Contains(desk[0].Text, "signed in as robin and belongs to Dealership") {
			t.Errorf("the desk got %+v", desk)
		}
		if len(receipt) != 1 || !strings.Contains(receipt[0].Subject, reference) || !strings.Contains(receipt[0].Text, "Ihr Kennzeichen") {
			t.Errorf("the writer got %+v", receipt)
		}
	})
}

func TestOtherDealershipsLearnNoUsernames(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Tenant(t, db, "D2")
		id := storetest.Account(t, db, "robin-d1", "D1")
		administrator(t, db, "ann", "D1")
		administrator(t, db, "bob", "D2")
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en")
		for _, code := range []string{"D1", "D2"} {
			writes(t, m, support.Message{
				Kind: support.General, AccountID: id, Name: "Robin", Mail: "robin@example.com", Body: "Hello.", Dealership: code,
			})
		}
		send(t, m, 4)
		for to, told := range map[string]bool{"ann@example.com": true, "bob@example.com": false} {
			got := box.Messages(to)
			if len(got) != 1 || strings.Contains(got[0].Text, "robin-d1") != told || !strings.Contains(got[0].Text, "The writer was signed in") {
				t.Errorf("%s got %+v", to, got)
			}
		}
	})
}

func TestAnswersGoToTheWriter(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	m := mailer(t, db, "127.0.0.1:25", "en")
	writes(t, m, support.Message{Kind: support.General, Name: "Chris", Mail: "chris@example.net", Body: "Hello."})
	id := storetest.Value[string](t, db, "SELECT id FROM support_messages")
	letter, err := m.compose(t.Context(), &item{id: "x", supportID: id, kind: outbox.SupportMessage})
	if err != nil {
		t.Fatal(err)
	}
	if got := letter.GetAddrHeaderString(mail.HeaderReplyTo); !slices.Equal(got, []string{"<chris@example.net>"}) {
		t.Errorf("answers go to %v", got)
	}
}

func TestAMessageWaitsWhileTheDeskHasNoAddress(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	box := caught(t)
	m := mailer(t, db, box.SMTPAddress, "en")
	writes(t, m, support.Message{Kind: support.General, Name: "Chris", Mail: "chris@example.net", Body: "Hello."})
	without := *m.Settings()
	without.Support.Mail = ""
	m.Options.Settings = func() *portalconfig.Settings { return &without }
	if _, err := m.batch(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, err := outbox.Status(t.Context(), db, outbox.Mail)
	if err != nil || status.Pending != 1 || len(box.Messages("")) != 0 {
		t.Errorf("outbox %+v, %v; %d sent: want the message to wait", status, err, len(box.Messages("")))
	}
}

func TestLettersNameTheDeskInTheirLanguage(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	id := storetest.Account(t, db, "robin", "")
	box := caught(t)
	m := mailer(t, db, box.SMTPAddress, "en", "de-DE")
	settings := *m.Settings()
	settings.Support.Localized = []portalconfig.SupportTexts{{Locale: "de-DE", DeskName: "Händlerhilfe", Hours: "Werktags"}}
	m.Options.Settings = func() *portalconfig.Settings { return &settings }
	storetest.Exec(t, db, "UPDATE accounts SET language = 'de-DE'")
	enqueue(t, db, outbox.PasswordChanged, id)
	message := only(t, m, box, "robin@example.com")
	if message == nil || !strings.Contains(message.Text, "Händlerhilfe") || !strings.Contains(message.Text, "Werktags") || strings.Contains(message.Text, "Dealer Support") {
		t.Errorf("the letter is %+v", message)
	}
}
