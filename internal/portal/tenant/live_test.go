// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/onboarding"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// market is a policy with the requirements; settings follow with require.
type market struct {
	*policy.Policy
	generation int64
}

func newMarket(t *testing.T, db *store.DB, required *portalconfig.Requirements) *market {
	t.Helper()
	started, err := policy.Start(t.Context(), db, &portalconfig.Settings{TimeZone: "Asia/Tokyo", Requirements: required}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &market{Policy: started}
}

func (m *market) require(t *testing.T, required *portalconfig.Requirements) {
	t.Helper()
	m.generation++
	request := portalapi.SettingsRequest{UID: "p", Generation: m.generation, Settings: portalconfig.Settings{TimeZone: "Asia/Tokyo", Requirements: required}}
	if _, err := m.Put(t.Context(), request, operator); err != nil {
		t.Fatal(err)
	}
}

func electricians(n int32) *portalconfig.Requirements {
	return &portalconfig.Requirements{Technicians: portalconfig.Technicians{Electrical: n}}
}

func certified(n int32, documents ...portalapi.TenantDocument) func(*portalapi.Tenant) {
	return func(in *portalapi.Tenant) {
		in.Spec.Certification = &portalapi.TenantCertification{Technicians: portalconfig.Technicians{Electrical: n}, Documents: documents}
	}
}

func live(t *testing.T, db *store.DB, code string) bool {
	t.Helper()
	stored, err := tenant.Get(t.Context(), db, code)
	if err != nil {
		t.Fatal(err)
	}
	return stored.Live()
}

func TestADealershipGoesLiveWhenNothingIsMissing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		newMarket(t, db, electricians(2))
		s := service(db)
		got := mustPut(t, s, declared("a", 1, certified(1), invitations("h", "ann")))
		if diff := cmp.Diff([]string{"electrical technicians: 1 of 2"}, got.MissingRequirements); diff != "" || got.Live {
			t.Errorf("one of two: live %t, missing (-want +got):\n%s", got.Live, diff)
		}
		if live(t, db, "D1") {
			t.Error("a dealership that lacks a technician is live")
		}
		if got := mustPut(t, s, declared("a", 2, certified(2), invitations("h", "ann"))); !got.Live || got.MissingRequirements != nil || !live(t, db, "D1") {
			t.Errorf("with everything: %+v, want live without anything missing", got)
		}
		if a := read(t, db, "ann"); a.NotBefore.Before(time.Now().AddDate(0, 0, 29)) {
			t.Errorf("grace until %s for people who could not sign in before, want 30 days", a.NotBefore)
		}
		if got := mustPut(t, s, declared("a", 3, certified(0))); !got.Live || len(got.MissingRequirements) != 1 || !live(t, db, "D1") {
			t.Errorf("a later shortfall: %+v, want a warning and no more", got)
		}
		page, err := s.List(t.Context(), "", 10)
		if err != nil || len(page.Tenants) != 1 || !page.Tenants[0].Live || len(page.Tenants[0].MissingRequirements) != 1 {
			t.Errorf("the list says %+v, %v", page, err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = $1 AND tenant = 'D1'", audit.TenantLive); n != 1 {
			t.Errorf("%d events of going live, want 1", n)
		}
		if err := s.Close(t.Context(), "D1", "a", "", operator); err != nil {
			t.Fatal(err)
		}
		if got := mustPut(t, s, declared("b", 1, certified(0))); !got.Live {
			t.Error("a dealership that was live is not when it is declared again")
		}
	})
}

func TestWithoutRequirementsEverybodyIsLive(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if got := mustPut(t, service(db), declared("a", 1)); !got.Live {
			t.Errorf("without settings: %+v, want live", got)
		}
		m := newMarket(t, db, nil)
		if _, err := service(db).Put(t.Context(), "D2", declared("b", 1), operator); err != nil || !live(t, db, "D2") {
			t.Errorf("without requirements: %v, want live", err)
		}
		m.require(t, electricians(5))
		if !live(t, db, "D1") || !live(t, db, "D2") {
			t.Error("requirements that came later closed a dealership that was live")
		}
	})
}

