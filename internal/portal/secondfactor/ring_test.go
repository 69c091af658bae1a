// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor_test

import (
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// sealed counts what needs a pepper.
func (w *world) sealed(id string) (n int64) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		n, err = secondfactor.Sealed(w.Context(), tx, id)
		return err
	})
	return n
}

func TestFactorsOutliveAPepper(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		secret, codes := w.app(w.robin), w.codes(w.robin)
		if got := w.sealed("a"); got != 11 {
			t.Errorf("%d need the first pepper", got)
		}
		// The next pepper is accepted before it is used, then seals.
		w.ring.Use(pepper("a"), pepper("b_2"))
		w.ring.Use(pepper("b_2"), pepper("a"))
		if w.sealed("b_2") != 0 || w.sealed("bX2") != 0 {
			t.Error("something needs a pepper that has sealed nothing")
		}
		if _, ok := w.verify(w.robin, w.code(secret, 0)); !ok {
			t.Error("a code is refused after the pepper was replaced")
		}
		if w.sealed("a") != 10 || w.sealed("b_2") != 1 {
			t.Error("the use of a factor does not seal it anew")
		}
		if n, err := w.service.Reseal(t.Context(), db); n != 10 || err != nil {
			t.Errorf("%d sealed anew, %v", n, err)
		}
		if n, err := w.service.Reseal(t.Context(), db); n != 0 || err != nil {
			t.Errorf("%d sealed anew once more, %v", n, err)
		}
		if w.sealed("a") != 0 || w.sealed("b_2") != 11 {
			t.Error("something still needs the first pepper")
		}
		w.ring.Use(pepper("b_2"))
		if _, ok := w.verify(w.robin, codes[0]); !ok {
			t.Error("a recovery code is refused without the first pepper")
		}
	})
}

func TestAForgottenPepperIsAnError(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		secret := w.app(w.robin)
		w.ring.Use(pepper("b"))
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, ok, err := w.service.Verify(t.Context(), tx, visit, w.robin, secondfactor.Given{Code: w.code(secret, 0)}, by(w.robin))
			if ok {
				t.Error("a secret is read without its pepper")
			}
			return err
		})
		if err == nil || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("the error does not name the pepper: %v", err)
		}
		if n, err := w.service.Reseal(t.Context(), db); n != 0 || err == nil {
			t.Errorf("%d sealed anew, %v", n, err)
		}
	})
}
