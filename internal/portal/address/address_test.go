// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package address_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

var book = address.NewBook(sessionkey.New(bytes.Repeat([]byte{7}, 32)))

// owner is an account and what its owner does.
type owner struct {
	*testing.T
	db *store.DB
	*account.Account
}

func newOwner(t *testing.T, db *store.DB) owner {
	t.Helper()
	id := storetest.Account(t, db, "robin", "")
	storetest.Exec(t, db, "UPDATE accounts SET mail = 'first@example.com', mail_confirmed_at = 1 WHERE id = $1", id)
	a, err := account.ByID(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	return owner{t, db, a}
}

func (o owner) actor() audit.Actor { return audit.Actor{Class: audit.ActorAccount, ID: o.ID} }

func (o owner) ask(slot address.Slot, value string) error {
	return o.db.Tx(o.Context(), func(tx *store.Tx) error { return address.Ask(o.Context(), tx, o.Account, slot, value) })
}

func (o owner) mint(slot address.Slot) (code, to string) {
	o.Helper()
	err := o.db.Tx(o.Context(), func(tx *store.Tx) (err error) {
		code, to, err = book.Mint(o.Context(), tx, o.ID, slot)
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
	return code, to
}

func (o owner) confirm(slot address.Slot, code string) (right bool, left int, err error) {
	err = o.db.Tx(o.Context(), func(tx *store.Tx) (err error) {
		right, left, err = book.Confirm(o.Context(), tx, o.Account, slot, code, o.actor())
		return err
	})
	return right, left, err
}

// have puts an address in force.
func (o owner) have(slot address.Slot, value string) {
	o.Helper()
	o.later(time.Hour)
	if err := o.ask(slot, value); err != nil {
		o.Fatal(err)
	}
	code, _ := o.mint(slot)
	if right, _, err := o.confirm(slot, code); !right || err != nil {
		o.Fatalf("the code is refused: %v", err)
	}
}

// later lets time go by for what was sent and what waits.
func (o owner) later(d time.Duration) {
	o.Helper()
	storetest.Exec(o.T, o.db, "UPDATE outbox SET created_at = created_at - $1", d.Microseconds())
	storetest.Exec(o.T, o.db, "UPDATE address_confirmations SET expires_at = expires_at - $1", d.Microseconds())
}

// other is a code that is not the one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestAnAddressCountsOnlyWithItsCode(t *testing.T) {
	tests := map[string]struct {
		happens func(o owner, code string) string
		counts  bool
	}{
		"the code":                         {func(_ owner, code string) string { return code }, true},
		"another code":                     {func(_ owner, code string) string { return other(code) }, false},
		"no code":                          {func(owner, string) string { return "" }, false},
		"after four others":                {func(o owner, code string) string { o.fail(code, 4); return code }, true},
		"after five others":                {func(o owner, code string) string { o.fail(code, 5); return code }, false},
		"just before ten minutes are over": {func(o owner, code string) string { o.later(10*time.Minute - 5*time.Second); return code }, true},
		"after ten minutes":                {func(o owner, code string) string { o.later(10 * time.Minute); return code }, false},
		"another address was asked for meanwhile": {func(o owner, code string) string {
			o.later(time.Minute)
			if err := o.ask(address.SecondMail, "third@example.com"); err != nil {
				o.Fatal(err)
			}
			o.mint(address.SecondMail)
			return code
		}, false},
		"another code was sent meanwhile": {func(o owner, code string) string {
			for again := code; again == code; {
				again, _ = o.mint(address.SecondMail)
			}
			return code
		}, false},
		"it was canceled": {func(o owner, code string) string {
			if err := o.db.Tx(o.Context(), func(tx *store.Tx) error { return address.Cancel(o.Context(), tx, o.ID, address.SecondMail) }); err != nil {
				o.Fatal(err)
			}
			return code
		}, false},
		"the account is disabled": {func(o owner, code string) string {
			storetest.Exec(o.T, o.db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'")
			return code
		}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				o := newOwner(t, db)
				if err := o.ask(address.SecondMail, "second@example.com"); err != nil {
					t.Fatal(err)
				}
				code, to := o.mint(address.SecondMail)
				if to != "second@example.com" || len(code) != 6 {
					t.Fatalf("a code of %d characters goes to %s", len(code), to)
				}
				right, _, _ := o.confirm(address.SecondMail, test.happens(o, code))
				counts := storetest.Value[int](t, db, "SELECT count(*) FROM accounts WHERE second_mail = 'second@example.com' AND second_mail_confirmed_at IS NOT NULL") == 1
				if right != test.counts || counts != test.counts {
					t.Errorf("the code is right: %t, the address counts: %t; want %t", right, counts, test.counts)
				}
			})
		})
	}
}