func TestChangedRequirementsJudgeEverybodyAgain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		m := newMarket(t, db, electricians(9))
		s := service(db)
		for i := range 12 {
			if _, err := s.Put(t.Context(), fmt.Sprintf("D%02d", i), declared("a", 1, certified(int32(i))), operator); err != nil {
				t.Fatal(err)
			}
		}
		waiting := func() int { return storetest.Value[int](t, db, "SELECT COUNT(*) FROM tenants WHERE live_at IS NULL") }
		if n := waiting(); n != 9 {
			t.Fatalf("%d wait, want the 9 with too few", n)
		}
		before := revision(t, db)
		ann := storetest.Account(t, db, "ann", "D05")
		m.require(t, electricians(4))
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE id = $1 AND not_before > 0", ann); n != 1 {
			t.Error("no grace for people of a dealership that went live")
		}
		if n := waiting(); n != 4 || revision(t, db) == before {
			t.Errorf("%d wait after the requirements became weaker, want 4 and another revision", n)
		}
		m.require(t, electricians(100))
		if n := waiting(); n != 4 {
			t.Errorf("%d wait after the requirements became stronger, want still 4", n)
		}
		m.require(t, nil)
		if n := waiting(); n != 0 {
			t.Errorf("%d wait without requirements", n)
		}
	})
}

// Whoever comes second sees what the first one wrote: no dealership is forgotten between them.
func TestSettingsAndDeclarationsAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		m := newMarket(t, db, electricians(9))
		s := service(db)
		for round := range 8 {
			code := fmt.Sprintf("R%02d", round)
			m.require(t, electricians(9))
			if _, err := s.Put(t.Context(), code, declared("a", 1, certified(0)), operator); err != nil {
				t.Fatal(err)
			}
			var both sync.WaitGroup
			both.Go(func() { m.require(t, electricians(5)) })
			both.Go(func() {
				if _, err := s.Put(t.Context(), code, declared("a", 2, certified(5)), operator); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if !live(t, db, code) {
				t.Fatalf("round %d: the dealership has what is required and is not live", round)
			}
		}
	})
}

// A declaration waits for settings that are on their way, and is judged by them.
func TestADeclarationWaitsForSettings(t *testing.T) {
	db := storetest.Open(t, storetest.PostgreSQL(t))
	newMarket(t, db, electricians(9))
	weaker, err := json.Marshal(&portalconfig.Settings{TimeZone: "Asia/Tokyo", Requirements: electricians(5)})
	if err != nil {
		t.Fatal(err)
	}
	var declares sync.WaitGroup
	err = db.Tx(t.Context(), func(tx *store.Tx) error {
		if err := onboarding.Lock(t.Context(), tx); err != nil {
			return err
		}
		declares.Go(func() {
			if _, err := service(db).Put(t.Context(), "D1", declared("a", 1, certified(5)), operator); err != nil {
				t.Error(err)
			}
		})
		for deadline := time.Now().Add(time.Minute); storetest.Value[int](t, db, "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0; {
			if time.Now().After(deadline) {
				return errors.New("the declaration does not wait")
			}
		}
		_, err := tx.ExecContext(t.Context(), `
INSERT INTO settings (seq, digest, portal_uid, generation, body, valid_from) VALUES (2, 'd', 'p', 1, $1, 1)`, string(weaker))
		return err
	})
	declares.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if !live(t, db, "D1") {
		t.Error("the dealership was judged by settings that were no longer in force")
	}
}

func TestADocumentEndsWithItsLastDay(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		newMarket(t, db, &portalconfig.Requirements{Documents: []string{"Insurance"}})
		tokyo, err := time.LoadLocation("Asia/Tokyo")
		if err != nil {
			t.Fatal(err)
		}
		s := service(db)
		until := func(days int) portalapi.TenantDocument {
			return portalapi.TenantDocument{Name: "Insurance", ValidUntil: time.Now().In(tokyo).AddDate(0, 0, days).Format(time.DateOnly)}
		}
		if got := mustPut(t, s, declared("a", 1, certified(0, until(-2)))); got.Live || len(got.MissingRequirements) != 1 {
			t.Errorf("expired: %+v, want it missing", got)
		}
		if got := mustPut(t, s, declared("a", 2, certified(0, until(1)))); !got.Live {
			t.Errorf("good until tomorrow: %+v, want live", got)
		}
	})
}

