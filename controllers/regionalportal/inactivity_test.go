// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

const runID = "0190aaaa-0000-7000-8000-000000000001"

// heldRunOf is a run that waits for an approval.
func heldRunOf(reason string) *portalapi.Run {
	return &portalapi.Run{ID: runID, Mode: "Enforce", Status: portalapi.RunHeld, Due: 120, Hold: &portalapi.Hold{
		Reason: reason, Count: 120, Limit: 50, DealerCode: "D1", Until: noon.Add(72 * time.Hour),
	}}
}

func inactivityCondition(t *testing.T, s *scope) metav1.Condition {
	t.Helper()
	found := meta.FindStatusCondition(s.compute().Conditions, v1alpha1.ConditionInactivityHealthy)
	if found == nil {
		t.Fatal("There is no InactivityHealthy")
	}
	return *found
}

func TestInactivityHealthy(t *testing.T) {
	overdue := func(s *scope) { s.state.LastRun.StartedAt = noon.Add(-31 * time.Hour) }
	refused := func(s *scope) {
		s.requests = []v1alpha1.InactivityRequest{{
			Type: v1alpha1.InactivityRequestApprove, Value: "x/1", Outcome: v1alpha1.InactivityRefused, Message: "NotHeld: it does not wait",
		}}
	}
	tests := map[string]struct {
		change   []func(*scope)
		want     string
		mentions []string
	}{
		"a run is held": {
			[]func(*scope){func(s *scope) { s.state.HeldRun = heldRunOf(portalapi.HoldPercentLimit) }}, "False/RunHeld",
			[]string{
				"Run " + runID, "120 accounts", "50", "inactivity.maxDisabledPercentPerRun", "2026-01-18T18:00:00Z",
				"kubectl forecourt inactivity approve us " + runID + " --count 120 -n portals",
			},
		},
		"a held run outweighs a late one": {
			[]func(*scope){overdue, func(s *scope) { s.state.HeldRun = heldRunOf(portalapi.HoldCountLimit) }}, "False/RunHeld",
			[]string{"inactivity.maxDisabledPerRun"},
		},
		"a held run names the dealership": {
			[]func(*scope){func(s *scope) { s.state.HeldRun = heldRunOf(portalapi.HoldTenantLimit) }}, "False/RunHeld",
			[]string{"dealership D1"},
		},
		"a clock is ahead": {
			[]func(*scope){func(s *scope) { s.state.HeldRun = heldRunOf(portalapi.HoldClockJump) }}, "False/RunHeld",
			[]string{"check the clocks"},
		},
		"a held run expired": {
			[]func(*scope){func(s *scope) { s.state.LastRun.Status = portalapi.RunExpired }}, "False/RunExpired",
			[]string{"disabled nobody"},
		},
		"a run that observes says that it would be held": {
			[]func(*scope){func(s *scope) {
				s.state.LastRun.WouldHold = &portalapi.Hold{Reason: portalapi.HoldPercentLimit, Count: 120, Limit: 50}
			}},
			"True/AsExpected", []string{"would be held", "120 accounts", "inactivity.maxDisabledPercentPerRun"},
		},
		"a failed run says why": {
			[]func(*scope){func(s *scope) {
				s.state.LastRun.Status, s.state.LastRun.Error = portalapi.RunFailed, "the disk is full"
			}},
			"False/RunFailed", []string{"the disk is full"},
		},
		"a refused request is told and does no harm": {
			[]func(*scope){refused}, "True/AsExpected",
			[]string{v1alpha1.AnnotationApproveRun, `"x/1"`, "NotHeld: it does not wait"},
		},
		"a refused request does not hide that a sweep is late": {
			[]func(*scope){refused, overdue}, "False/Overdue", []string{"NotHeld"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := healthy()
			s.portal.Namespace = "portals"
			for _, change := range test.change {
				change(s)
			}
			got := inactivityCondition(t, s)
			if is := string(got.Status) + "/" + got.Reason; is != test.want {
				t.Errorf("%s: want %s", is, test.want)
			}
			for _, word := range test.mentions {
				if !strings.Contains(got.Message, word) {
					t.Errorf("Message %q: want %q in it", got.Message, word)
				}
			}
			if ready := meta.FindStatusCondition(s.compute().Conditions, v1alpha1.ConditionReady); ready.Status != metav1.ConditionTrue {
				t.Errorf("Ready is %s: want no influence", ready.Status)
			}
		})
	}
}

