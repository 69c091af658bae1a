// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// tell queues a message.
func tell(t *testing.T, db *store.DB, message outbox.Message) {
	t.Helper()
	if err := db.Tx(t.Context(), func(tx *store.Tx) error { return outbox.Add(t.Context(), tx, message) }); err != nil {
		t.Fatal(err)
	}
}

// used notes when an account was used last.
func used(t *testing.T, db *store.DB, id string, at time.Time) {
	t.Helper()
	storetest.Exec(t, db, "UPDATE accounts SET activity_at = $2, last_sign_in_at = $2 WHERE id = $1", id, at.UnixMicro())
}

// disable disables an account for inactivity.
func disable(t *testing.T, db *store.DB, id string, at time.Time) {
	t.Helper()
	storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = $2 WHERE id = $1", id, at.UnixMicro())
}

// administrator writes an administrator with a mail address of his own.
func administrator(t *testing.T, db *store.DB, username, dealerCode string) string {
	t.Helper()
	id := storetest.Account(t, db, username, dealerCode)
	role := "administrator"
	if dealerCode == "" {
		role = "service-desk"
	}
	storetest.Exec(t, db, "UPDATE accounts SET role = $2, mail = $3, name = $4 WHERE id = $1", id, role, username+"@example.com", strings.ToUpper(username[:1])+username[1:]+" Example")
	used(t, db, id, time.Now())
	return id
}

// only sends what is queued and answers the one message for an address; nil when there is none.
func only(t *testing.T, m *Mailer, box *catcher.Server, address string) *catcher.Message {
	t.Helper()
	for {
		n, err := m.batch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	list := box.Messages(address)
	switch len(list) {
	case 0:
		return nil
	case 1:
		return &list[0]
	}
	t.Fatalf("%d messages for %s, want one", len(list), address)
	return nil
}

func TestAWarningIsSentWhileItIsTrue(t *testing.T) {
	tests := map[string]struct {
		meanwhile func(t *testing.T, db *store.DB, m *Mailer, id string)
		sent      bool
	}{
		"nothing happened": {func(*testing.T, *store.DB, *Mailer, string) {}, true},
		"he signed in": {func(t *testing.T, db *store.DB, _ *Mailer, id string) {
			used(t, db, id, time.Now())
		}, false},
		"he was exempted": {func(t *testing.T, db *store.DB, _ *Mailer, id string) {
			storetest.Exec(t, db, "UPDATE accounts SET exempt_until = $2 WHERE id = $1", id, time.Now().AddDate(0, 1, 0).UnixMicro())
		}, false},
		"he got more time": {func(t *testing.T, db *store.DB, _ *Mailer, id string) {
			storetest.Exec(t, db, "UPDATE accounts SET not_before = $2 WHERE id = $1", id, time.Now().AddDate(0, 1, 0).UnixMicro())
		}, false},
		"he was disabled": {func(t *testing.T, db *store.DB, _ *Mailer, id string) {
			disable(t, db, id, time.Now())
		}, false},
		"his dealership was suspended": {func(t *testing.T, db *store.DB, _ *Mailer, _ string) {
			storetest.Exec(t, db, `UPDATE tenants SET state = 'Suspended', spec = '{"displayName":"Dealership","state":"Suspended"}'`)
		}, false},
		"the policy only observes now": {func(_ *testing.T, _ *store.DB, m *Mailer, _ string) {
			m.Settings().Inactivity.Mode = "Observe"
		}, false},
		"the period is longer now": {func(_ *testing.T, _ *store.DB, m *Mailer, _ string) {
			m.Settings().Inactivity.Months = 12
		}, false},
		"a younger warning waits too": {func(t *testing.T, db *store.DB, _ *Mailer, id string) {
			deadline := storetest.Value[string](t, db, "SELECT detail FROM outbox")
			storetest.Exec(t, db, "UPDATE outbox SET created_at = created_at - 1000000")
			tell(t, db, outbox.Message{Kind: outbox.InactivityWarning, AccountID: id, Tenant: "D1"})
			storetest.Exec(t, db, "UPDATE outbox SET detail = $1", deadline)
		}, true},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Dealership","state":"Active"}'`)
		id := storetest.Account(t, db, "robin", "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL, exempt_until = NULL, not_before = 0")
				storetest.Exec(t, db, `UPDATE tenants SET state = 'Active', spec = '{"displayName":"Dealership","state":"Active"}'`)
				last := time.Now().AddDate(0, -6, 14)
				used(t, db, id, last)
				deadline := inactivity.AddMonths(last.Truncate(time.Microsecond), 6)
				tell(t, db, outbox.Message{Kind: outbox.InactivityWarning, AccountID: id, Tenant: "D1", Detail: outbox.Detail{Days: 14, Deadline: deadline.UnixMicro()}})
				box := caught(t)
				m := mailer(t, db, box.SMTPAddress, "en-US")
				test.meanwhile(t, db, m, id)
				message := only(t, m, box, "robin@example.com")
				if sent := message != nil; sent != test.sent {
					t.Fatalf("sent %t, want %t", sent, test.sent)
				}
				if message != nil && (!strings.Contains(message.Text, "Dealer Support can reactivate it.") || !strings.Contains(message.Subject, "will be disabled on") || message.Links[0] != "https://dealers.example.com") {
					t.Errorf("message %+v", message)
				}
				if left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL"); left != 0 {
					t.Errorf("%d messages left", left)
				}
			})
		}
	})
}

