// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/world"
)

// stale is the number of accounts in swept portals that nobody has used for years. One run may disable nine of them.
const stale = 12

// sweeping makes a portal that enforces the policy at once, with stale accounts and somebody of the service desk who is in use.
func sweeping(w *world.World) *v1alpha1.RegionalPortal {
	w.Helper()
	portal := w.Portal("us")
	portal.Spec.Inactivity = &v1alpha1.InactivitySettings{
		Mode: v1alpha1.InactivityEnforce, GraceDays: new(int32(0)), Schedule: "0 0 1 1 *", // nobody runs CronJobs here anyway
	}
	w.Create(portal)
	w.Ready(portal)
	var csv strings.Builder
	csv.WriteString("username,class,name,mail,role,createdAt,lastSignInAt\ndesk,Corporate,Desk,desk@example.com,service-desk,,\n")
	for i := range stale {
		fmt.Fprintf(&csv, "stale%02[1]d,Corporate,Stale %[1]d,stale%[1]d@example.com,user,2019-01-01,2020-01-01\n", i)
	}
	result, err := w.Call(w.Key("us")).ImportAccounts(w.Context(), strings.NewReader(csv.String()), portalapi.ImportOptions{})
	if err != nil || result.Created != stale+1 {
		w.Fatalf("Import %+v: %v", result, err)
	}
	return portal
}

// annotate sets an annotation on a portal.
func annotate(w *world.World, portal *v1alpha1.RegionalPortal, annotation, value string) {
	w.Helper()
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { metav1.SetMetaDataAnnotation(&p.ObjectMeta, annotation, value) })
}

// outcome waits until what an annotation asks for has an outcome, and returns it.
func outcome(w *world.World, portal *v1alpha1.RegionalPortal, kind v1alpha1.InactivityRequestType, want v1alpha1.InactivityOutcome) v1alpha1.InactivityRequest {
	w.Helper()
	var found v1alpha1.InactivityRequest
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("request %s is %s", kind, want), func(ctx context.Context) error {
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil {
			return err
		}
		report := portal.Status.Inactivity
		if report == nil {
			return fmt.Errorf("there is no report")
		}
		at := slices.IndexFunc(report.Requests, func(r v1alpha1.InactivityRequest) bool { return r.Type == kind })
		if at < 0 || report.Requests[at].Outcome != want {
			return fmt.Errorf("%+v", report.Requests)
		}
		found = report.Requests[at]
		return nil
	})
	return found
}

// heldRun asks for a run and waits until it is held.
func heldRun(w *world.World, portal *v1alpha1.RegionalPortal) v1alpha1.HeldRun {
	w.Helper()
	annotate(w, portal, v1alpha1.AnnotationRunInactivity, "first")
	request := outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityDone)
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "False/RunHeld")
	held := portal.Status.Inactivity.HeldRun
	if held == nil || held.ID != request.RunID || held.Due != stale || held.Reason != portalapi.HoldPercentLimit || held.Limit != 9 {
		w.Fatalf("Held run %+v, request %+v: want %d accounts over the limit of 9", held, request, stale)
	}
	return *held
}

// disabled wants so many disabled accounts in the portal's own count.
func disabled(w *world.World, want int64) {
	w.Helper()
	state, _, err := w.Call(w.Key("us")).State(w.Context(), "")
	if err != nil {
		w.Fatal(err)
	}
	if state.Accounts.Disabled != want {
		w.Errorf("%d disabled accounts: want %d", state.Accounts.Disabled, want)
	}
}

// happened waits until there are exactly so many events about inactivity.
func happened(w *world.World, want map[string]int) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("events %v", want), func(ctx context.Context) error {
		list := &eventsv1.EventList{}
		if err := w.Plane.Admin.List(ctx, list, client.InNamespace(w.Namespace)); err != nil {
			return err
		}
		seen := map[string]int{}
		for _, event := range list.Items {
			if strings.HasPrefix(event.Reason, "Inactivity") {
				seen[event.Reason]++
				if event.Series != nil {
					seen[event.Reason] += int(event.Series.Count)
				}
			}
		}
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			return fmt.Errorf("saw %v", seen)
		}
		return nil
	})
}

