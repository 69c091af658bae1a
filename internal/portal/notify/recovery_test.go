// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// forgetful writes somebody with a confirmed address in a dealership that is led by another.
func forgetful(t *testing.T, db *store.DB) string {
	t.Helper()
	storetest.Tenant(t, db, "D1")
	storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Lakeside","state":"Active"}'`)
	administrator(t, db, "ann", "D1")
	id := storetest.Account(t, db, "robin", "D1")
	storetest.Exec(t, db, "UPDATE accounts SET mail_confirmed_at = 1 WHERE id = $1", id)
	return id
}

func TestARecoveryLinkIsMadeWhenItsMailIsWritten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := forgetful(t, db)
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en-US")
		tell(t, db, outbox.Message{Kind: outbox.RecoveryLink, AccountID: id, Tenant: "D1"})
		message := only(t, m, box, "robin@example.com")
		if message == nil || !strings.Contains(message.Text, "is good for 30 minutes") || !strings.Contains(message.Text, "Somebody, we hope you") {
			t.Fatalf("message %+v", message)
		}
		token, found := strings.CutPrefix(message.Links[0], "https://dealers.example.com/recover/link/")
		if !found || len(token) < 43 {
			t.Fatalf("link %s: want one of the configured host with 256 bits", message.Links[0])
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error { _, err := recovery.ByToken(t.Context(), tx, token); return err }); err != nil {
			t.Errorf("the link does not work: %v", err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM tokens WHERE hash = $1", token); n != 0 {
			t.Error("the secret is stored")
		}
	})
}

// What has changed between the request and the mail counts.
func TestRecoveryMailsThatNoLongerApply(t *testing.T) {
	tests := map[string]struct {
		kind      outbox.Kind
		meanwhile string
		subject   string
		sent      bool
	}{
		"nothing happened":                                  {outbox.RecoveryLink, "", "", true},
		"the account was disabled":                          {outbox.RecoveryLink, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'", "", false},
		"the dealership was suspended":                      {outbox.RecoveryLink, `UPDATE tenants SET state = 'Suspended', spec = '{"displayName":"Lakeside","state":"Suspended"}'`, "", false},
		"the address is no longer confirmed":                {outbox.RecoveryLink, "UPDATE accounts SET mail_confirmed_at = NULL", "", false},
		"it is not confirmed, and an administrator sent it": {outbox.RecoveryLink, "UPDATE accounts SET mail_confirmed_at = NULL", "ann", true},
		"it waited for a day":                               {outbox.RecoveryLink, "UPDATE outbox SET created_at = created_at - 86400000000", "", false},
		"a code, and the visit was started again":           {outbox.RecoveryCode, "DELETE FROM flows", "", false},
		"a code, and nothing happened":                      {outbox.RecoveryCode, "", "", true},
		"disabled, and it was reactivated":                  {outbox.RecoveryDisabled, "", "", false},
		"disabled, and it is":                               {outbox.RecoveryDisabled, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'", "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			id := forgetful(t, db)
			message := outbox.Message{Kind: test.kind, AccountID: id, Tenant: "D1"}
			if test.subject != "" {
				message.SubjectID = storetest.Value[string](t, db, "SELECT id FROM accounts WHERE username = $1", test.subject)
			}
			if test.kind == outbox.RecoveryCode {
				message.Detail.Flow = "visit"
				if err := db.Tx(t.Context(), func(tx *store.Tx) error {
					return flow.Put(t.Context(), tx, "visit", "Recovery", flow.Step{AccountID: id}, 10*time.Minute)
				}); err != nil {
					t.Fatal(err)
				}
			}
			tell(t, db, message)
			if test.meanwhile != "" {
				storetest.Exec(t, db, test.meanwhile)
			}
			box := caught(t)
			if sent := only(t, mailer(t, db, box.SMTPAddress, "en"), box, "robin@example.com") != nil; sent != test.sent {
				t.Errorf("sent %t, want %t", sent, test.sent)
			}
		})
	}
}

func TestWhoCanHelpInstead(t *testing.T) {
	tests := map[string]struct {
		kind   outbox.Kind
		change string
		want   []string
	}{
		"disabled for inactivity":  {outbox.RecoveryDisabled, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Inactivity' WHERE username = 'robin'", []string{"not used for 6 months", "An administrator of Lakeside can reactivate it."}},
		"disabled for security":    {outbox.RecoveryDisabled, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security' WHERE username = 'robin'", []string{"Dealer Support can reactivate it."}},
		"suspended":                {outbox.RecoveryDisabled, `UPDATE tenants SET state = 'Suspended', spec = '{"displayName":"Lakeside","state":"Suspended"}'`, []string{"Nobody at Lakeside can sign in", "Dealer Support can tell you more."}},
		"of head office":           {outbox.RecoveryDesk, "UPDATE accounts SET class = 'Corporate', tenant = NULL WHERE username = 'robin'", []string{"Dealer Support helps you to a new password", "+13125550100", "desk@example.com"}},
		"an address not confirmed": {outbox.RecoveryDesk, "", []string{"never confirmed", "An administrator of Lakeside or Dealer Support can have a link sent"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			id := forgetful(t, db)
			if test.change != "" {
				storetest.Exec(t, db, test.change)
			}
			tell(t, db, outbox.Message{Kind: test.kind, AccountID: id})
			box := caught(t)
			message := only(t, mailer(t, db, box.SMTPAddress, "en"), box, "robin@example.com")
			if message == nil {
				t.Fatal("nothing was sent")
			}
			for _, text := range test.want {
				if !strings.Contains(message.Text, text) {
					t.Errorf("the mail does not say %q:\n%s", text, message.Text)
				}
			}
			if strings.Contains(message.Text, "/recover/link") {
				t.Error("there is a link")
			}
		})
	}
}

func TestAUsernameReminderNamesTheAccountsOfItsAddress(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := forgetful(t, db)
		storetest.Account(t, db, "robin2", "")
		storetest.Exec(t, db, "UPDATE accounts SET mail = 'ROBIN@example.com' WHERE username = 'robin2'")
		tell(t, db, outbox.Message{Kind: outbox.UsernameReminder, AccountID: id})
		box := caught(t)
		message := only(t, mailer(t, db, box.SMTPAddress, "en"), box, "robin@example.com")
		if message == nil || !regexp.MustCompile(`- robin \(Lakeside\)\s+- robin2\s`).MatchString(message.Text) || strings.Contains(message.Text, "ann") {
			t.Errorf("message %+v, want robin of Lakeside and robin2", message)
		}
	})
}

// Everything that tells of a reset goes to both addresses, and holds no password and no link that signs in.
func TestTheNoticeOfAReset(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := forgetful(t, db)
		storetest.Exec(t, db, "UPDATE accounts SET second_mail = 'second@example.com', second_mail_confirmed_at = 1 WHERE id = $1", id)
		tell(t, db, outbox.Message{Kind: outbox.PasswordReset, AccountID: id})
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en")
		for _, address := range []string{"robin@example.com", "second@example.com"} {
			message := only(t, m, box, address)
			if message == nil || !strings.Contains(message.Text, "tell Dealer Support at once") || len(message.Links) != 0 {
				t.Errorf("%s got %+v", address, message)
			}
		}
	})
}
