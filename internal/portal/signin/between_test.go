// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// TestNoStepOpensForAPasswordThatWasChanged : the old password is verified while its owner chooses another one.
func TestNoStepOpensForAPasswordThatWasChanged(t *testing.T) {
	tests := map[string]func(*testing.T, *world){
		"a second factor would be asked for": func(t *testing.T, w *world) {
			w.settings.Auth.SecondFactor = "Required"
			w.app(t, "robin")
		},
		"a second factor would be added": func(_ *testing.T, w *world) { w.settings.Auth.SecondFactor = "Required" },
		"a code would be mailed":         func(t *testing.T, w *world) { w.leads(t, "robin", 400) },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				storetest.Exec(t, db, "UPDATE accounts SET mail = 'robin@example.test' WHERE username = 'robin'")
				prepare(t, w)
				w.meanwhile = "UPDATE credentials SET hash = 'other'"
				if got := w.enter(t, "robin", "visit"); got.Outcome != signin.Refused {
					t.Errorf("want a refusal, got %+v", got)
				}
				if n := storetest.Value[int](t, db, "SELECT (SELECT COUNT(*) FROM flows WHERE purpose <> 'TOTPSetup') + (SELECT COUNT(*) FROM sign_in_codes)"); n != 0 {
					t.Errorf("%d steps are open", n)
				}
			})
		})
	}
}

// TestAChangedPasswordEndsWaitingSteps : the database's times of two transactions say nothing about which of them came first.
func TestAChangedPasswordEndsWaitingSteps(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Required"
		secret := w.app(t, "robin")
		if got := w.enter(t, "robin", "visit"); got.Outcome != signin.FactorNeeded {
			t.Fatalf("want the second factor, got %+v", got)
		}
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			a, err := account.ByID(t.Context(), tx, w.ids["robin"])
			if err != nil {
				return err
			}
			hash, err := account.PasswordHash(t.Context(), tx, a.ID)
			if err != nil {
				return err
			}
			return account.ChangePassword(t.Context(), tx, a, account.PasswordChange{OldHash: hash, NewHash: hash + "x", By: audit.Actor{Class: audit.ActorAccount}})
		})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "UPDATE credentials SET changed_at = 0") // as if that had begun before the step was opened
		if got := w.factor(t, w.shown(t, secret), "visit"); got.Outcome != signin.Refused {
			t.Errorf("the step must be over: %+v", got)
		}
	})
}

// TestNothingFromBeforeADisablementIsGoodAfterwards : what waited or was mailed when an account was disabled is void when it comes back.
func TestNothingFromBeforeADisablementIsGoodAfterwards(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Required"
		secret := w.app(t, "robin")
		if got := w.enter(t, "robin", "visit"); got.Outcome != signin.FactorNeeded {
			t.Fatalf("want the second factor, got %+v", got)
		}
		link := w.link(t, "robin")
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', status_before = 'Active', disabled_reason = 'Administrator', disabled_at = 1 WHERE username = 'robin'")
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			a, err := account.ByID(t.Context(), tx, w.ids["robin"])
			if err != nil {
				return err
			}
			return account.Reactivate(t.Context(), tx, a, "Back", audit.Actor{Class: audit.ActorAccount})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.factor(t, w.shown(t, secret), "visit"); got.Outcome != signin.Refused {
			t.Errorf("the step must be over: %+v", got)
		}
		if good, err := w.service.UnlockIsGood(t.Context(), link); err != nil || good {
			t.Errorf("the link must be void: %v %v", good, err)
		}
	})
}

// TestALinkOpensTheBrowserThatIsAtItsCeiling : the owner's own browser was used for guessing, and he has a link from his mail.
func TestALinkOpensTheBrowserThatIsAtItsCeiling(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.confirmed(t, "robin")
		office := w.signIn(t, "robin", right).Device
		storetest.Exec(t, db, "INSERT INTO throttle (key, failures, blocked_until, window_start, updated_at) SELECT 'device:' || id, $1, 0, 0, 0 FROM known_devices",
			throttle.Ceiling)
		if got := w.from(t, with(office), "robin", right); !got.Shut {
			t.Fatalf("the browser is at its ceiling: %+v", got)
		}
		cookie, err := w.service.Unlock(t.Context(), w.link(t, "robin"), with(office))
		if err != nil {
			t.Fatal(err)
		}
		if got := w.from(t, with(cookie), "robin", right); got.Outcome != signin.SignedIn {
			t.Errorf("the link must let the browser in: %+v", got)
		}
	})
}

// TestNobodyVouchesAfterTheProviderWasSwitchedOff : the second factor is given after that.
func TestNobodyVouchesAfterTheProviderWasSwitchedOff(t *testing.T) {
	for name, want := range map[string]signin.Outcome{"on": signin.SignedIn, "off": signin.Refused} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.settings.Auth.SecondFactor = "Required"
				if name == "on" {
					w.settings.Auth.SSO = &portalconfig.SSO{}
				}
				secret := w.app(t, "corporate")
				err := db.Tx(t.Context(), func(tx *store.Tx) error {
					return flow.Put(t.Context(), tx, flow.Hash("visit"), secondfactor.PurposeFactor,
						flow.Step{AccountID: w.ids["corporate"], Detail: `{"method":"SSO"}`}, time.Hour)
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := w.factor(t, w.shown(t, secret), "visit"); got.Outcome != want {
					t.Errorf("want %s, got %+v", want, got)
				}
			})
		})
	}
}