func TestAHeldRunIsShownApprovedAndUndone(t *testing.T) {
	w := cluster.New(t)
	portal := sweeping(w)
	held := heldRun(w, portal)
	disabled(w, 0)
	if ready := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionReady); ready.Status != metav1.ConditionTrue {
		t.Errorf("Ready is %s: a held run must not lower it", ready.Status)
	}
	command := fmt.Sprintf("kubectl forecourt inactivity approve us %s --count %d -n %s", held.ID, stale, w.Namespace)
	if verdict := w.Want(portal, v1alpha1.ConditionInactivityHealthy, "False/RunHeld"); !strings.Contains(verdict.Message, command) {
		t.Errorf("Message %q: want the command %q", verdict.Message, command)
	}
	metric(w, "forecourt_inactivity_held_accounts", "portal", "us", stale)
	happened(w, map[string]int{v1alpha1.EventRunHeld: 1, v1alpha1.EventRunCompleted: 1})

	annotate(w, portal, v1alpha1.AnnotationApproveRun, fmt.Sprintf("%s/%d", held.ID, stale-1))
	refused := outcome(w, portal, v1alpha1.InactivityRequestApprove, v1alpha1.InactivityRefused)
	if !strings.Contains(refused.Message, portalapi.CodeCountMismatch) {
		t.Errorf("Message %q: want %s", refused.Message, portalapi.CodeCountMismatch)
	}
	if verdict := w.Want(portal, v1alpha1.ConditionInactivityHealthy, "False/RunHeld"); !strings.Contains(verdict.Message, portalapi.CodeCountMismatch) {
		t.Errorf("Message %q: want the refusal, too", verdict.Message)
	}
	disabled(w, 0)

	annotate(w, portal, v1alpha1.AnnotationApproveRun, fmt.Sprintf("%s/%d", held.ID, stale))
	approved := outcome(w, portal, v1alpha1.InactivityRequestApprove, v1alpha1.InactivityDone)
	if want := fmt.Sprintf("%d of %[1]d accounts disabled", stale); !strings.Contains(approved.Message, want) {
		t.Errorf("Message %q: want %q", approved.Message, want)
	}
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/AsExpected")
	disabled(w, stale)
	if last := portal.Status.Inactivity.LastRun; last.ID != held.ID || last.Disabled != stale || last.Trigger != portalapi.TriggerRequest || portal.Status.Inactivity.HeldRun != nil {
		t.Errorf("Last run %+v, held run %+v: want the approved one", last, portal.Status.Inactivity.HeldRun)
	}

	annotate(w, portal, v1alpha1.AnnotationUndoRun, held.ID)
	undone := outcome(w, portal, v1alpha1.InactivityRequestUndo, v1alpha1.InactivityDone)
	if want := fmt.Sprintf("%d accounts are active again", stale); !strings.Contains(undone.Message, want) {
		t.Errorf("Message %q: want %q", undone.Message, want)
	}
	disabled(w, 0)
	if last := portal.Status.Inactivity.LastRun; last.Undone != stale {
		t.Errorf("Last run %+v: want %d undone", last, stale)
	}
	all := map[string]int{
		v1alpha1.EventRunHeld: 1, v1alpha1.EventRunCompleted: 1, v1alpha1.EventRequestRefused: 1,
		v1alpha1.EventRunApproved: 1, v1alpha1.EventRunUndone: 1,
	}
	happened(w, all)

	before := portal.Status.Inactivity
	w.StopOperator()
	w.StartOperator()
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Another name" })
	w.Ready(portal)
	if fmt.Sprint(portal.Status.Inactivity.Requests) != fmt.Sprint(before.Requests) {
		t.Errorf("Requests %+v after a restart: want %+v", portal.Status.Inactivity.Requests, before.Requests)
	}
	disabled(w, 0)
	happened(w, all)
}

