// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// tx runs do in a transaction and answers what it does.
func tx[T any](t *testing.T, db *store.DB, do func(context.Context, *store.Tx) (T, error)) (result T) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		result, err = do(t.Context(), tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// signIn remembers a browser, and answers its cookie and whether it was new.
func signIn(t *testing.T, db *store.DB, accountID, cookie string) (next string, fresh bool) {
	t.Helper()
	next = tx(t, db, func(ctx context.Context, tx *store.Tx) (string, error) {
		next, id, err := device.Remember(ctx, tx, device.Browser{AccountID: accountID, Cookie: cookie, Label: "Firefox · Linux"})
		fresh = id != ""
		return next, err
	})
	return next, fresh
}

func knows(t *testing.T, db *store.DB, accountID, cookie string) bool {
	t.Helper()
	return tx(t, db, func(ctx context.Context, tx *store.Tx) (string, error) {
		return device.Known(ctx, tx, accountID, cookie)
	}) != ""
}

// pass lets time go by for every browser and link.
func pass(t *testing.T, db *store.DB, d time.Duration) {
	t.Helper()
	storetest.Exec(t, db, `
UPDATE known_devices SET created_at = created_at - $1, last_used_at = last_used_at - $1, expires_at = expires_at - $1`, d.Microseconds())
	storetest.Exec(t, db, "UPDATE tokens SET expires_at = expires_at - $1", d.Microseconds())
}

func TestABrowserIsKnownToTheAccountsThatItSignedInTo(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin, alex := storetest.Account(t, db, "robin", ""), storetest.Account(t, db, "alex", "")
		cookie, fresh := signIn(t, db, robin, "")
		if !fresh || !knows(t, db, robin, cookie) || knows(t, db, alex, cookie) || knows(t, db, "", cookie) || knows(t, db, robin, "") {
			t.Fatal("after its first sign-in a browser is known to that account, and to no other")
		}
		again, fresh := signIn(t, db, robin, cookie)
		if fresh || again != cookie {
			t.Errorf("the second sign-in is no news, and a lost answer must not make the browser a stranger: %q, then %q", cookie, again)
		}
		both, fresh := signIn(t, db, alex, cookie)
		if !fresh || !knows(t, db, robin, both) || !knows(t, db, alex, both) {
			t.Error("a browser can be known to two accounts")
		}
		if stored := storetest.Value[int](t, db, "SELECT COUNT(*) FROM known_devices WHERE token_hash IN ($1, $2)", cookie, strings.Split(both, ".")[0]); stored != 0 {
			t.Error("a token itself is stored")
		}
	})
}

func TestCookiesAreBounded(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		cookie := ""
		var ids []string
		for i := range device.PerBrowser + 2 {
			ids = append(ids, storetest.Account(t, db, fmt.Sprint("user", i), ""))
			cookie, _ = signIn(t, db, ids[i], cookie)
		}
		if got := len(strings.Split(cookie, ".")); got != device.PerBrowser {
			t.Errorf("the cookie has %d tokens, want %d", got, device.PerBrowser)
		}
		for i, id := range ids {
			if got, want := knows(t, db, id, cookie), i >= 2; got != want {
				t.Errorf("account %d knows the browser: %v, want %v", i, got, want)
			}
		}
	})
}

func TestWhatIsNoTokenIsLeftOut(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin := storetest.Account(t, db, "robin", "")
		good, _ := signIn(t, db, robin, "")
		for name, cookie := range map[string]string{
			"nothing": "", "dots": "....", "text": "hello", "another token": strings.Repeat("A", 43), "too long": good + "A", "not base64": strings.Repeat("!", 43),
			"too many": strings.Repeat(strings.Repeat("A", 43)+".", device.PerBrowser) + good, "bits beyond the end": good[:42] + "_", "a NUL": "\x00",
		} {
			if knows(t, db, robin, cookie) {
				t.Errorf("%s makes the browser known", name)
			}
			if next, fresh := signIn(t, db, robin, cookie); !fresh || len(next) > device.PerBrowser*44 || strings.ContainsAny(next, "!\x00") {
				t.Errorf("%s: the next cookie is %q", name, next)
			}
		}
		if !knows(t, db, robin, "x."+good) {
			t.Error("a good token counts beside others")
		}
		if device.Plausible("hello") || !device.Plausible(good) {
			t.Error("what is no token is implausible")
		}
	})
}

func TestAnAccountKnowsTwentyBrowsers(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin, alex := storetest.Account(t, db, "robin", ""), storetest.Account(t, db, "alex", "")
		theirs, _ := signIn(t, db, alex, "")
		var cookies []string
		for range device.PerAccount {
			cookie, _ := signIn(t, db, robin, "")
			cookies = append(cookies, cookie)
			pass(t, db, time.Hour)
		}
		signIn(t, db, robin, cookies[0]) // the oldest is used again
		signIn(t, db, robin, "")
		for i, cookie := range cookies {
			if got, want := knows(t, db, robin, cookie), i != 1; got != want {
				t.Errorf("browser %d is known: %v, want %v: the one that was used longest ago goes", i, got, want)
			}
		}
		if !knows(t, db, alex, theirs) {
			t.Error("somebody else's browser is gone")
		}
	})
}

