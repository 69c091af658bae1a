// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalstate_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

var key = types.NamespacedName{Namespace: "portals", Name: "us"}

func row(code, uid string, generation int64) portalapi.TenantState {
	return portalapi.TenantState{DealerCode: code, UID: uid, Generation: generation, Digest: "d"}
}

func TestInForce(t *testing.T) {
	want := portalstate.Wanted{UID: "a", Generation: 2, Digest: "d"}
	closed := row("D1", "a", 2)
	closed.Closed = true
	other := row("D1", "a", 2)
	other.Digest = "e"
	tests := map[string]struct {
		row  portalapi.TenantState
		want bool
	}{
		"exactly what is wanted": {row("D1", "a", 2), true},
		"an older generation":    {row("D1", "a", 1), false},
		"another object":         {row("D1", "b", 2), false},
		"other content":          {other, false},
		"a closed tenant":        {closed, false},
		"nothing":                {portalapi.TenantState{}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := portalstate.InForce(test.row, want); got != test.want {
				t.Errorf("In force %v: want %v", got, test.want)
			}
		})
	}
}

func TestReplaceTellsWhatChanged(t *testing.T) {
	portal := portalstate.NewTracker().Portal(key, "p")
	if !portal.Outdated("r1") {
		t.Error("A portal that was never listed is up to date")
	}
	first := portal.Replace([]portalapi.TenantState{row("D1", "a", 1), row("D2", "b", 1), row("D3", "c", 1)}, "r1")
	if !first("D1") || !first("D9") {
		t.Error("The first list leaves tenants asleep")
	}
	if portal.Outdated("r1") || !portal.Outdated("r2") {
		t.Error("The revision of the list is not remembered")
	}
	portal.Record(row("D2", "b", 2)) // our own write comes back in the list
	changed := portal.Replace([]portalapi.TenantState{row("D1", "a", 1), row("D2", "b", 2), row("D4", "d", 1)}, "r2")
	for code, want := range map[string]bool{"D1": false, "D2": false, "D3": true, "D4": true, "D9": false} {
		if changed(code) != want {
			t.Errorf("%s changed: %v, want %v", code, changed(code), want)
		}
	}
}

// Answers about tenants come in while the list is compared; the race detector sees when they meet in one map.
func TestTenantsMayAnswerWhileTheListIsCompared(t *testing.T) {
	portal := portalstate.NewTracker().Portal(key, "p")
	changed := portal.Replace([]portalapi.TenantState{row("D1", "a", 1)}, "r1")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for generation := range int64(1000) {
			portal.Record(row("D1", "a", generation))
		}
	}()
	for range 1000 {
		changed("D1")
		portal.Leftovers(func(string) bool { return false })
	}
	<-done
}

func TestUsable(t *testing.T) {
	client, err := portalclient.New(options(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		then func(*portalstate.Portal)
		want bool
	}{
		"answered and listed":             {func(*portalstate.Portal) {}, true},
		"a call failed":                   {func(p *portalstate.Portal) { p.Failed() }, false},
		"a call about a tenant failed":    {func(p *portalstate.Portal) { p.Suspect() }, false},
		"it answered again after that":    {func(p *portalstate.Portal) { p.Suspect(); p.Answered(nil, "e") }, true},
		"it runs no pod":                  {func(p *portalstate.Portal) { p.Asleep() }, false},
		"it came back but was not listed": {func(p *portalstate.Portal) { p.Asleep(); p.Connect(client); p.Answered(nil, "e") }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			portal := portalstate.NewTracker().Portal(key, "p")
			portal.Connect(client)
			portal.Answered(&portalapi.State{}, "e")
			portal.Replace(nil, "r")
			test.then(portal)
			if got := portal.Usable() != nil; got != test.want {
				t.Errorf("Usable %v: want %v", got, test.want)
			}
		})
	}
}

func TestTheLastAnswerOutlivesAFewFailures(t *testing.T) {
	portal := portalstate.NewTracker().Portal(key, "p")
	portal.Answered(&portalapi.State{StoreID: "s"}, "e")
	for failures := 1; failures <= 3; failures++ {
		if got := portal.Failed(); got != failures {
			t.Errorf("%d failures: want %d", got, failures)
		}
		if got, want := portal.State() != nil, failures < 3; got != want {
			t.Errorf("After %d failures the last answer stands: %v, want %v", failures, got, want)
		}
	}
	portal.Answered(&portalapi.State{StoreID: "s"}, "e")
	if portal.Failed() != 1 {
		t.Error("An answer does not reset the count")
	}
	if portal.ETag() != "" {
		t.Error("After a failure the next read is conditional: a lost answer would never be read again")
	}
}