func TestARunIsStartedOncePerName(t *testing.T) {
	w := cluster.New(t)
	portal := sweeping(w)
	annotate(w, portal, v1alpha1.AnnotationRunInactivity, portalapi.ModeObserve+"/audit")
	first := outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityDone)
	runs := func(want int) []portalapi.Run {
		t.Helper()
		list, err := w.Call(w.Key("us")).Runs(t.Context(), 50)
		if err != nil || len(list) != want {
			t.Fatalf("%d runs, want %d: %v", len(list), want, err)
		}
		return list
	}
	if only := runs(1)[0]; only.ID != first.RunID || only.Mode != portalapi.ModeObserve || only.Due != stale || only.Disabled != 0 {
		t.Errorf("Run %+v: want one that only looks", only)
	}

	// A hundred passes, each caused by a change of an annotation that means nothing.
	for i := range 100 {
		annotate(w, portal, "example.com/pass", fmt.Sprint(i))
	}
	// The operator forgets, and so does the status: only the portal knows the request.
	w.StopOperator()
	portal.Status.Inactivity.Requests = nil
	if err := w.Plane.Admin.Status().Update(t.Context(), portal); err != nil {
		t.Fatal(err)
	}
	w.Restart(func(o *controllers.Options) { o.PortalWorkers = 2 })
	if again := outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityDone); again.RunID != first.RunID {
		t.Errorf("Run %s: want the first, %s", again.RunID, first.RunID)
	}
	runs(1)

	annotate(w, portal, v1alpha1.AnnotationRunInactivity, portalapi.ModeObserve+"/audit-2")
	controlplane.Eventually(t, world.Within, "a second run", func(ctx context.Context) error {
		list, err := w.Call(w.Key("us")).Runs(ctx, 50)
		if err != nil || len(list) != 2 {
			return fmt.Errorf("%d runs: %w", len(list), err)
		}
		return nil
	})
}

func TestTheForecastIsReportedAndNotRewritten(t *testing.T) {
	w := cluster.New(t)
	portal := sweeping(w)
	annotate(w, portal, v1alpha1.AnnotationRunInactivity, portalapi.ModeObserve+"/look")
	outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityDone)
	want := []v1alpha1.DueForecast{{Days: 7, Due: stale}, {Days: 30, Due: stale}, {Days: 90, Due: stale}}
	controlplane.Eventually(t, world.Within, "the forecast", func(ctx context.Context) error { // made after the run, told with the next poll
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil {
			return err
		}
		if got := portal.Status.Inactivity.Forecast; !slices.Equal(got, want) {
			return fmt.Errorf("%v: want %v", got, want)
		}
		return nil
	})
	if portal.Status.Inactivity.LastSuccessAt == nil {
		t.Errorf("%+v: want the time of the last success", portal.Status.Inactivity)
	}
	metric(w, "forecourt_inactivity_due_accounts", "days", "30", stale)

	annotate(w, portal, "example.com/pass", "1") // a pass without news
	expected := portal.ResourceVersion
	w.StopOperator()
	w.StartOperator()
	config := childrenOf(w, "us").config
	for repaired := range 2 { // the second repair shows that the pass with the first one has ended
		world.Change(w, client.Object(config), func(o client.Object) {
			o.SetLabels(map[string]string{render.LabelManagedBy: render.ManagedBy, render.LabelPortal: "us"})
		})
		metric(w, "forecourt_drift_repaired_total", "kind", "ConfigMap", float64(repaired+1))
	}
	metric(w, "forecourt_inactivity_due_accounts", "days", "30", stale)
	w.Read(portal)
	if portal.ResourceVersion != expected {
		t.Errorf("The status was written again without news: version %s, want %s", portal.ResourceVersion, expected)
	}
	w.Delete(portal)
	gone(w, "forecourt_inactivity_due_accounts")
}

// gone waits until a metric has no sample.
func gone(w *world.World, name string) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, name+" is gone", func(context.Context) error {
		families, err := w.Operator.Metrics.Gather()
		if err != nil {
			return err
		}
		for _, family := range families {
			if family.GetName() == name {
				return fmt.Errorf("%d samples", len(family.GetMetric()))
			}
		}
		return nil
	})
}