func TestRefresh(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		newMarket(t, db, &portalconfig.Requirements{Documents: []string{"Insurance"}})
		s := service(db)
		mustPut(t, s, declared("a", 1, certified(0, portalapi.TenantDocument{Name: "Insurance"})))
		// What a program of an older release writes.
		storetest.Exec(t, db, "UPDATE tenants SET live_at = NULL, listed_name = '', listed_text = '', listed_digest = ''")
		before := revision(t, db)
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !live(t, db, "D1") || revision(t, db) == before {
			t.Error("a dealership that lacks nothing is not live, or the operator was not told")
		}
		if found, _, err := s.ListPublic(t.Context(), tenant.Listed{Search: "main", Limit: 5}); err != nil || len(found) != 1 {
			t.Errorf("found %d, %v: the list was not brought up to date", len(found), err)
		}
		same := revision(t, db)
		if err := s.Refresh(t.Context()); err != nil || revision(t, db) != same {
			t.Errorf("a second time on the same day: another revision, %v", err)
		}
		storetest.Exec(t, db, "UPDATE meta SET value = '2000-01-01' WHERE key = 'requirements_day'")
		if err := s.Refresh(t.Context()); err != nil || revision(t, db) == same {
			t.Errorf("on another day: the same revision, %v", err)
		}
	})
}

func TestListPublic(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		m := newMarket(t, db, nil)
		s := service(db)
		put := func(code, name, city string, change ...func(*portalapi.Tenant)) {
			in := declared(code, 1, append([]func(*portalapi.Tenant){func(in *portalapi.Tenant) {
				in.Spec.DisplayName, in.Spec.Location.City, in.Spec.Brands = name, city, []string{"northstar"}
			}}, change...)...)
			if _, err := s.Put(t.Context(), code, in, operator); err != nil {
				t.Fatal(err)
			}
		}
		put("K-1", "Élan Autos", "Köln", func(in *portalapi.Tenant) { in.Spec.Brands = []string{"meridian", "northstar"} })
		put("A-1", "Zebra 100% Motors", "Aachen")
		put("B-1", "Anchor_Cars", "Berlin", func(in *portalapi.Tenant) { in.Spec.Brands = []string{"north"} })
		put("B-2", "Anchor_Cars", "Köln")
		put("S-1", "Suspended", "Köln", state("Suspended"))
		put("C-1", "Closed", "Köln")
		if err := s.Close(t.Context(), "C-1", "C-1", "", operator); err != nil {
			t.Fatal(err)
		}
		m.require(t, electricians(1))
		put("N-1", "Not live", "Köln")

		for name, test := range map[string]struct {
			query tenant.Listed
			want  []string
			more  bool
		}{
			"all by name":                     {tenant.Listed{Limit: 10}, []string{"B-1", "B-2", "K-1", "A-1"}, false},
			"a city without its umlaut":       {tenant.Listed{Search: "KOLN", Limit: 10}, []string{"B-2", "K-1"}, false},
			"two words in any order":          {tenant.Listed{Search: "köln anchor", Limit: 10}, []string{"B-2"}, false},
			"a code":                          {tenant.Listed{Search: "a-1", Limit: 10}, []string{"A-1"}, false},
			"a percent sign is one":           {tenant.Listed{Search: "0%", Limit: 10}, []string{"A-1"}, false},
			"an underscore is one":            {tenant.Listed{Search: "r_c", Limit: 10}, []string{"B-1", "B-2"}, false},
			"a brand, not one that begins so": {tenant.Listed{Brand: "north", Limit: 10}, []string{"B-1"}, false},
			"a brand among several":           {tenant.Listed{Brand: "meridian", Limit: 10}, []string{"K-1"}, false},
			"a brand is no pattern":           {tenant.Listed{Brand: "%", Limit: 10}, nil, false},
			"the first page":                  {tenant.Listed{Limit: 2}, []string{"B-1", "B-2"}, true},
			"a page between two of one name":  {tenant.Listed{After: "B-1", Limit: 1}, []string{"B-2"}, true},
			"the last page":                   {tenant.Listed{After: "B-2", Limit: 2}, []string{"K-1", "A-1"}, false},
			"after nobody":                    {tenant.Listed{After: "X-9", Limit: 2}, nil, false},
			"nothing":                         {tenant.Listed{Search: "no such place", Limit: 2}, nil, false},
		} {
			found, more, err := s.ListPublic(t.Context(), test.query)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var codes []string
			for _, one := range found {
				codes = append(codes, one.DealerCode)
			}
			if !slices.Equal(codes, test.want) || more != test.more {
				t.Errorf("%s: got %v, more %t; want %v, %t", name, codes, more, test.want, test.more)
			}
		}
		for code, want := range map[string]bool{"K-1": true, "S-1": false, "C-1": false, "N-1": false, "X-9": false, "' OR 1=1": false} {
			if _, err := tenant.GetPublic(t.Context(), db, code); (err == nil) != want {
				t.Errorf("%s: %v, want it public: %t", code, err, want)
			}
		}
	})
}