func TestInactivityIsReported(t *testing.T) {
	s := healthy()
	s.state.LastRun.Trigger, s.state.LastRun.Warned, s.state.LastRun.AuditHead, s.state.LastRun.Undone = portalapi.TriggerSchedule, 7, "abc", 3
	s.state.HeldRun = heldRunOf(portalapi.HoldTenantLimit)
	s.state.Forecast = &portalapi.Forecast{Days: []int32{7, 30}, Total: []int64{1, 12}}
	got := s.compute().Inactivity
	if last := got.LastRun; last.Trigger != "Schedule" || last.Warned != 7 || last.AuditHead != "abc" || last.Undone != 3 {
		t.Errorf("Last run %+v: want all that the portal tells", last)
	}
	want := &v1alpha1.HeldRun{ID: runID, Reason: "TenantLimit", Due: 120, Limit: 50, DealerCode: "D1", Until: seconds(noon.Add(72 * time.Hour))}
	if diff := cmp.Diff(want, got.HeldRun); diff != "" {
		t.Errorf("Held run (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]v1alpha1.DueForecast{{Days: 7, Due: 1}, {Days: 30, Due: 12}}, got.Forecast); diff != "" {
		t.Errorf("Forecast (-want +got):\n%s", diff)
	}
	s.portal.Status = s.compute()
	s.state.HeldRun, s.state.LastRun = nil, heldRunOf(portalapi.HoldTenantLimit)
	s.state.LastRun.Status, s.state.LastRun.FinishedAt = portalapi.RunFailed, &noon
	after := s.compute().Inactivity
	if after.HeldRun != nil {
		t.Error("A run that is not held any more is still reported")
	}
	if !after.LastSuccessAt.Equal(got.LastSuccessAt) || got.LastSuccessAt == nil {
		t.Errorf("Last success %v after a failed run: want %v", after.LastSuccessAt, got.LastSuccessAt)
	}
	s.state = nil
	if silent := s.compute().Inactivity; silent.LastRun == nil || silent.Forecast == nil {
		t.Error("A portal that does not answer loses its last report")
	}
}

func TestAnnotationsAreParsed(t *testing.T) {
	tests := map[string]struct {
		annotation, value string
		want              ask
		fault             string
	}{
		"an approval":                      {annotation: v1alpha1.AnnotationApproveRun, value: runID + "/120", want: ask{run: runID, count: 120}},
		"an approval without a count":      {annotation: v1alpha1.AnnotationApproveRun, value: runID, fault: "want RUN/COUNT"},
		"an approval of fewer than nobody": {annotation: v1alpha1.AnnotationApproveRun, value: runID + "/-1", fault: "want RUN/COUNT"},
		"an approval with a spare zero":    {annotation: v1alpha1.AnnotationApproveRun, value: runID + "/0120", fault: "want RUN/COUNT"},
		"an approval of a path":            {annotation: v1alpha1.AnnotationApproveRun, value: "../state/1", fault: "want RUN/COUNT"},
		"an undo":                          {annotation: v1alpha1.AnnotationUndoRun, value: runID, want: ask{run: runID}},
		"an undo of a path":                {annotation: v1alpha1.AnnotationUndoRun, value: "a/undo?x", fault: "want RUN"},
		"an undo of nothing":               {annotation: v1alpha1.AnnotationUndoRun, value: "", fault: "want RUN"},
		"a run":                            {annotation: v1alpha1.AnnotationRunInactivity, value: "before-audit"},
		"a run that only looks":            {annotation: v1alpha1.AnnotationRunInactivity, value: "Observe/before-audit", want: ask{mode: "Observe"}},
		"a run in another mode":            {annotation: v1alpha1.AnnotationRunInactivity, value: "Enforce/now", fault: "want NAME or Observe/NAME"},
		"a run without a name":             {annotation: v1alpha1.AnnotationRunInactivity, value: "Observe/", fault: "want NAME or Observe/NAME"},
		"a run with a long name":           {annotation: v1alpha1.AnnotationRunInactivity, value: strings.Repeat("n", 64), fault: "63"},
		"a run with a line break":          {annotation: v1alpha1.AnnotationRunInactivity, value: "a\nb", fault: "want NAME"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			asks := asksOf(map[string]string{test.annotation: test.value, "unrelated": "x"})
			if len(asks) != 1 {
				t.Fatalf("%d requests: want 1", len(asks))
			}
			got := asks[0]
			if (got.fault == "") != (test.fault == "") || !strings.Contains(got.fault, test.fault) {
				t.Errorf("Fault %q: want %q", got.fault, test.fault)
			}
			if got.value != test.value || got.run != test.want.run || got.count != test.want.count || got.mode != test.want.mode {
				t.Errorf("%+v: want %+v", got, test.want)
			}
		})
	}
}