func TestMalformedAnnotationsDoNothing(t *testing.T) {
	w := cluster.New(t)
	portal := sweeping(w)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Annotations = map[string]string{
			v1alpha1.AnnotationApproveRun: "yes", v1alpha1.AnnotationUndoRun: "../../state", v1alpha1.AnnotationRunInactivity: "Enforce/now",
		}
	})
	for _, kind := range []v1alpha1.InactivityRequestType{"Approve", "Undo", "Run"} {
		outcome(w, portal, kind, v1alpha1.InactivityRefused)
	}
	verdict := w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/NeverRun")
	for _, word := range []string{v1alpha1.AnnotationApproveRun, "RUN/COUNT", v1alpha1.AnnotationUndoRun, v1alpha1.AnnotationRunInactivity, "Observe/NAME"} {
		if !strings.Contains(verdict.Message, word) {
			t.Errorf("Message %q: want %q in it", verdict.Message, word)
		}
	}
	happened(w, map[string]int{v1alpha1.EventRequestRefused: 3})
	if list, err := w.Call(w.Key("us")).Runs(t.Context(), 5); err != nil || len(list) != 0 {
		t.Errorf("%d runs: want none: %v", len(list), err)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Annotations = nil })
	controlplane.Eventually(t, world.Within, "the requests are gone", func(ctx context.Context) error {
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil {
			return err
		}
		if len(portal.Status.Inactivity.Requests) > 0 {
			return fmt.Errorf("%+v", portal.Status.Inactivity.Requests)
		}
		return nil
	})
}

func TestARefusedRequestStaysRefused(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}
	w.Create(portal)
	w.Ready(portal)
	annotate(w, portal, v1alpha1.AnnotationRunInactivity, "too-early")
	if refused := outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityRefused); !strings.Contains(refused.Message, portalapi.CodeModeRefused) {
		t.Errorf("Message %q: want %s", refused.Message, portalapi.CodeModeRefused)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Inactivity.Mode = v1alpha1.InactivityObserve })
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/NeverRun")
	w.StopOperator()
	w.StartOperator()
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Another name" })
	w.Ready(portal)
	if list, err := w.Call(w.Key("us")).Runs(t.Context(), 5); err != nil || len(list) != 0 {
		t.Errorf("%d runs: a forgotten annotation must not start one when the policy allows it later: %v", len(list), err)
	}
	happened(w, map[string]int{v1alpha1.EventRequestRefused: 1})
}

func TestTwoOperatorsActOnce(t *testing.T) {
	w := cluster.New(t)
	portal := sweeping(w)
	operator.Start(t, w.Plane, operator.Options{Namespaces: []string{w.Namespace}, PortalURL: w.Host.URL})
	held := heldRun(w, portal)
	annotate(w, portal, v1alpha1.AnnotationApproveRun, fmt.Sprintf("%s/%d", held.ID, stale))
	outcome(w, portal, v1alpha1.InactivityRequestApprove, v1alpha1.InactivityDone)
	annotate(w, portal, v1alpha1.AnnotationUndoRun, held.ID)
	outcome(w, portal, v1alpha1.InactivityRequestUndo, v1alpha1.InactivityDone)
	disabled(w, 0)
	if list, err := w.Call(w.Key("us")).Runs(t.Context(), 5); err != nil || len(list) != 1 {
		t.Errorf("%d runs: want 1: %v", len(list), err)
	}
	happened(w, map[string]int{
		v1alpha1.EventRunHeld: 1, v1alpha1.EventRunCompleted: 1, v1alpha1.EventRunApproved: 1, v1alpha1.EventRunUndone: 1,
	})
}

func TestWhatThePortalCannotAnswerYetWaits(t *testing.T) {
	w := cluster.New(t)
	portal := sweeping(w)
	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	annotate(w, portal, v1alpha1.AnnotationRunInactivity, portalapi.ModeObserve+"/later")
	outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityWaiting)
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	outcome(w, portal, v1alpha1.InactivityRequestRun, v1alpha1.InactivityDone)
}
