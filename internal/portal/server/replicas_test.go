// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TestReplicasShareWhatTheyAreTold runs two replicas on one PostgreSQL: settings that one is given are in force at the other,
// both count the same tenants, and a run that one was asked for is finished whoever works on it.
func TestReplicasShareWhatTheyAreTold(t *testing.T) {
	process := servertest.Process(t.TempDir())
	process.Database = storetest.PostgreSQL(t)
	dir := servertest.WriteConfig(t, process, servertest.Settings())
	first, second := servertest.Start(t, dir), servertest.Start(t, dir)
	told, other := first.Client(t, portalapi.RoleOperator), second.Client(t, portalapi.RoleOperator)

	settings := servertest.Settings()
	settings.DisplayName = "Renamed"
	put, err := told.PutSettings(t.Context(), &portalapi.SettingsRequest{UID: "portal", Generation: 2, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := told.PutTenant(t.Context(), "D1", servertest.Tenant("D1")); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		state, _, err := other.State(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if state.SettingsDigest == put.Digest && state.Tenants == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the other replica still has %+v", state)
		}
		<-time.After(50 * time.Millisecond)
	}

	run, err := told.StartRun(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Errorf("stopping the first replica: %v", err)
	}
	joined, err := other.StartRun(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{run.ID, joined.ID} {
		if ended := waitForRun(t, other, id); ended.Status != portalapi.RunSucceeded {
			t.Errorf("run ended as %+v", ended)
		}
	}
}

func TestBytesThatPostgreSQLDoesNotStoreAreABadRequest(t *testing.T) {
	process := servertest.Process(t.TempDir())
	process.Database = storetest.PostgreSQL(t)
	p := servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings()))
	raw, err := os.ReadFile(filepath.Join(p.Dir, "keys", portalapi.RoleOperator))
	if err != nil {
		t.Fatal(err)
	}
	operator := "Bearer " + strings.TrimSpace(string(raw))
	const spec = `"generation":1,"spec":{"displayName":"D","state":"Active","deletionPolicy":"Retain"}}`
	tests := map[string]struct{ method, path, body string }{
		"in a path":  {http.MethodGet, "/inactivity/runs/%00", ""},
		"in a query": {http.MethodGet, "/tenants?after=%ff", ""},
		"in a body":  {http.MethodPut, "/tenants/D1", `{"uid":"u\u0000",` + spec},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, answer := fetch(t, p, test.method, portalapi.BasePath+test.path, operator, test.body)
			if status != http.StatusBadRequest || answer.Code != portalapi.CodeInvalid {
				t.Errorf("answer %d %+v, want 400", status, answer)
			}
		})
	}
}

func TestASessionOfOneReplicaWorksAndEndsAtTheOther(t *testing.T) {
	s := newSite(t, 2, nil)
	a, b := s.serving[0], s.serving[1]
	s.people("ana", "ben")
	leaver, suspended := newGuest(t), newGuest(t)
	leaver.mustSignIn(s, a, b, "ana") // the form of one replica is taken by the other
	suspended.mustSignIn(s, a, a, "ben")
	for name, g := range map[string]*guest{"ana": leaver, "ben": suspended} {
		if status := g.home(s, b); status != http.StatusOK {
			t.Errorf("%s, signed in at one replica, gets %d from the other", name, status)
		}
	}

	stolen := newGuest(t)
	stolen.cookies = maps.Clone(leaver.cookies)
	if status, err := leaver.send(a, a, "/", "/sign-out", url.Values{}); err != nil || status != http.StatusSeeOther {
		t.Fatalf("signing out: %d, %v", status, err)
	}
	if status := stolen.home(s, b); status == http.StatusOK {
		t.Error("a session that was ended at one replica works at the other")
	}

	off := servertest.Tenant("D1")
	off.Generation, off.Spec.State = 2, "Suspended"
	if _, err := a.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", off); err != nil {
		t.Fatal(err)
	}
	told := time.Now()
	for suspended.home(s, b) == http.StatusOK {
		if time.Since(told) > notices {
			t.Fatalf("%s after a dealership was suspended at one replica, its people still work at the other", notices)
		}
	}
	if status, err := newGuest(t).signIn(b, b, "ben", siteWord); err != nil || status == http.StatusSeeOther {
		t.Errorf("signing in to a suspended dealership at the other replica: %d, %v", status, err)
	}
	off.Generation, off.Spec.State = 3, "Active"
	if _, err := b.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", off); err != nil {
		t.Fatal(err)
	}
	newGuest(t).mustSignIn(s, a, a, "ben")
}