func TestDaysLeftAreThoseOfTheCalendar(t *testing.T) {
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, chicago) }
	tests := map[string]struct {
		from, to time.Time
		want     int
	}{
		"the same day":                    {at(5, 0), at(5, 23), 0},
		"two hours later, after midnight": {at(5, 23), at(6, 1), 1},
		"across the change of the clock":  {at(7, 12), at(9, 11), 2},
	}
	for name, test := range tests {
		if got := daysBetween(test.from, test.to); got != test.want {
			t.Errorf("%s: %d days, want %d", name, got, test.want)
		}
	}
}

func TestARequestReachesWhoCanHelp(t *testing.T) {
	tests := map[string]struct {
		meanwhile string
		sent      bool
	}{
		"nothing happened":                      {"UPDATE accounts SET version = version", true},
		"somebody reactivated the account":      {"UPDATE accounts SET status = 'Active', disabled_reason = NULL WHERE username = 'sam'", false},
		"the account was disabled for security": {"UPDATE accounts SET disabled_reason = 'Security' WHERE username = 'sam'", false},
		"the recipient is no administrator now": {"UPDATE accounts SET role = 'user' WHERE username = 'ann'", false},
		"the recipient was disabled":            {"UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security' WHERE username = 'ann'", false},
		"the account is gone":                   {"DELETE FROM accounts WHERE username = 'sam'", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			storetest.Tenant(t, db, "D1")
			ann, subject := administrator(t, db, "ann", "D1"), storetest.Account(t, db, "sam", "D1")
			disable(t, db, subject, time.Now())
			tell(t, db, outbox.Message{Kind: outbox.ReactivationRequest, AccountID: ann, SubjectID: subject, Tenant: "D1"})
			storetest.Exec(t, db, test.meanwhile)
			box := caught(t)
			message := only(t, mailer(t, db, box.SMTPAddress, "en-US"), box, "ann@example.com")
			if sent := message != nil; sent != test.sent {
				t.Fatalf("sent %t, want %t", sent, test.sent)
			}
			if message != nil && (message.Subject != "Robin Example (sam) asks for reactivation" || message.Links[0] != "https://dealers.example.com/people/"+subject) {
				t.Errorf("message %+v", message)
			}
		})
	}
}

func TestWhatAChangeMadeUntrueIsNotSent(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Lakeside","state":"Active"}'`)
		id := storetest.Account(t, db, "robin", "D1")
		// Disabled, and undone before the mail went out.
		tell(t, db, outbox.Message{Kind: outbox.AccountDisabled, AccountID: id})
		tell(t, db, outbox.Message{Kind: outbox.DisablementUndone, AccountID: id})
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en-US")
		if message := only(t, m, box, "robin@example.com"); message == nil || !strings.Contains(message.Text, "disabled by mistake") {
			t.Errorf("message %+v, want the undo only", message)
		}
		// Reactivated, and disabled again before the mail went out.
		disable(t, db, id, time.Now())
		tell(t, db, outbox.Message{Kind: outbox.AccountReactivated, AccountID: id})
		only(t, m, box, "robin@example.com")
		// Active again, but nobody of a suspended dealership can sign in.
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL")
		storetest.Exec(t, db, `UPDATE tenants SET state = 'Suspended', spec = '{"displayName":"Lakeside","state":"Suspended"}'`)
		tell(t, db, outbox.Message{Kind: outbox.DisablementUndone, AccountID: id})
		only(t, m, box, "robin@example.com")
	})
}

