// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

var operator = audit.Actor{Class: audit.ActorOperator}

// named are settings that differ by their name.
func named(name string) *portalconfig.Settings {
	return &portalconfig.Settings{DisplayName: name, Inactivity: portalconfig.Inactivity{Mode: "Observe", Months: 6, GraceDays: 30}}
}

func start(t *testing.T, db *store.DB, mounted *portalconfig.Settings) *policy.Policy {
	t.Helper()
	p, err := policy.Start(t.Context(), db, mounted, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func put(t *testing.T, p *policy.Policy, uid string, generation int64, settings *portalconfig.Settings) error {
	t.Helper()
	digest, err := p.Put(t.Context(), portalapi.SettingsRequest{UID: uid, Generation: generation, Settings: *settings}, operator)
	if want, _ := settings.Digest(); err == nil && digest != want {
		t.Errorf("want the digest %s, got %s", want, digest)
	}
	return err
}

func expect(t *testing.T, db *store.DB, p *policy.Policy, name string, rows int) {
	t.Helper()
	if got := p.Settings().DisplayName; got != name {
		t.Errorf("want %q in force, got %q", name, got)
	}
	if got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM settings"); got != rows {
		t.Errorf("want %d rows of history, got %d", rows, got)
	}
}

func TestMountedSettingsCountOnlyWhenTheyAreNew(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		expect(t, db, start(t, db, named("first")), "first", 1)
		p := start(t, db, named("first"))
		expect(t, db, p, "first", 1)
		if err := put(t, p, "uid", 7, named("second")); err != nil {
			t.Fatal(err)
		}
		expect(t, db, p, "second", 2)
		expect(t, db, start(t, db, named("first")), "second", 2) // an old file brings nothing back
		expect(t, db, start(t, db, named("third")), "third", 3)  // a new one counts
	})
}

func TestPut(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := start(t, db, named("a"))
		steps := []struct {
			name       string
			uid        string
			generation int64
			settings   string
			want       error
			inForce    string
			rows       int
		}{
			{"the same as mounted is no new row", "uid", 5, "a", nil, "a", 1},
			{"a newer generation changes", "uid", 6, "b", nil, "b", 2},
			{"again is no new row", "uid", 6, "b", nil, "b", 2},
			{"an older generation is refused", "uid", 5, "a", policy.ErrOlderGeneration, "b", 2},
			{"a newer generation with the same content is no new row", "uid", 9, "b", nil, "b", 2},
			{"and makes those in between old", "uid", 8, "c", policy.ErrOlderGeneration, "b", 2},
			{"the way back is a new row", "uid", 10, "a", nil, "a", 3},
			{"another portal object starts at any generation", "other", 1, "d", nil, "d", 4},
		}
		for _, step := range steps {
			t.Run(step.name, func(t *testing.T) {
				if err := put(t, p, step.uid, step.generation, named(step.settings)); !errors.Is(err, step.want) {
					t.Errorf("want %v, got %v", step.want, err)
				}
				expect(t, db, p, step.inForce, step.rows)
			})
		}
		if got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = 'settings_updated'"); got != 4 {
			t.Errorf("every row is an audit event: want 4, got %d", got)
		}
	})
}

func TestOtherReplicasFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database portalconfig.Database) {
		first, second := storetest.Open(t, database), storetest.Open(t, database)
		p, other := start(t, first, named("a")), start(t, second, named("a"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); other.Run(ctx) }()
		if err := put(t, p, "uid", 1, named("b")); err != nil {
			t.Fatal(err)
		}
		deadline := time.After(30 * time.Second)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for other.Settings().DisplayName != "b" {
			select {
			case <-deadline:
				t.Fatal("the other replica never saw the change")
			case <-tick.C:
			}
		}
		cancel()
		<-ended
	})
}

func TestGrace(t *testing.T) {
	type inactivity = portalconfig.Inactivity
	observe := inactivity{Mode: "Observe", Months: 6, GraceDays: 30, NeverSignedIn: "Skip"}
	enforce := inactivity{Mode: "Enforce", Months: 6, GraceDays: 30, NeverSignedIn: "Skip"}
	with := func(from inactivity, change func(*inactivity)) inactivity { change(&from); return from }
	const month = 30 * 24 * time.Hour
	everybody, nobody := []string{"corporate", "plain", "strict"}, []string{}
	tests := map[string]struct {
		before, after inactivity
		grace         time.Duration
		want          []string
	}{
		"enforced from now on":                {observe, enforce, month, everybody},
		"from Off to Enforce":                 {with(observe, func(i *inactivity) { i.Mode = "Off" }), enforce, month, everybody},
		"fewer months":                        {enforce, with(enforce, func(i *inactivity) { i.Months = 5 }), month, []string{"corporate", "plain"}},
		"fewer months than the tenant's own":  {enforce, with(enforce, func(i *inactivity) { i.Months = 2 }), month, everybody},
		"those who never signed in count now": {enforce, with(enforce, func(i *inactivity) { i.NeverSignedIn = "CountFromCreation" }), month, everybody},
		"with another grace":                  {observe, with(enforce, func(i *inactivity) { i.GraceDays = 7 }), 7 * 24 * time.Hour, everybody},
		"more months":                         {enforce, with(enforce, func(i *inactivity) { i.Months = 7 }), month, nobody},
		"observed from now on":                {with(observe, func(i *inactivity) { i.Mode = "Off" }), observe, month, nobody},
		"no longer enforced":                  {enforce, observe, month, nobody},
		"another name only":                   {enforce, enforce, month, nobody},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				before, after := named("before"), named("after")
				before.Inactivity, after.Inactivity = test.before, test.after
				p := start(t, db, before)
				storetest.Tenant(t, db, "D1")
				storetest.Tenant(t, db, "D2")
				storetest.Exec(t, db, "UPDATE tenants SET inactivity_months = 3 WHERE dealer_code = 'D2'")
				for username, tenant := range map[string]string{"corporate": "", "plain": "D1", "strict": "D2", "later": "D1"} {
					storetest.Account(t, db, username, tenant)
				}
				later := time.Now().Add(10 * 365 * 24 * time.Hour).UnixMicro()
				storetest.Exec(t, db, "UPDATE accounts SET not_before = $1 WHERE username = 'later'", later)
				if err := put(t, p, "uid", 1, after); err != nil {
					t.Fatal(err)
				}
				from := storetest.Value[int64](t, db, "SELECT MAX(valid_from) FROM settings")
				got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE not_before = $1", from+test.grace.Microseconds())
				if got != len(test.want) {
					t.Errorf("want grace for %v, got it for %d accounts", test.want, got)
				}
				for _, username := range test.want {
					if storetest.Value[int64](t, db, "SELECT not_before FROM accounts WHERE username = $1", username) == 0 {
						t.Errorf("%s got no grace", username)
					}
				}
				if storetest.Value[int64](t, db, "SELECT not_before FROM accounts WHERE username = 'later'") != later {
					t.Error("a longer time of grace was cut")
				}
			})
		})
	}
}
