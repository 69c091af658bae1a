// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// inTx runs what an account's owner does.
func inTx(t *testing.T, db *store.DB, id string, do func(*store.Tx, *account.Account) error) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) error {
		a, err := account.ByID(t.Context(), tx, id)
		if err != nil {
			return err
		}
		return do(tx, a)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The code goes to the new address only, works, and then the old and the new address learn of the change.
func TestAddressesByMail(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		storetest.Exec(t, db, "UPDATE accounts SET mail = 'old@example.com', mail_confirmed_at = 1")
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en-US")
		inTx(t, db, id, func(tx *store.Tx, a *account.Account) error {
			return address.Ask(t.Context(), tx, a, address.Mail, "new@example.com")
		})
		send(t, m, 1)
		letters := box.Messages("new@example.com")
		if len(letters) != 1 || len(box.Messages("")) != 1 {
			t.Fatalf("%d letters, want one to the new address", len(box.Messages("")))
		}
		code := sixDigits.FindString(letters[0].Text)
		inTx(t, db, id, func(tx *store.Tx, a *account.Account) error {
			right, _, err := address.NewBook(m.Keys).Confirm(t.Context(), tx, a, address.Mail, code, audit.Actor{Class: audit.ActorAccount, ID: id})
			if !right {
				t.Errorf("the code %q of the letter is refused", code)
			}
			return err
		})
		send(t, m, 2)
		var told []string
		for _, letter := range box.Messages("") {
			if strings.Contains(letter.Subject, "was changed") {
				told = append(told, letter.To...)
			}
		}
		slices.Sort(told)
		if diff := cmp.Diff([]string{"new@example.com", "old@example.com"}, told); diff != "" {
			t.Errorf("told at (-want +got):\n%s", diff)
		}
	})
}

// Numbers get their code, and are told when they no longer count, by text message.
func TestAddressesByTextMessage(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		storetest.Exec(t, db, "UPDATE accounts SET phone = '+13125550101', phone_confirmed_at = 1, language = 'en-US'")
		g := &gateway{status: http.StatusAccepted}
		texts, _ := texter(t, db, g)
		inTx(t, db, id, func(tx *store.Tx, a *account.Account) error {
			return address.Ask(t.Context(), tx, a, address.Phone, "+13125550102")
		})
		sendTexts(t, texts, 1)
		inTx(t, db, id, func(tx *store.Tx, a *account.Account) error {
			_, _, err := address.NewBook(texts.Keys).Confirm(t.Context(), tx, a, address.Phone, sixDigits.FindString(g.taken[0].Text), audit.Actor{Class: audit.ActorAccount, ID: id})
			return err
		})
		sendTexts(t, texts, 1)
		if g.taken[0].To != "+13125550102" || g.taken[1].To != "+13125550101" || !strings.Contains(g.taken[1].Text, "mobile number of your account was changed") {
			t.Errorf("the gateway has %+v, want a code for the new number and a notice for the old one", g.taken)
		}
	})
}

func TestACodeForAnAddressThatNoLongerWaitsIsNotSent(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		inTx(t, db, id, func(tx *store.Tx, a *account.Account) error {
			return address.Ask(t.Context(), tx, a, address.SecondMail, "second@example.com")
		})
		storetest.Exec(t, db, "UPDATE address_confirmations SET expires_at = expires_at - $1", (25 * time.Hour).Microseconds())
		box := caught(t)
		send(t, mailer(t, db, box.SMTPAddress, "en-US"), 1)
		if n := len(box.Messages("")); n != 0 {
			t.Errorf("%d letters were sent", n)
		}
	})
}