// fail enters other codes.
func (o owner) fail(code string, times int) {
	o.Helper()
	for range times {
		if right, _, err := o.confirm(address.SecondMail, other(code)); right || err != nil {
			o.Fatalf("another code is right: %t, %v", right, err)
		}
	}
}

func TestCodesAreStoredKeyedAndUsedOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		if err := o.ask(address.Phone, "+16085550100"); err != nil {
			t.Fatal(err)
		}
		code, _ := o.mint(address.Phone)
		stored := storetest.Value[string](t, db, "SELECT code_hash FROM address_confirmations")
		if len(stored) != 64 {
			t.Errorf("what is stored is %q", stored)
		}
		if right, _, err := o.confirm(address.Phone, code); !right || err != nil {
			t.Fatalf("the code is refused: %v", err)
		}
		if _, _, err := o.confirm(address.Phone, code); !errors.Is(err, address.ErrNone) {
			t.Errorf("the code is good again: %v", err)
		}
	})
}

// However many tries there are at the same time, five are looked at.
func TestTriesAtTheSameTime(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		if err := o.ask(address.SecondMail, "second@example.com"); err != nil {
			t.Fatal(err)
		}
		code, _ := o.mint(address.SecondMail)
		var looked atomic.Int32
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				guess := fmt.Sprintf("%06d", i)
				if guess == code {
					guess = "x"
				}
				if _, _, err := o.confirm(address.SecondMail, guess); err == nil {
					looked.Add(1)
				} else if !errors.Is(err, address.ErrNone) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if looked.Load() != address.Tries {
			t.Errorf("%d codes were looked at, want %d", looked.Load(), address.Tries)
		}
	})
}

func TestCodesAreNotSentInFloods(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		if err := o.ask(address.SecondMail, "victim@example.com"); err != nil {
			t.Fatal(err)
		}
		if err := o.ask(address.Phone, "+16085550100"); !errors.Is(err, address.ErrTooSoon) {
			t.Errorf("another code within a minute: %v", err)
		}
		sent := 1
		for range 10 {
			o.later(61 * time.Second)
			err := o.db.Tx(t.Context(), func(tx *store.Tx) error { return address.Again(t.Context(), tx, o.Account, address.SecondMail) })
			switch {
			case err == nil:
				sent++
			case !errors.Is(err, address.ErrTooSoon):
				t.Fatal(err)
			}
		}
		if sent != address.PerHour {
			t.Errorf("%d codes in ten minutes, want %d", sent, address.PerHour)
		}
	})
}