// TestReplicasDoNotMultiplyGuesses sends many guesses to all replicas at the same moment: no more of them are verified than
// one replica would verify.
func TestReplicasDoNotMultiplyGuesses(t *testing.T) {
	const from, perAddress, guesses = 5, 12, 24
	s := newSite(t, 3, func(_ *portalconfig.Process, settings *portalconfig.Settings) {
		settings.Auth.ThrottleDelayFromFailure, settings.Auth.ThrottlePerAddressPerHour = from, perAddress
	})
	names := make([]string, guesses)
	for i := range names {
		names[i] = fmt.Sprintf("user%02d", i)
	}
	s.people(append([]string{"ana"}, names...)...)

	if got := s.guess(slices.Repeat([]string{"ana"}, guesses)); got != from {
		t.Errorf("%d guesses of one account were verified, want %d", got, from)
	}
	for _, replica := range s.serving {
		if status, err := newGuest(t).signIn(replica, replica, "ana", siteWord); err != nil || status != http.StatusTooManyRequests {
			t.Errorf("the right word during the wait: %d, %v, want 429 from every replica", status, err)
		}
	}
	if got := s.guess(names); got != perAddress-from {
		t.Errorf("%d more guesses of the address were verified, want %d", got, perAddress-from)
	}
}

// guess tries a wrong word for each name at the same time, each at another replica, and counts how many were verified.
func (s *site) guess(names []string) int {
	s.Helper()
	var (
		guessing sync.WaitGroup
		verified atomic.Int64
	)
	for i, name := range names {
		guessing.Go(func() {
			at := s.serving[i%len(s.serving)]
			switch status, err := newGuest(s.T).signIn(at, at, name, "wrong"); {
			case err != nil:
				s.Errorf("guessing: %v", err)
			case status == http.StatusTooManyRequests:
			default:
				verified.Add(1)
			}
		})
	}
	guessing.Wait()
	return int(verified.Load())
}

// TestAllReplicasKeepToTheirConnections holds what bounds.database of a class counts on: so many connections for each replica and
// no more, however busy it is.
func TestAllReplicasKeepToTheirConnections(t *testing.T) {
	const each, count = 3, 2
	s := newSite(t, count, func(process *portalconfig.Process, _ *portalconfig.Settings) {
		process.Database.PostgreSQL.MaxConnections = each
	})
	s.people("ana")
	var busy sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for range 24 {
		busy.Go(func() {
			for ctx.Err() == nil {
				if _, err := newGuest(t).signIn(s.any(), s.any(), "ana", siteWord); err != nil && ctx.Err() == nil {
					t.Errorf("signing in: %v", err)
				}
			}
		})
	}
	most := 0
	for range 200 {
		now := 0
		err := s.db.QueryRowContext(ctx, `
SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND application_name = 'forecourt-portal'`).Scan(&now)
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, now)
		<-time.After(10 * time.Millisecond)
	}
	cancel()
	busy.Wait()
	if most > each*count || most < each {
		t.Errorf("%d connections were open at once, want at most %d and that they are used", most, each*count)
	}
	t.Logf("at most %d connections", most)
}

// TestARollingUpdateFailsNoRequest replaces every replica by another one as a Deployment does, one more first, while people sign in
// and work and the operator calls.
func TestARollingUpdateFailsNoRequest(t *testing.T) {
	s := newSite(t, 3, nil)
	s.people("ana", "ben")
	var (
		busy                    sync.WaitGroup
		pages, signIns, updates atomic.Int64
	)
	ctx, cancel := context.WithCancel(t.Context())
	run := func(done *atomic.Int64, do func() error) {
		busy.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	for range 3 {
		worker := newGuest(t)
		worker.mustSignIn(s, s.any(), s.any(), "ana")
		run(&pages, func() error {
			if status, _, err := worker.ask(s.any(), http.MethodGet, "/", nil); err != nil || status != http.StatusOK {
				return fmt.Errorf("a page answers %d, %w", status, err)
			}
			return nil
		})
	}
	run(&signIns, func() error {
		if status, err := newGuest(t).signIn(s.any(), s.any(), "ben", siteWord); err != nil || status != http.StatusSeeOther {
			return fmt.Errorf("signing in answers %d, %w", status, err)
		}
		return nil
	})
	generation := int64(1)
	run(&updates, func() error {
		generation++
		tenant := servertest.Tenant("D1")
		tenant.Generation, tenant.Spec.DisplayName = generation, fmt.Sprint("Generation ", generation)
		_, err := s.any().Client(t, portalapi.RoleOperator).PutTenant(ctx, "D1", tenant)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("putting a tenant: %w", err)
		}
		return nil
	})
	for _, old := range slices.Clone(s.serving) {
		s.add()
		s.remove(old)
	}
	before := pages.Load()
	for deadline := time.Now().Add(30 * time.Second); pages.Load() < before+20 && time.Now().Before(deadline); {
		<-time.After(20 * time.Millisecond)
	}
	cancel()
	busy.Wait()
	if pages.Load() < 50 || signIns.Load() == 0 || updates.Load() == 0 {
		t.Errorf("%d pages, %d sign-ins and %d updates are too few to tell anything", pages.Load(), signIns.Load(), updates.Load())
	}
	t.Logf("%d pages, %d sign-ins, %d updates", pages.Load(), signIns.Load(), updates.Load())
}
