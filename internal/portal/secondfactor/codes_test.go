// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestRecoveryCodes(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$`)
	if bits := 24 * math.Log2(32); bits < 112 {
		t.Errorf("a code has %v bits", bits)
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.app(w.robin)
		dana := w.account(storetest.Account(t, db, "dana", ""))
		codes := w.codes(w.robin)
		if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
			t.Fatalf("%d codes: %v", len(codes), codes)
		}
		for _, code := range codes {
			if !form.MatchString(code) {
				t.Errorf("a code is %q", code)
			}
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM recovery_codes WHERE code_hash LIKE $1", "%"+strings.ReplaceAll(code, "-", "")+"%"); n != 0 {
				t.Error("a code is stored as it is")
			}
		}
		if _, ok := w.verify(dana, codes[0]); ok {
			t.Error("somebody else's code is accepted")
		}
		typed := " " + strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.ToLower(codes[0])) + " "
		if method, ok := w.verify(w.robin, typed); !ok || method != secondfactor.RecoveryCode {
			t.Errorf("a code as people type it: %s, %v", method, ok)
		}
		if _, ok := w.verify(w.robin, codes[0]); ok {
			t.Error("a code is accepted twice")
		}
		if _, ok := w.verify(w.robin, codes[1][:len(codes[1])-1]); ok {
			t.Error("a part of a code is accepted")
		}
		if got := w.state(w.robin).Codes; got != 9 {
			t.Errorf("%d codes are left", got)
		}
		if w.queued("RecoveryCodeUsed") != 1 || !slices.Contains(w.events(), "authn_recovery_code_used ") {
			t.Errorf("%d notices, audit trail %v", w.queued("RecoveryCodeUsed"), w.events())
		}
		fresh := w.codes(w.robin)
		if _, ok := w.verify(w.robin, codes[2]); ok {
			t.Error("a code of the old set is accepted")
		}
		if _, ok := w.verify(w.robin, fresh[9]); !ok || w.state(w.robin).Codes != 9 {
			t.Error("a code of the new set is refused")
		}
	})
}
