// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// reactivate lets a dealership's administrator bring back in the browser whom the sweep disabled; the next run leaves him alone.
func (s *story) reactivate(t *testing.T) {
	asks := newBrowser(t)
	asks.signIn(t, pgHost(), "idle.one", userPassword)
	asks.do(t, chromedp.Click("form[action='/sign-in/ask'] button"))
	asks.wantText(t, "Your request is on its way")
	asks.picture(t)

	b := newBrowser(t)
	b.signIn(t, pgHost(), "admin.one", userPassword)
	b.wantText(t, "Autohaus AT10001")
	b.do(t,
		chromedp.Navigate("http://"+pgHost()+"/people?q=idle.one"),
		chromedp.Click("a[href^='/people/0']"),
		chromedp.SendKeys("form[action$='/reactivate'] textarea", "Back from parental leave"),
		chromedp.Click("form[action$='/reactivate'] button"),
	)
	b.wantText(t, "idle.one can sign in again", "Back from parental leave")
	b.picture(t)

	back := newBrowser(t)
	back.signIn(t, pgHost(), "idle.one", userPassword)
	back.wantText(t, "Autohaus AT10001")
	runSweep(t, pgPortal, "sweep-3")
	if got := s.disabled(t); slices.Contains(got, "idle.one") || len(got) != 3 {
		t.Errorf("after the next run disabled %v, want the other three only", got)
	}
}

// stale is the number of accounts that the bad import brings.
const stale = 30

// hold imports accounts that nobody has used for a year: the run is held, approved with the plugin, and undone with it.
func (s *story) hold(t *testing.T) {
	before := s.disabled(t)
	var csv strings.Builder
	csv.WriteString("username,class,tenant,name,mail,role,createdAt,lastSignInAt\n")
	long, longer := time.Now().AddDate(-1, 0, -5).Format(time.DateOnly), time.Now().AddDate(-2, 0, 0).Format(time.DateOnly)
	for i := range stale {
		fmt.Fprintf(&csv, "stale.%02d,Dealer,AT10003,Stale %02d,stale%02d@at.example,user,%s,%s\n", i, i, i, longer, long)
	}
	file := filepath.Join(t.TempDir(), "accounts.csv")
	if err := os.WriteFile(file, []byte(csv.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var imported portalapi.ImportResult
	out := w.forecourt(t, 0, "accounts", "import", file, "--portal", pgPortal.Name, "-n", pgPortal.Namespace, "-o", "json")
	if err := json.Unmarshal([]byte(out), &imported); err != nil || imported.Created != stale {
		t.Fatalf("the plugin imported %+v, %v, want %d accounts", imported, err, stale)
	}

	w.kubectlRun(t, "", "-n", pgPortal.Namespace, "create", "job", "sweep-4", "--from=cronjob/"+pgPortal.Name+"-inactivity")
	run := s.waitHeld(t)
	eventually(t, time.Minute, "the job says at once that the run is held", func(ctx context.Context) (bool, string) {
		var job batchv1.Job
		if err := w.Get(ctx, client.ObjectKey{Namespace: pgPortal.Namespace, Name: "sweep-4"}, &job); err != nil {
			return false, err.Error()
		}
		failed := slices.ContainsFunc(job.Status.Conditions, func(c batchv1.JobCondition) bool { return c.Type == batchv1.JobFailed })
		return failed && job.Status.Failed == 1, fmt.Sprintf("%+v", job.Status)
	})
	if got := s.disabled(t); !slices.Equal(got, before) {
		t.Errorf("a held run disabled somebody: %v, before %v", got, before)
	}
	if out := w.forecourt(t, 0, "status", pgPortal.Name, "-n", pgPortal.Namespace); !strings.Contains(out, "approve") {
		t.Errorf("status does not say that a run waits for an approval:\n%s", out)
	}

	inactivity := func(args ...string) string {
		return w.forecourt(t, 0, append([]string{"inactivity", "-n", pgPortal.Namespace}, args...)...)
	}
	inactivity("approve", pgPortal.Name, run, "--count", strconv.Itoa(stale))
	if got := s.disabled(t); len(got) != len(before)+stale {
		t.Errorf("after the approval %d are disabled, want %d", len(got), len(before)+stale)
	}
	inactivity("undo", pgPortal.Name, run)
	if got := s.disabled(t); !slices.Equal(got, before) {
		t.Errorf("after the undo disabled %v, want %v", got, before)
	}
	inactivity("history", pgPortal.Name)
	inactivity("forecast", pgPortal.Name, "--tenants")
	inactivity("forecast", pgPortal.Name, "--months", "1")
}

// waitHeld waits until the portal's status shows a held run and returns its id.
func (s *story) waitHeld(t *testing.T) string {
	t.Helper()
	portal := &v1alpha1.RegionalPortal{}
	eventually(t, 3*time.Minute, "status shows the held run", func(ctx context.Context) (bool, string) {
		if err := w.Get(ctx, pgPortal, portal); err != nil {
			return false, err.Error()
		}
		i := portal.Status.Inactivity
		return i != nil && i.HeldRun != nil && i.HeldRun.Due == stale, describe(portal.Status.Conditions)
	})
	return portal.Status.Inactivity.HeldRun.ID
}
