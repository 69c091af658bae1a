// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// mintAddress makes the code as the sender of the message does.
func (p *portal) mintAddress(accountID string, slot address.Slot) (code string) {
	p.t.Helper()
	book := address.NewBook(sessionkey.New(bytes.Repeat([]byte{2}, 32)))
	err := p.db.Tx(p.t.Context(), func(tx *store.Tx) (err error) {
		code, _, err = book.Mint(p.t.Context(), tx, accountID, slot)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

func TestAddressesCountOnceTheyAreConfirmed(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	b := p.signedIn("robin")
	page := "/profile/addresses/phone"
	b.send(page, page, "address", "(608) 555-0100").redirects(t, page+"/code")
	b.get(page+"/code").shows(t, http.StatusOK, "(608) 555-0100", "10 minutes")
	b.get("/profile/addresses").shows(t, http.StatusOK, "Waits for its code: (608) 555-0100")
	phone := func() string {
		return storetest.Value[string](t, p.db, "SELECT phone FROM accounts WHERE id = $1", id)
	}
	code := p.mintAddress(id, address.Phone)
	if phone() != "" {
		t.Error("the number counts before its code was entered")
	}
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	b.send(page+"/code", page+"/code", "code", wrong).shows(t, http.StatusUnprocessableEntity, "You have 4 tries left.")
	b.send(page+"/code", page+"/code", "code", code[:3]+" "+code[3:]).redirects(t, "/profile/addresses?notice=confirmed")
	if phone() != "+16085550100" {
		t.Errorf("the number is %q", phone())
	}
	b.get("/profile/addresses?notice=confirmed").shows(t, http.StatusOK, "(608) 555-0100 Confirmed", "The address is confirmed and in use.")
	b.send("/profile/addresses", page+"/remove").redirects(t, "/profile/addresses?notice=removed")
	if phone() != "" {
		t.Error("the number was not removed")
	}
	b.send("/profile/addresses", "/profile/addresses/mail/remove").shows(t, http.StatusNotFound)
	b.get("/profile/activity").shows(t, http.StatusOK, "Changed an address · mobile number", "Removed an address · mobile number", "Signed in")
}

func TestRefusedAddresses(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	for name, test := range map[string]struct{ slot, given, says string }{
		"no mail":                {"mail", "robin at example", "This is no mail address."},
		"a name with an address": {"second-mail", "Robin <robin@example.com>", "This is no mail address."},
		"nothing":                {"second-mail", "", "This is no mail address."},
		"a line break":           {"second-mail", "a@example.com\nBcc: b@example.com", "This is no mail address."},
		"the first as second":    {"second-mail", "robin@example.com", "Your account has this address already."},
		"no number":              {"phone", "call me", "This is no phone number."},
		"too short a number":     {"phone", "12345", "This is no phone number."},
	} {
		t.Run(name, func(t *testing.T) {
			page := "/profile/addresses/" + test.slot
			refused := b.send(page, page, "address", test.given)
			refused.shows(t, http.StatusUnprocessableEntity, test.says)
			if !strings.Contains(refused.body, `aria-invalid="true"`) {
				t.Error("the field does not tell of the fault")
			}
		})
	}
	b.get("/profile/addresses/fax").shows(t, http.StatusNotFound)
	second := "/profile/addresses/second-mail"
	b.send(second, second, "address", "second@example.com").redirects(t, second+"/code")
	b.send(second+"/code", second+"/again").redirects(t, second+"/code?notice=soon")
	b.send(second, second, "address", "third@example.com").shows(t, http.StatusUnprocessableEntity, "A code was sent a short while ago.")
	b.send("/profile/addresses", second+"/cancel").redirects(t, "/profile/addresses?notice=canceled")
	b.get(second+"/code").redirects(t, "/profile/addresses?notice=over")
}

// Full proof of who is signed in comes before every change of an address.
func TestAddressesNeedAProof(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	b := p.signedIn("robin")
	storetest.Exec(t, p.db, "UPDATE accounts SET second_mail = 'second@example.com', second_mail_confirmed_at = 1 WHERE id = $1", id)
	p.unproven()
	before := p.snapshot()
	for _, page := range []string{"/profile/addresses/mail", "/profile/addresses/second-mail", "/profile/addresses/phone"} {
		b.get(page).redirects(t, "/profile/confirm?next="+strings.ReplaceAll(page, "/", "%2F"))
		for _, action := range []string{"", "/code", "/again", "/remove"} {
			got := b.send("/profile/addresses", page+action, "address", "new@example.com", "code", "123456")
			if !strings.HasPrefix(got.header.Get("Location"), "/profile/confirm?") {
				t.Errorf("%s answers %d to %q without a proof", page+action, got.status, got.header.Get("Location"))
			}
		}
	}
	if p.snapshot() != before {
		t.Error("something was changed without a proof")
	}
}

// addressing answers a browser in a language, of somebody whose new address waits for its code.
func (p *portal) addressing(slot, language string) *browser {
	p.t.Helper()
	username := fmt.Sprintf("waits-%d", storetest.Value[int](p.t, p.db, "SELECT count(*) FROM accounts"))
	id := p.account(username, "US-04211")
	b := p.signedIn(username)
	speaking(language, b)
	page, given := "/profile/addresses/"+slot, "second@example.com"
	if slot == "phone" {
		given = "+16085550100"
	}
	b.send(page, page, "address", given).redirects(p.t, page+"/code")
	p.mintAddress(id, map[string]address.Slot{"phone": address.Phone, "second-mail": address.SecondMail}[slot])
	return b
}
