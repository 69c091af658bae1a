// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	oldRun  = "019b0f3a-7c1e-7d52-9a1b-0c5d5e6f7a8b"
	heldRun = "019b143a-7c1e-7d52-9a1b-0c5d5e6f7a8b"
)

func TestForecastIsDrawn(t *testing.T) {
	forecast := &portalapi.Forecast{
		At: noon, Months: 6, Mode: "Observe", AlreadyDue: 1204, Days: []int32{7, 30, 90}, Total: []int64{1261, 2893, 40127},
		Tenants: []portalapi.TenantForecast{{DealerCode: "US-00417", Due: []int64{0, 2, 11}}, {DealerCode: "US-01211", Due: []int64{3, 3, 3}}},
	}
	for name, test := range map[string]struct {
		golden  string
		tenants bool
		change  func(*portalapi.Forecast)
	}{
		"totals alone":              {"inactivity-forecast", false, func(*portalapi.Forecast) {}},
		"totals and tenants":        {"inactivity-forecast-tenants", true, func(*portalapi.Forecast) {}},
		"nobody falls due":          {"inactivity-forecast-nobody", true, func(f *portalapi.Forecast) { f.Months, f.AlreadyDue, f.Total, f.Tenants = 1, 0, []int64{0, 0, 0}, nil }},
		"as many columns as can be": {"inactivity-forecast-wide", true, widest},
	} {
		t.Run(name, func(t *testing.T) {
			changed := *forecast
			test.change(&changed)
			p := &page{}
			drawForecast(p, &changed, test.tenants)
			golden(t, test.golden, p)
		})
	}
}

// widest fills every column with the largest numbers that there may be.
func widest(f *portalapi.Forecast) {
	f.AlreadyDue, f.Days, f.Total = 1_000_000, nil, nil
	dealer := portalapi.TenantForecast{DealerCode: "D23456789-123456789-123456789-12"}
	for i := range int32(maxHorizons) {
		f.Days, f.Total, dealer.Due = append(f.Days, 3653+i), append(f.Total, 1_000_000), append(dealer.Due, 10_000)
	}
	f.Tenants = []portalapi.TenantForecast{dealer}
}

func TestHistoryIsDrawn(t *testing.T) {
	at := noon.Add(-24 * time.Hour)
	runs := []portalapi.Run{
		{
			ID: heldRun, Mode: "Enforce", Trigger: portalapi.TriggerSchedule, Status: portalapi.RunHeld, StartedAt: noon, Due: 40127, Warned: 120,
			Hold: &portalapi.Hold{Reason: portalapi.HoldTenantLimit, Count: 40127, Limit: 25, DealerCode: "US-00417", Until: noon.Add(72 * time.Hour)},
		},
		{ID: oldRun, Mode: "Enforce", Trigger: portalapi.TriggerSignIn, Status: portalapi.RunSucceeded, StartedAt: at, Due: 1, Disabled: 1},
		{ID: oldRun, Mode: "Enforce", Trigger: portalapi.TriggerRequest, Status: portalapi.RunSucceeded, StartedAt: at, Due: 118, Disabled: 118, UndoneAt: &noon, Undone: 117},
		{ID: oldRun, Mode: "Observe", Trigger: portalapi.TriggerSchedule, Status: portalapi.RunFailed, StartedAt: at, Error: "the database does not answer"},
		{
			ID: oldRun, Mode: "Observe", Trigger: portalapi.TriggerSchedule, Status: portalapi.RunSucceeded, StartedAt: at, Due: 412,
			WouldHold: &portalapi.Hold{Reason: portalapi.HoldPercentLimit, Count: 412, Limit: 309},
		},
		{ID: oldRun, Mode: "Enforce", Trigger: portalapi.TriggerSchedule, Status: portalapi.RunExpired, StartedAt: at, Due: 500, Error: "nobody approved it within 72 hours"},
	}
	p := &page{}
	drawHistory(p, runs)
	golden(t, "inactivity-history", p)
	empty := &page{}
	drawHistory(empty, nil)
	golden(t, "inactivity-history-empty", empty)
}

// waiting is a portal with a held run.
func waiting() *v1alpha1.RegionalPortal {
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers-us", Name: "us-dealers"},
		Status: v1alpha1.RegionalPortalStatus{Inactivity: &v1alpha1.InactivityStatus{HeldRun: &v1alpha1.HeldRun{
			ID: heldRun, Reason: portalapi.HoldTenantLimit, Due: 412, Limit: 25, DealerCode: "US-00417", Until: metav1.NewTime(noon),
		}}},
	}
}