func TestABrowserIsKnownForAYearAfterItsLastSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin := storetest.Account(t, db, "robin", "")
		cookie, _ := signIn(t, db, robin, "")
		pass(t, db, device.Life-time.Hour)
		if _, fresh := signIn(t, db, robin, cookie); fresh {
			t.Fatal("after less than a year it is known")
		}
		pass(t, db, device.Life-time.Hour)
		if !knows(t, db, robin, cookie) {
			t.Error("a sign-in makes it known for another year")
		}
		pass(t, db, 2*time.Hour)
		if knows(t, db, robin, cookie) {
			t.Error("after a year without a sign-in it is a stranger")
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return device.Prune(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM known_devices"); left != 0 {
			t.Errorf("%d are left", left)
		}
	})
}

func TestForgetting(t *testing.T) {
	by := audit.Actor{Class: audit.ActorAccount, ID: "robin"}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin, alex := storetest.Account(t, db, "robin", ""), storetest.Account(t, db, "alex", "")
		here, _ := signIn(t, db, robin, "")
		other, _ := signIn(t, db, robin, "")
		theirs, _ := signIn(t, db, alex, "")
		list, err := device.List(t.Context(), db, robin, here)
		if err != nil || len(list) != 2 || list[0].Here || !list[1].Here || list[0].Label != "Firefox · Linux" {
			t.Fatalf("want the two, and this one marked, got %+v, %v", list, err)
		}
		forget := func(accountID, id string) error {
			return db.Tx(t.Context(), func(tx *store.Tx) error { return device.Forget(t.Context(), tx, accountID, id, by) })
		}
		for name, id := range map[string]string{"no id": "", "no such": "00000000-0000-0000-0000-000000000000", "somebody else's": list[0].ID} {
			of := alex
			if name != "somebody else's" {
				of = robin
			}
			if err := forget(of, id); !errors.Is(err, device.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := forget(robin, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if knows(t, db, robin, other) || !knows(t, db, robin, here) {
			t.Error("the one that was named is forgotten, and no other")
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return device.ForgetAll(t.Context(), tx, robin) }); err != nil {
			t.Fatal(err)
		}
		if knows(t, db, robin, here) || !knows(t, db, alex, theirs) {
			t.Error("all of the account are forgotten, and nobody else's")
		}
	})
}

func TestABrowserThatALinkLetsTryIsNewAtItsFirstSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin := storetest.Account(t, db, "robin", "")
		admit := func(cookie string) string {
			return tx(t, db, func(ctx context.Context, tx *store.Tx) (string, error) {
				return device.Admit(ctx, tx, device.Browser{AccountID: robin, Cookie: cookie})
			})
		}
		cookie := admit("")
		if !knows(t, db, robin, cookie) {
			t.Fatal("it may try")
		}
		if list, err := device.List(t.Context(), db, robin, cookie); err != nil || len(list) != 0 {
			t.Errorf("it has not signed in, and yet it is listed: %+v, %v", list, err)
		}
		if _, fresh := signIn(t, db, robin, cookie); !fresh {
			t.Error("its first sign-in is news")
		}
		if _, fresh := signIn(t, db, robin, cookie); fresh {
			t.Error("its second is not")
		}
		late := admit("")
		pass(t, db, 25*time.Hour)
		if knows(t, db, robin, late) {
			t.Error("it may try for a day only")
		}
	})
}

func TestUnlockLinks(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin := storetest.Account(t, db, "robin", "")
		mint := func() string {
			return tx(t, db, func(ctx context.Context, tx *store.Tx) (string, error) { return device.MintUnlock(ctx, tx, robin) })
		}
		good := func(token string) bool {
			return tx(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return device.UnlockIsGood(ctx, tx, token) })
		}
		use := func(token string) string {
			return tx(t, db, func(ctx context.Context, tx *store.Tx) (string, error) {
				id, err := device.UseUnlock(ctx, tx, token)
				if errors.Is(err, device.ErrNotFound) {
					return "", nil
				}
				return id, err
			})
		}
		first := mint()
		second := mint()
		if len(second) < 43 {
			t.Errorf("a link of 256 bits has 43 characters, this one %d", len(second))
		}
		if good(first) || use(first) != "" {
			t.Error("a new link voids the one before")
		}
		for range 2 {
			if !good(second) {
				t.Error("looking uses the link up")
			}
		}
		if use(second) != robin || use(second) != "" || good(second) {
			t.Error("a link is good once")
		}
		late := mint()
		pass(t, db, device.UnlockLife+time.Second)
		if good(late) || use(late) != "" {
			t.Error("a link ends")
		}
		disabled := mint()
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'")
		if good(disabled) || use(disabled) != "" {
			t.Error("a disabled account cannot be unlocked")
		}
		for _, made := range []string{"", "A", strings.Repeat("A", 43)} {
			if good(made) || use(made) != "" {
				t.Errorf("%q works", made)
			}
		}
	})
}

func TestTheTrailOfADealershipHasTheForgettingOfABrowser(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		robin := storetest.Account(t, db, "robin", "D1")
		here, _ := signIn(t, db, robin, "")
		list, err := device.List(t.Context(), db, robin, here)
		if err != nil || len(list) != 1 {
			t.Fatalf("want one browser, got %+v, %v", list, err)
		}
		by := audit.Actor{Class: audit.ActorAccount, ID: robin}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return device.Forget(t.Context(), tx, robin, list[0].ID, by) }); err != nil {
			t.Fatal(err)
		}
		if got := storetest.Value[string](t, db, "SELECT COALESCE(tenant, 'none') FROM audit_events WHERE account_id = $1", robin); got != "D1" {
			t.Errorf("the event belongs to %s, want D1", got)
		}
	})
}
