// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"regexp"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// The code in the mail is the one that is good, and no mail is sent for a step that is over.
func TestACodeIsMadeWhenItsMailIsWritten(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Dealership","state":"Active"}'`)
		ann := administrator(t, db, "ann", "D1")
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en-US")
		open := func(flow string) error {
			return db.Tx(t.Context(), func(tx *store.Tx) error { return m.Codes.Open(t.Context(), tx, flow, ann, "D1") })
		}
		if err := open("over"); err != nil {
			t.Fatal(err)
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return signincode.Close(t.Context(), tx, "over") }); err != nil {
			t.Fatal(err)
		}
		if message := only(t, m, box, "ann@example.com"); message != nil {
			t.Fatalf("a code for a step that is over: %+v", message)
		}
		if err := open("flow"); err != nil {
			t.Fatal(err)
		}
		message := only(t, m, box, "ann@example.com")
		if message == nil {
			t.Fatal("no code was mailed")
		}
		code := regexp.MustCompile(`(?m)^\d{6}\s*$`).FindString(message.Text)
		if code == "" || regexp.MustCompile(`\d{6}`).MatchString(message.Subject) {
			t.Fatalf("the code belongs on a line of its own and not in the subject: %q\n%s", message.Subject, message.Text)
		}
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			step, err := m.Codes.Find(t.Context(), tx, "flow")
			if err != nil {
				return err
			}
			if right, err := m.Codes.Try(t.Context(), tx, step, code[:6]); err != nil || !right {
				t.Errorf("the code of the mail is right: %t, %v", right, err)
			}
			_, err = m.Codes.Find(t.Context(), tx, "flow")
			return err
		})
		if !errors.Is(err, signincode.ErrNoStep) {
			t.Errorf("the step is over with the right code, got %v", err)
		}
	})
}