func TestApprovalsAreNotGivenByAccident(t *testing.T) {
	none := waiting()
	none.Status.Inactivity = nil
	jumped := waiting()
	*jumped.Status.Inactivity.HeldRun = v1alpha1.HeldRun{ID: heldRun, Reason: portalapi.HoldClockJump}
	for name, test := range map[string]struct {
		portal    *v1alpha1.RegionalPortal
		run       string
		want, fix string
	}{
		"no run is held":              {none, heldRun, "no run of portal us-dealers waits", "kubectl forecourt inactivity history us-dealers -n dealers-us"},
		"another run is held":         {waiting(), oldRun, "is not the one that waits", "kubectl forecourt inactivity approve us-dealers " + heldRun + " -n dealers-us"},
		"a clock has jumped":          {jumped, heldRun, "would disable 0 accounts (ClockJump: the newest activity lies in the future)", "--count 0"},
		"there is no terminal to ask": {waiting(), heldRun, "would disable 412 accounts (TenantLimit in dealership US-00417: the limit is 25)", "--count 412"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := confirm(Streams{In: strings.NewReader("412\n"), Err: &bytes.Buffer{}}, test.portal, test.run)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(nextStep(err), test.fix) {
				t.Errorf("error %v, next step %q: want %q and %q", err, nextStep(err), test.want, test.fix)
			}
		})
	}
}

func TestTheNumberOfAccountsIsTyped(t *testing.T) {
	for name, test := range map[string]struct {
		typed string
		want  bool
	}{
		"the number":             {"412\n", true},
		"with blanks":            {" 412 \n", true},
		"without a line's end":   {"412", true},
		"yes":                    {"yes\n", false},
		"another number":         {"41\n", false},
		"nothing":                {"\n", false},
		"the input has ended":    {"", false},
		"the number and another": {"412 413\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			prompt := &bytes.Buffer{}
			count, err := askCount(Streams{In: strings.NewReader(test.typed), Err: prompt}, waiting().Status.Inactivity.HeldRun)
			if (err == nil) != test.want || (err == nil && count != 412) {
				t.Errorf("%d, %v: want approval %v", count, err, test.want)
			}
			if err != nil && !strings.Contains(nextStep(err), "type 412") {
				t.Errorf("next step %q: want the number to type", nextStep(err))
			}
			for _, word := range []string{heldRun, "412 accounts", "TenantLimit in dealership US-00417", "25"} {
				if !strings.Contains(prompt.String(), word) {
					t.Errorf("the question %q lacks %q", prompt, word)
				}
			}
		})
	}
}

func TestWhatWasNotDoneIsAnError(t *testing.T) {
	for name, test := range map[string]struct {
		outcome v1alpha1.InactivityOutcome
		want    string
	}{
		"done":    {v1alpha1.InactivityDone, ""},
		"refused": {v1alpha1.InactivityRefused, "refused: because"},
		"failed":  {v1alpha1.InactivityFailed, "because"},
	} {
		t.Run(name, func(t *testing.T) {
			err := verdict(&v1alpha1.InactivityRequest{Outcome: test.outcome, Message: "because"}, waiting(), request{annotation: v1alpha1.AnnotationUndoRun})
			if test.want == "" {
				if err != nil {
					t.Errorf("error %v", err)
				}
				return
			}
			if err == nil || err.Error() != test.want || !strings.Contains(nextStep(err), "inactivity history us-dealers -n dealers-us") {
				t.Errorf("error %v, next step %q: want %q", err, nextStep(err), test.want)
			}
			again := "kubectl annotate rp us-dealers -n dealers-us " + v1alpha1.AnnotationUndoRun + "-"
			if (test.outcome == v1alpha1.InactivityRefused) != strings.Contains(nextStep(err), again) {
				t.Errorf("next step %q: only what was refused can be asked for again, with %s", nextStep(err), again)
			}
		})
	}
}

func TestOnlyTheOwnRequestIsFollowed(t *testing.T) {
	portal := waiting()
	asked := request{v1alpha1.InactivityRequestRun, v1alpha1.AnnotationRunInactivity, "b"}
	entry := func(kind v1alpha1.InactivityRequestType, value string) v1alpha1.InactivityRequest {
		return v1alpha1.InactivityRequest{Type: kind, Value: value, Outcome: v1alpha1.InactivityDone}
	}
	portal.Status.Inactivity.Requests = []v1alpha1.InactivityRequest{entry(v1alpha1.InactivityRequestUndo, "b"), entry(v1alpha1.InactivityRequestRun, "a")}
	if found := outcomeOf(portal, asked); found != nil {
		t.Errorf("found %+v: want nothing", found)
	}
	portal.Status.Inactivity.Requests[1].Value = "b"
	if found := outcomeOf(portal, asked); found == nil || found.Type != v1alpha1.InactivityRequestRun {
		t.Errorf("found %+v: want the run", found)
	}
	if outcomeOf(&v1alpha1.RegionalPortal{}, asked) != nil {
		t.Error("a portal without status has an outcome")
	}
}

func TestWaitingEndsAndSaysThatTheRequestStands(t *testing.T) {
	asked := request{v1alpha1.InactivityRequestRun, v1alpha1.AnnotationRunInactivity, "b"}
	a := &asking{timeout: 0}
	_, err := a.follow(t.Context(), nil, waiting(), asked)
	if err == nil || !strings.Contains(nextStep(err), "run-inactivity is b") {
		t.Errorf("error %v, next step %q", err, nextStep(err))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	a.timeout = time.Hour
	if _, err := a.follow(cancelled, nil, waiting(), asked); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v: want that it was cancelled", err)
	}
}

func TestNamesOfRunsAreNew(t *testing.T) {
	first, second := newName(noon), newName(noon)
	if first == second || !strings.HasPrefix(first, "20260302-120000-") {
		t.Errorf("names %s and %s", first, second)
	}
}