func TestRequestsFollowTheirRun(t *testing.T) {
	approve, start := v1alpha1.InactivityRequestApprove, v1alpha1.InactivityRequestRun
	run := func(status string, held bool) *portalapi.Run {
		r := &portalapi.Run{ID: "r", Mode: "Enforce", Status: status, Scanned: 900, Due: 130, Warned: 4, Disabled: 118, Error: "why"}
		if held {
			r.Hold = heldRunOf(portalapi.HoldCountLimit).Hold
		}
		return r
	}
	tests := map[string]struct {
		kind v1alpha1.InactivityRequestType
		run  *portalapi.Run
		want v1alpha1.InactivityOutcome
		says string
	}{
		"approved and under way":             {approve, run(portalapi.RunRunning, true), v1alpha1.InactivityRunning, "under way"},
		"approved and not yet taken up":      {approve, run(portalapi.RunHeld, true), v1alpha1.InactivityRunning, "under way"},
		"approved and done":                  {approve, run(portalapi.RunSucceeded, true), v1alpha1.InactivityDone, "118 of 120 accounts disabled"},
		"approved and failed":                {approve, run(portalapi.RunFailed, true), v1alpha1.InactivityFailed, "why"},
		"asked for and under way":            {start, run(portalapi.RunRunning, false), v1alpha1.InactivityRunning, "under way"},
		"asked for and done":                 {start, run(portalapi.RunSucceeded, false), v1alpha1.InactivityDone, "900 accounts scanned, 130 due, 4 warned, 118 disabled"},
		"asked for and held":                 {start, run(portalapi.RunHeld, true), v1alpha1.InactivityDone, "is held: it would disable 120 accounts"},
		"asked for, held and never approved": {start, run(portalapi.RunExpired, true), v1alpha1.InactivityFailed, "not approved in time"},
		"asked for and failed":               {start, run(portalapi.RunFailed, false), v1alpha1.InactivityFailed, "why"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			outcome, message := outcomeOf(test.kind, test.run)
			if outcome != test.want || !strings.Contains(message, test.says) {
				t.Errorf("%s %q: want %s with %q", outcome, message, test.want, test.says)
			}
		})
	}
}

func TestOnlyTheSameValueIsSettled(t *testing.T) {
	entry := func(kind v1alpha1.InactivityRequestType, value string, outcome v1alpha1.InactivityOutcome) []v1alpha1.InactivityRequest {
		return []v1alpha1.InactivityRequest{{Type: kind, Value: value, Outcome: outcome}}
	}
	run := v1alpha1.InactivityRequestRun
	tests := map[string]struct {
		reported []v1alpha1.InactivityRequest
		want     bool
	}{
		"nothing is reported":             {nil, false},
		"it is done":                      {entry(run, "now", v1alpha1.InactivityDone), true},
		"it failed":                       {entry(run, "now", v1alpha1.InactivityFailed), true},
		"it was refused":                  {entry(run, "now", v1alpha1.InactivityRefused), true},
		"it is under way":                 {entry(run, "now", v1alpha1.InactivityRunning), false},
		"the portal did not answer":       {entry(run, "now", v1alpha1.InactivityWaiting), false},
		"another value is done":           {entry(run, "before", v1alpha1.InactivityDone), false},
		"the same value of another thing": {entry(v1alpha1.InactivityRequestUndo, "now", v1alpha1.InactivityDone), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := asksOf(map[string]string{v1alpha1.AnnotationRunInactivity: "now"})[0]
			if _, got := a.settled(test.reported); got != test.want {
				t.Errorf("Settled %v: want %v", got, test.want)
			}
		})
	}
}

func TestWhatIsARefusal(t *testing.T) {
	tests := map[string]struct {
		err  error
		want bool
	}{
		"the count differs":     {&portalclient.Error{Status: http.StatusConflict, Code: portalapi.CodeCountMismatch}, true},
		"there is no such run":  {&portalclient.Error{Status: http.StatusNotFound, Code: portalapi.CodeNotFound}, true},
		"no answer":             {errors.New("connection refused"), false},
		"the database is down":  {&portalclient.Error{Status: http.StatusServiceUnavailable, Code: portalapi.CodeUnavailable}, false},
		"the portal failed":     {&portalclient.Error{Status: http.StatusInternalServerError, Code: portalapi.CodeInternal}, false},
		"the token is outdated": {&portalclient.Error{Status: http.StatusUnauthorized, Code: portalapi.CodeUnauthorized}, false},
		"a proxy answered":      {&portalclient.Error{Status: http.StatusNotFound}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := refuses(test.err); got != test.want {
				t.Errorf("Refuses %v: want %v", got, test.want)
			}
		})
	}
}