func TestChangesAreToldAtOldAndNewAddresses(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		o.have(address.SecondMail, "second@example.com")
		o.have(address.Phone, "+16085550100")
		for name, test := range map[string]struct {
			do      func()
			former  string
			channel outbox.Channel
			notices int
		}{
			"the first mail address": {func() { o.have(address.Mail, "new@example.com") }, "first@example.com", outbox.Mail, 3},
			"the mobile number":      {func() { o.have(address.Phone, "+16085550101") }, "+16085550100", outbox.SMS, 3},
			"the second is removed": {func() {
				err := o.db.Tx(t.Context(), func(tx *store.Tx) error {
					return address.Remove(t.Context(), tx, o.Account, address.SecondMail, o.actor())
				})
				if err != nil {
					t.Fatal(err)
				}
				o.have(address.SecondMail, "second@example.com") // as before
				storetest.Exec(t, db, "DELETE FROM outbox WHERE detail NOT LIKE '%former%'")
			}, "second@example.com", outbox.Mail, 1},
		} {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "DELETE FROM former_addresses")
				test.do()
				if n := storetest.Value[int](t, db, "SELECT count(*) FROM outbox WHERE kind = 'AddressChanged'"); n != test.notices {
					t.Errorf("%d notices, want %d", n, test.notices)
				}
				detail := storetest.Value[string](t, db, "SELECT detail FROM outbox WHERE detail LIKE '%former%' AND channel = $1", string(test.channel))
				parsed, err := outbox.ParseDetail(detail)
				if err != nil {
					t.Fatal(err)
				}
				if _, value, err := address.Former(t.Context(), db, parsed.Former); value != test.former || err != nil {
					t.Errorf("a notice goes to %q, want %q; %v", value, test.former, err)
				}
			})
		}
	})
}

func TestAChangeVoidsLinksAndIsAudited(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		storetest.Exec(t, db, "INSERT INTO tokens (hash, account_id, kind, expires_at) VALUES ('h', $1, 'Recovery', 4102444800000000)", o.ID)
		o.have(address.Mail, "new@example.com")
		if n := storetest.Value[int](t, db, "SELECT count(*) FROM tokens"); n != 0 {
			t.Error("a link that was sent to the old address is still good")
		}
		if n := storetest.Value[int](t, db, "SELECT count(*) FROM audit_events WHERE event = 'user_address_changed' AND reason = 'Mail' AND actor_id = account_id"); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
		for _, found := range []string{"new@example.com", "first@example.com"} {
			if n := storetest.Value[int](t, db, "SELECT count(*) FROM outbox WHERE detail LIKE '%' || $1 || '%'", found); n != 0 {
				t.Error("a message holds an address")
			}
		}
	})
}

func TestRefusedChanges(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		o.have(address.SecondMail, "second@example.com")
		o.later(time.Hour)
		for name, test := range map[string]struct {
			slot  address.Slot
			value string
			want  error
		}{
			"the first as second":                    {address.SecondMail, "first@example.com", address.ErrSame},
			"the second as first":                    {address.Mail, "second@example.com", address.ErrSame},
			"the same again":                         {address.SecondMail, "second@example.com", address.ErrSame},
			"the first, which was confirmed already": {address.Mail, "first@example.com", address.ErrSame},
		} {
			if err := o.ask(test.slot, test.value); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
		}
		err := db.Tx(t.Context(), func(tx *store.Tx) error { return address.Remove(t.Context(), tx, o.Account, address.Mail, o.actor()) })
		if !errors.Is(err, address.ErrFirst) {
			t.Errorf("the first address goes away: %v", err)
		}
		storetest.Exec(t, db, "UPDATE accounts SET mail_confirmed_at = NULL")
		if err := o.ask(address.Mail, "first@example.com"); err != nil {
			t.Errorf("an address that was never confirmed: %v", err)
		}
	})
}

func TestPrune(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		o := newOwner(t, db)
		o.have(address.Mail, "new@example.com")
		o.later(time.Hour)
		if err := o.ask(address.SecondMail, "second@example.com"); err != nil {
			t.Fatal(err)
		}
		prune := func() (left int) {
			if err := db.Tx(t.Context(), func(tx *store.Tx) error { return address.Prune(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
			return storetest.Value[int](t, db, "SELECT (SELECT count(*) FROM former_addresses) + (SELECT count(*) FROM address_confirmations)")
		}
		if left := prune(); left != 2 {
			t.Errorf("%d rows are left, want both", left)
		}
		for _, table := range []string{"former_addresses", "address_confirmations"} {
			storetest.Exec(t, db, "UPDATE "+table+" SET created_at = created_at - $1", (8 * 24 * time.Hour).Microseconds())
		}
		if left := prune(); left != 0 {
			t.Errorf("%d rows are left, want none", left)
		}
	})
}
