// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestAnAppIsAddedByItsFirstCode(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		w.tx(func(tx *store.Tx) error { return w.service.BeginTOTP(ctx, tx, visit, w.robin.ID) })
		var setup *secondfactor.Setup
		w.tx(func(tx *store.Tx) (err error) {
			setup, err = w.service.SetupOf(ctx, tx, visit, w.robin)
			return err
		})
		uri, err := url.Parse(setup.URI)
		if err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/Northstar & Sons:robin" ||
			uri.Query().Get("secret") != setup.Secret || uri.Query().Get("issuer") != "Northstar & Sons" || strings.Contains(setup.URI, "+") {
			t.Errorf("the app is told %s, %v", setup.URI, err)
		}
		if len(setup.Secret) != 32 { // 160 bits
			t.Errorf("the secret is %q", setup.Secret)
		}
		if stored := storetest.Value[string](t, db, "SELECT detail FROM flows"); strings.Contains(stored, setup.Secret) {
			t.Error("the secret that waits is stored as it is")
		}
		finish := func(visitHash, code string) (ok bool, err error) {
			err = db.Tx(ctx, func(tx *store.Tx) error {
				ok, err = w.service.FinishTOTP(ctx, tx, visitHash, w.robin, secondfactor.Given{Code: code, Name: " My  phone\n"}, by(w.robin))
				return err
			})
			return ok, err
		}
		code := w.code(setup.Secret, 0)
		if ok, err := finish(visit, flip(code)); ok || err != nil || w.state(w.robin).Any() {
			t.Errorf("a wrong code adds the app: %v, %v", ok, err)
		}
		if _, err := finish("another visit", code); !errors.Is(err, flow.ErrNone) {
			t.Errorf("in another visit: %v", err)
		}
		if ok, err := finish(visit, code[:3]+" "+code[3:]); !ok || err != nil {
			t.Fatalf("the right code: %v, %v", ok, err)
		}
		if _, err := finish(visit, code); !errors.Is(err, flow.ErrNone) {
			t.Errorf("a second time: %v", err)
		}
		state := w.state(w.robin)
		if len(state.Factors) != 1 || state.Factors[0].Name != "My phone" || state.Factors[0].Kind != secondfactor.TOTP {
			t.Errorf("the account has %+v", state)
		}
		if stored := storetest.Value[string](t, db, "SELECT secret FROM second_factors"); strings.Contains(stored, setup.Secret) || !strings.HasPrefix(stored, "a:") {
			t.Errorf("the secret is stored as %s", stored)
		}
		if _, ok := w.verify(w.robin, code); ok {
			t.Error("the code that added the app signs in, too")
		}
		if got := w.events(); !slices.Equal(got, []string{"authn_factor_added TOTP", "authn_factor_fail Reused"}) || w.queued("SecondFactorAdded") != 1 {
			t.Errorf("audit trail %v, %d notices", got, w.queued("SecondFactorAdded"))
		}
	})
}

// flip makes another code.
func flip(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+5)%10)
}

func TestATimeStepIsAcceptedOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		secret := w.app(w.robin)
		for _, steps := range []int{-3, 3, -30} {
			if _, ok := w.verify(w.robin, w.code(secret, steps)); ok {
				t.Errorf("a code of %d steps away is accepted", steps)
			}
		}
		for _, given := range []string{"", "12345", "1234567", "abcdef", strings.Repeat("0", 24)} {
			if _, ok := w.verify(w.robin, given); ok {
				t.Errorf("%q is accepted", given)
			}
		}
		code := w.code(secret, 0)
		if method, ok := w.verify(w.robin, code); !ok || method != secondfactor.TOTP {
			t.Fatalf("the right code: %s, %v", method, ok)
		}
		if _, ok := w.verify(w.robin, code); ok {
			t.Error("a code is accepted twice")
		}
		if _, ok := w.verify(w.robin, w.code(secret, -1)); ok {
			t.Error("an older code is accepted after a newer one")
		}
	})
}

func TestSkewIsOneStep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		secret := w.app(w.robin)
		// In rising order: an older step than the last one is refused.
		for _, steps := range []int{-1, 0, 1} {
			var accepted bool
			for range 2 { // once more if the time step changed in between
				if _, ok := w.verify(w.robin, w.code(secret, steps)); ok {
					accepted = true
					break
				}
			}
			if !accepted {
				t.Errorf("a code of %d steps away is refused", steps)
			}
		}
	})
}

func TestOneCodeAtTheSameTimeWinsOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		secret := w.app(w.robin)
		recovery := w.codes(w.robin)[0]
		for name, code := range map[string]string{"TOTP": w.code(secret, 0), "recovery code": recovery} {
			var accepted atomic.Int32
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					var ok bool
					err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
						// The row is not held: the condition of the statement alone decides.
						_, ok, err = w.service.Verify(t.Context(), tx, visit, w.robin, secondfactor.Given{Code: code}, by(w.robin))
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if ok {
						accepted.Add(1)
					}
				})
			}
			all.Wait()
			if accepted.Load() != 1 {
				t.Errorf("%s: %d of 8 at the same time were accepted", name, accepted.Load())
			}
		}
	})
}

