// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// A run disables somebody; an administrator brings him back: the next run leaves him alone, and so does an undo of the first.
func TestWhoWasBroughtBackStays(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator, usedFor(170))
		robin, kim, spared := p.add("robin", "US-1", usedFor(-9)), p.add("kim", "US-1", usedFor(-9)), p.add("spared", "US-1", usedFor(-9))
		if err := p.service.Exempt(p.Context(), p.change(admin, spared), time.Now()); err != nil {
			p.Fatal(err)
		}
		runner := p.sweeper()
		first := p.sweep(runner, "first")
		if first.Disabled != 2 || p.read(spared.ID).Status != account.Active {
			p.Fatalf("the first run: %+v", first)
		}
		if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); err != nil {
			p.Fatal(err)
		}
		if err := p.service.EndExemption(p.Context(), p.change(admin, spared)); err != nil {
			p.Fatal(err)
		}
		second := p.sweep(runner, "second")
		if second.Disabled != 0 || p.read(robin.ID).Status != account.Active || p.read(spared.ID).Status != account.Active {
			p.Errorf("the second run disabled somebody who was brought back, or whose exemption has just ended: %+v", second)
		}
		version := p.read(robin.ID).Version
		undone, err := runner.Undo(p.Context(), first.ID, "undo", audit.Actor{Class: audit.ActorOperator})
		if err != nil || undone.Restored != 1 || p.read(robin.ID).Version != version || p.read(kim.ID).Status != account.Active {
			p.Errorf("undo restored %+v, %v; want Kim only", undone, err)
		}
	})
}

// sweeper works on runs until the test ends.
func (p *portal) sweeper() *sweep.Runner {
	policy := portalconfig.Inactivity{Mode: "Enforce", Months: 6, GraceDays: 30, MaxDisabledPercentPerRun: 100}
	runner := sweep.NewRunner(p.db, func() portalconfig.Inactivity { return policy }, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(p.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		runner.Work(ctx)
	}()
	p.Cleanup(func() {
		stop()
		<-done
	})
	return runner
}

// sweep waits for a run.
func (p *portal) sweep(runner *sweep.Runner, request string) *portalapi.Run {
	p.Helper()
	run, err := runner.Start(p.Context(), portalapi.RunRequest{Request: request})
	if err != nil {
		p.Fatal(err)
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	late := time.After(2 * time.Minute)
	for run.Status == portalapi.RunRunning {
		select {
		case <-look.C:
		case <-late:
			p.Fatalf("the run %s does not end", run.ID)
		}
		if run, err = sweep.Get(p.Context(), p.db, run.ID); err != nil {
			p.Fatal(err)
		}
	}
	if run.Status != portalapi.RunSucceeded {
		p.Fatalf("the run ended as %+v", run)
	}
	return run
}

// To be brought back is one use and no more: who stays away after it is warned and disabled like everybody else.
func TestWhoIsUnusedAgainIsDisabledAgain(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator, usedFor(170))
		robin := p.add("robin", "US-1", usedFor(-9))
		runner := p.sweeper()
		p.sweep(runner, "first")
		if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); err != nil {
			p.Fatal(err)
		}
		if got := p.read(robin.ID); got.Status != account.Active || time.Since(got.ActivityAt) > time.Hour {
			p.Fatalf("brought back as %+v", got)
		}
		for _, days := range []int{30, 4} {
			storetest.Exec(p, p.db, "UPDATE accounts SET "+usedFor(days)+" WHERE id = $1", robin.ID)
			if p.sweep(runner, fmt.Sprint(days)); p.read(robin.ID).Status != account.Active {
				p.Errorf("with %d days left he is %s", days, p.read(robin.ID).Status)
			}
		}
		storetest.Exec(p, p.db, "UPDATE accounts SET "+usedFor(-4)+" WHERE id = $1", robin.ID)
		if run := p.sweep(runner, "last"); run.Disabled != 1 || p.read(robin.ID).Status != account.Disabled {
			p.Errorf("unused again, he is %s after %+v", p.read(robin.ID).Status, run)
		}
		told := p.messages(robin.ID)
		slices.Sort(told)
		p.wants("messages", told, []string{"AccountDisabled to " + robin.ID, "AccountDisabled to " + robin.ID, "AccountReactivated to " + robin.ID})
	})
}