func TestAnotherUIDStartsFromNothing(t *testing.T) {
	tracker := portalstate.NewTracker()
	tracker.Portal(key, "old").Replace(nil, "r")
	if tracker.Portal(key, "new").Listed() {
		t.Error("A portal created again knows the tenants of the one before")
	}
	tracker.Portal(key, "new").Replace(nil, "r")
	tracker.Forget(key)
	if tracker.Portal(key, "new").Listed() {
		t.Error("A forgotten portal is still known")
	}
}

func TestPublishSaysWhetherTenantsAreAffected(t *testing.T) {
	effective := func(change func(*settings.Effective)) *settings.Effective {
		e := &settings.Effective{
			PublicURL: "https://us.example",
			Settings:  portalconfig.Settings{Brands: []portalconfig.Brand{{Name: "aurora"}}, Inactivity: portalconfig.Inactivity{Months: 6}},
		}
		change(e)
		return e
	}
	tests := map[string]struct {
		change func(*settings.Effective)
		want   bool
	}{
		"nothing changed":     {func(*settings.Effective) {}, false},
		"another image":       {func(e *settings.Effective) { e.Release.Image = "x" }, false},
		"another phone":       {func(e *settings.Effective) { e.Settings.Support.Mail = "x" }, false},
		"another brand":       {func(e *settings.Effective) { e.Settings.Brands[0].Name = "x" }, true},
		"a second factor":     {func(e *settings.Effective) { e.Settings.Auth.SecondFactor = "Required" }, true},
		"the built-in factor": {func(e *settings.Effective) { e.Settings.Auth.SecondFactor = "AdminsOnly" }, false},
		"a requirement":       {func(e *settings.Effective) { e.Settings.Requirements = &portalconfig.Requirements{} }, true},
		"fewer months":        {func(e *settings.Effective) { e.Settings.Inactivity.Months = 3 }, true},
		"another URL":         {func(e *settings.Effective) { e.PublicURL = "x" }, true},
		"another limit":       {func(e *settings.Effective) { e.Tenants.Max = 3 }, true},
		"a selector for them": {func(e *settings.Effective) { e.Tenants.Selector = &metav1.LabelSelector{} }, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			portal := portalstate.NewTracker().Portal(key, "p")
			if !portal.Publish(effective(func(*settings.Effective) {})) {
				t.Error("The first settings affect nobody")
			}
			if got := portal.Publish(effective(test.change)); got != test.want {
				t.Errorf("Tenants affected %v: want %v", got, test.want)
			}
		})
	}
}

func TestLeftoversAreInForceWithoutAnObject(t *testing.T) {
	closed := row("D3", "c", 1)
	closed.Closed = true
	portal := portalstate.NewTracker().Portal(key, "p")
	portal.Replace([]portalapi.TenantState{row("D1", "a", 1), row("D2", "b", 1), closed}, "r")
	if got := portal.Leftovers(func(uid string) bool { return uid == "a" }); len(got) != 1 || got[0].DealerCode != "D2" {
		t.Errorf("Leftovers %v: want D2 only", got)
	}
	portal.Closed("D2", "another")
	portal.Closed("D2", "b")
	if got := portal.Leftovers(func(string) bool { return false }); len(got) != 1 || got[0].DealerCode != "D1" {
		t.Errorf("Leftovers %v: want D1 only, D2 is closed now", got)
	}
}

func TestCountsAreWrittenSeldom(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	portal := portalstate.NewTracker().Portal(key, "p")
	if wait := portal.MayWriteCounts("a", now, time.Minute); wait != 0 {
		t.Errorf("The first counts wait for %s", wait)
	}
	portal.CountsWritten("a", now)
	for after, want := range map[time.Duration]time.Duration{0: time.Minute, 50 * time.Second: 10 * time.Second, 2 * time.Minute: 0} {
		if wait := portal.MayWriteCounts("a", now.Add(after), time.Minute); wait != want {
			t.Errorf("%s later: wait %s, want %s", after, wait, want)
		}
	}
}

func TestAMissingAnswerIsNoNewsForAMoment(t *testing.T) {
	start := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	portal := portalstate.NewTracker().Portal(types.NamespacedName{Namespace: "eu", Name: "de"}, "a")
	want := func(what string, after, want time.Duration) {
		t.Helper()
		if got := portal.Settling(start.Add(after)); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	want("a portal that was not asked yet", 0, 5*time.Second)
	want("four seconds later", 4*time.Second, time.Second)
	want("when it has taken too long", time.Minute, 0)
	portal.Answered(&portalapi.State{}, "")
	portal.Suspect()
	want("a call without an answer after that", time.Hour, 5*time.Second)
	portal.Failed()
	want("the next one fails, too: the time goes on", time.Hour+2*time.Second, 3*time.Second)
	portal.Asleep()
	want("a portal without a pod", time.Hour+2*time.Second, 0)
}