func TestDigest(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Tenant(t, db, "D2")
		storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Lakeside","state":"Active"}'`)
		ann := administrator(t, db, "ann", "D1")
		desk := administrator(t, db, "dora", "")
		now := time.Now()
		for i := range digestPeople + 3 {
			id := storetest.Account(t, db, fmt.Sprintf("due%02d", i), "D1")
			used(t, db, id, now.AddDate(0, -6, 10).Add(time.Duration(i)*time.Hour))
		}
		used(t, db, storetest.Account(t, db, "overdue", "D1"), now.AddDate(-1, 0, 0))
		disabled := map[string]time.Duration{"before": -50 * time.Hour, "since": -time.Hour}
		for username, ago := range disabled {
			disable(t, db, storetest.Account(t, db, username, "D1"), now.Add(ago))
		}
		disable(t, db, storetest.Account(t, db, "elsewhere", "D2"), now)
		exempt := storetest.Account(t, db, "chris", "D1")
		until := now.AddDate(0, 3, 0).UnixMicro()
		used(t, db, exempt, now.AddDate(-1, 0, 0))
		storetest.Exec(t, db, "UPDATE accounts SET exempt_until = $2, exempt_reason = 'on leave' WHERE id = $1", exempt, until)
		storetest.Exec(t, db, "INSERT INTO exemptions (id, account_id, granted_by, reason, granted_at, until) VALUES ('e', $1, $2, 'on leave', 0, $3)", exempt, ann, until)
		byDesk := storetest.Account(t, db, "pat", "D1")
		storetest.Exec(t, db, "UPDATE accounts SET exempt_until = $2, exempt_reason = 'on tour' WHERE id = $1", byDesk, until)
		storetest.Exec(t, db, "INSERT INTO exemptions (id, account_id, granted_by, reason, granted_at, until) VALUES ('f', $1, $2, 'on tour', 0, $3)", byDesk, desk, until)
		// The digest before this one was sent two days ago.
		tell(t, db, outbox.Message{Kind: outbox.AdministratorDigest, AccountID: ann, Tenant: "D1"})
		storetest.Exec(t, db, "UPDATE outbox SET sent_at = $1, created_at = $1", now.Add(-48*time.Hour).UnixMicro())

		for _, id := range []string{ann, desk} {
			tell(t, db, outbox.Message{Kind: outbox.AdministratorDigest, AccountID: id})
		}
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en-US")
		message := only(t, m, box, "ann@example.com")
		if message == nil {
			t.Fatal("no digest")
		}
		for _, want := range []string{
			"(since): on ", "(overdue): at the next run", "(due00): on ", "(due18): on ", "and 4 more people", "(chris): until ", "by Ann Example – on leave", "by Dealer Support – on tour", "https://dealers.example.com/people/inactivity",
		} {
			if !strings.Contains(message.Text, want) {
				t.Errorf("digest lacks %q", want)
			}
		}
		for _, unwanted := range []string{"(before)", "(elsewhere)", "(due19)", "(ann)", "Dora"} {
			if strings.Contains(message.Text, unwanted) {
				t.Errorf("digest has %q", unwanted)
			}
		}
		if t.Failed() {
			t.Log(message.Text)
		}
		if len(box.Messages("dora@example.com")) != 0 {
			t.Error("the service desk got a digest although there is nobody of its own to tell of")
		}

		// Nobody is due while the policy only observes.
		m.Settings().Inactivity.Mode = "Observe"
		tell(t, db, outbox.Message{Kind: outbox.AdministratorDigest, AccountID: ann})
		send(t, m, 1)
		list := box.Messages("ann@example.com")
		if len(list) != 2 {
			t.Fatalf("%d digests, want two", len(list))
		}
		for _, second := range list {
			if second.Text != message.Text && (strings.Contains(second.Text, "(due00)") || strings.Contains(second.Text, "(since)") || !strings.Contains(second.Text, "(chris)")) {
				t.Errorf("second digest:\n%s", second.Text)
			}
		}
	})
}

func TestEveryKindCanBeQueued(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		id := storetest.Account(t, db, "robin", "D1")
		var messages []outbox.Message
		for _, kind := range outbox.Kinds() {
			messages = append(messages, outbox.Message{Kind: kind, AccountID: id, SubjectID: id, Detail: outbox.Detail{RunID: "run", Days: 3, Deadline: 1 << 52}})
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return outbox.Add(t.Context(), tx, messages...) }); err != nil {
			t.Fatal(err)
		}
		m := mailer(t, db, "127.0.0.1:1")
		var items []*item
		for batch := []*item{nil}; len(batch) > 0; items = append(items, batch...) {
			var err error
			if batch, err = m.queue.claim(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(items) != len(messages) {
			t.Fatalf("%d items, want %d", len(items), len(messages))
		}
		for _, item := range items {
			if detail, err := outbox.ParseDetail(item.detail); err != nil || item.subjectID != id || detail != messages[0].Detail {
				t.Errorf("item %+v, %v, want what was queued", item, err)
			}
		}
	})
}