func TestASecretIsGoodForItsAccountOnly(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		secret := w.app(w.robin)
		dana := w.account(storetest.Account(t, db, "dana", ""))
		w.app(dana)
		if _, ok := w.verify(dana, w.code(secret, 0)); ok {
			t.Error("somebody else's code is accepted")
		}
		// Whoever can write to the database cannot give an account a secret that he knows.
		storetest.Exec(t, db, "UPDATE second_factors SET secret = (SELECT secret FROM second_factors WHERE account_id = $1) WHERE account_id = $2", w.robin.ID, dana.ID)
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, ok, err := w.service.Verify(t.Context(), tx, visit, dana, secondfactor.Given{Code: w.code(secret, 0)}, by(dana))
			if ok {
				t.Error("a copied secret is accepted")
			}
			return err
		})
		if err == nil {
			t.Error("a copied secret is no error")
		}
	})
}

func TestNoMoreFactorsThanAllowed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for range secondfactor.MaxFactors {
			w.app(w.robin)
		}
		if counts, err := secondfactor.Counts(t.Context(), db); err != nil || counts[secondfactor.TOTP] != secondfactor.MaxFactors || counts[secondfactor.Passkey] != 0 {
			t.Errorf("counted %v, %v", counts, err)
		}
		add := func() error {
			return db.Tx(t.Context(), func(tx *store.Tx) error {
				if err := w.service.BeginTOTP(t.Context(), tx, visit, w.robin.ID); err != nil {
					return err
				}
				_, err := w.service.FinishTOTP(t.Context(), tx, visit, w.robin, secondfactor.Given{Code: "000000"}, by(w.robin))
				return err
			})
		}
		if err := add(); !errors.Is(err, secondfactor.ErrTooMany) {
			t.Errorf("one more: %v", err)
		}
		w.settings.Auth.SecondFactor = "Off"
		storetest.Exec(t, db, "DELETE FROM second_factors")
		if err := add(); !errors.Is(err, secondfactor.ErrNotOffered) {
			t.Errorf("with the policy Off: %v", err)
		}
	})
}

func TestRemoving(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.app(w.robin)
		w.app(w.robin)
		w.codes(w.robin)
		remove := func(id string) error {
			return db.Tx(t.Context(), func(tx *store.Tx) error { return w.service.Remove(t.Context(), tx, w.robin, id, by(w.robin)) })
		}
		dana := w.account(storetest.Account(t, db, "dana", ""))
		w.app(dana)
		if err := remove(w.state(dana).Factors[0].ID); !errors.Is(err, secondfactor.ErrNotFound) {
			t.Errorf("somebody else's factor: %v", err)
		}
		storetest.Exec(t, db, "UPDATE tenants SET second_factor = 'Required'")
		factors := w.state(w.robin).Factors
		if err := remove(factors[0].ID); err != nil {
			t.Errorf("one of two: %v", err)
		}
		if err := remove(factors[1].ID); !errors.Is(err, secondfactor.ErrLast) {
			t.Errorf("the last one while the dealership asks for one: %v", err)
		}
		storetest.Exec(t, db, "UPDATE tenants SET second_factor = ''")
		if err := remove(factors[1].ID); err != nil {
			t.Errorf("the last one while nobody asks for one: %v", err)
		}
		if state := w.state(w.robin); state.Any() || state.Codes != 0 {
			t.Errorf("%+v is left", state)
		}
		if n := w.queued("SecondFactorRemoved"); n != 2 {
			t.Errorf("%d notices", n)
		}
	})
}

func TestLostFactorsAreRemovedBySomebodyElse(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		dana := w.account(storetest.Account(t, db, "dana", ""))
		removeAll := func() error {
			return db.Tx(t.Context(), func(tx *store.Tx) error {
				return w.service.RemoveAll(t.Context(), tx, w.robin, "Lost the phone", by(dana))
			})
		}
		if err := removeAll(); !errors.Is(err, secondfactor.ErrNotFound) {
			t.Errorf("without a factor: %v", err)
		}
		w.app(w.robin)
		w.codes(w.robin)
		storetest.Exec(t, db, "INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at, user_agent) VALUES ('s', 'h', $1, 0, 0, 1, '')", w.robin.ID)
		storetest.Exec(t, db, "INSERT INTO throttle (key, failures, blocked_until, window_start, updated_at) VALUES ($1, 100, 9, 0, 0)", "factor:"+w.robin.ID)
		w.tx(func(tx *store.Tx) error {
			return flow.Put(t.Context(), tx, visit, secondfactor.PurposeFactor, flow.Step{AccountID: w.robin.ID}, 1<<40)
		})
		if err := removeAll(); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"second_factors", "recovery_codes", "sessions", "flows", "throttle"} {
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM "+table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		if got := w.events(); !slices.Contains(got, "authn_factors_removed Lost the phone") || w.queued("SecondFactorRemoved") != 1 {
			t.Errorf("audit trail %v, %d notices", got, w.queued("SecondFactorRemoved"))
		}
		if storetest.Value[string](t, db, "SELECT actor_id FROM audit_events WHERE event = 'authn_factors_removed'") != dana.ID {
			t.Error("the trail does not say who did it")
		}
	})
}