func TestInactivityNews(t *testing.T) {
	status := func(condition string, change func(*v1alpha1.InactivityStatus)) *v1alpha1.RegionalPortalStatus {
		report := &v1alpha1.InactivityStatus{}
		change(report)
		return &v1alpha1.RegionalPortalStatus{Inactivity: report, Conditions: []metav1.Condition{{
			Type: v1alpha1.ConditionInactivityHealthy, Reason: condition, Message: "so it is",
		}}}
	}
	plain := func(*v1alpha1.InactivityStatus) {}
	held := func(id string) func(*v1alpha1.InactivityStatus) {
		return func(s *v1alpha1.InactivityStatus) { s.HeldRun = &v1alpha1.HeldRun{ID: id} }
	}
	last := func(id, outcome string) func(*v1alpha1.InactivityStatus) {
		return func(s *v1alpha1.InactivityStatus) { s.LastRun = &v1alpha1.InactivityRun{ID: id, Outcome: outcome} }
	}
	request := func(kind v1alpha1.InactivityRequestType, outcome v1alpha1.InactivityOutcome) func(*v1alpha1.InactivityStatus) {
		return func(s *v1alpha1.InactivityStatus) {
			s.Requests = []v1alpha1.InactivityRequest{{Type: kind, Value: "v", Outcome: outcome, Message: "done so"}}
		}
	}
	approve := v1alpha1.InactivityRequestApprove
	tests := map[string]struct {
		before, after *v1alpha1.RegionalPortalStatus
		want          []string
	}{
		"the first look":             {&v1alpha1.RegionalPortalStatus{}, status("AsExpected", plain), nil},
		"a run is held":              {status("AsExpected", plain), status("RunHeld", held("a")), []string{"Warning InactivityRunHeld"}},
		"it is still held":           {status("RunHeld", held("a")), status("RunHeld", held("a")), nil},
		"the next one is held":       {status("RunHeld", held("a")), status("RunHeld", held("b")), []string{"Warning InactivityRunHeld"}},
		"a run failed":               {status("AsExpected", last("a", "Succeeded")), status("RunFailed", last("b", "Failed")), []string{"Warning InactivityRunFailed"}},
		"the failed run is known":    {status("RunFailed", last("b", "Failed")), status("RunFailed", last("b", "Failed")), nil},
		"another run failed":         {status("RunFailed", last("b", "Failed")), status("RunFailed", last("c", "Failed")), []string{"Warning InactivityRunFailed"}},
		"a sweep is late":            {status("AsExpected", plain), status("Overdue", plain), []string{"Warning InactivityOverdue"}},
		"it is still late":           {status("Overdue", plain), status("Overdue", plain), nil},
		"an approval is under way":   {status("RunHeld", plain), status("RunHeld", request(approve, "Running")), nil},
		"an approval is done":        {status("RunHeld", request(approve, "Running")), status("AsExpected", request(approve, "Done")), []string{"Normal InactivityRunApproved"}},
		"it stays done":              {status("AsExpected", request(approve, "Done")), status("AsExpected", request(approve, "Done")), nil},
		"an approval was refused":    {status("AsExpected", plain), status("AsExpected", request(approve, "Refused")), []string{"Warning InactivityRequestRefused"}},
		"a run was undone":           {status("AsExpected", plain), status("AsExpected", request("Undo", "Done")), []string{"Normal InactivityRunUndone"}},
		"a run that was asked for":   {status("AsExpected", plain), status("AsExpected", request("Run", "Done")), []string{"Normal InactivityRunCompleted"}},
		"the annotation was removed": {status("AsExpected", request("Run", "Done")), status("AsExpected", plain), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, event := range inactivityNews(test.before, test.after) {
				got = append(got, announcement(event))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEventTellsOfItsOwnRun(t *testing.T) {
	after := &v1alpha1.RegionalPortalStatus{
		Inactivity: &v1alpha1.InactivityStatus{
			HeldRun: &v1alpha1.HeldRun{ID: "a"}, LastRun: &v1alpha1.InactivityRun{ID: "b", Outcome: portalapi.RunFailed},
		},
		Conditions: []metav1.Condition{{Type: v1alpha1.ConditionInactivityHealthy, Reason: v1alpha1.ReasonRunHeld, Message: "Run a is held"}},
	}
	news := inactivityNews(&v1alpha1.RegionalPortalStatus{}, after)
	if len(news) != 2 || news[0].Note != "Run a is held" || !strings.HasPrefix(news[1].Note, "Run b failed") {
		t.Errorf("Events %+v: want each to tell of its own run", news)
	}
}

func announcement(event announce.Event) string { return event.Kind + " " + event.Reason }
