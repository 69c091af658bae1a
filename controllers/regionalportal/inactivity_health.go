// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// inactivityHealthy tells how the policy fares. What was asked for and refused is told too; it makes nothing unhealthy.
func (s *scope) inactivityHealthy(set *conditions.Set) {
	kind := v1alpha1.ConditionInactivityHealthy
	status, reason, message := s.inactivityVerdict()
	if message == "" {
		s.unasked(set, kind)
		return
	}
	for _, request := range s.requests {
		if request.Outcome == v1alpha1.InactivityRefused {
			message += ". " + refusalNote(request)
		}
	}
	set.Put(kind, status, reason, message)
}

// inactivityVerdict is the condition as far as the last answer of the portal decides it; without an answer the message is
// empty. What went wrong is told also while the wanted policy is not known: sweeps go on by the one in force.
func (s *scope) inactivityVerdict() (status metav1.ConditionStatus, reason, message string) {
	yes, no, unknown := metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown
	switch {
	case s.effective != nil && s.effective.Settings.Inactivity.Mode == string(v1alpha1.InactivityOff):
		return yes, v1alpha1.ReasonOff, "inactivity.mode is Off"
	case s.effective != nil && (s.asleep() || s.state == nil):
		return unknown, "", ""
	case held(s.state) != nil:
		return no, v1alpha1.ReasonRunHeld, s.heldMessage(s.state.HeldRun)
	case s.state != nil && s.overdue():
		return no, v1alpha1.ReasonOverdue, "No sweep ended although one was planned: see the Jobs of the CronJob"
	case s.effective != nil && s.state.LastRun == nil:
		return yes, v1alpha1.ReasonNeverRun, "No sweep was planned yet"
	case s.state != nil && s.state.LastRun != nil:
		status, reason, message = lastVerdict(s.state.LastRun)
	}
	if s.effective == nil && status != no {
		return unknown, v1alpha1.ReasonUnknown, "The wanted policy is not known: see Ready"
	}
	return status, reason, message
}

// lastVerdict is the condition as the last run decides it.
func lastVerdict(last *portalapi.Run) (status metav1.ConditionStatus, reason, message string) {
	switch last.Status {
	case portalapi.RunFailed:
		return metav1.ConditionFalse, v1alpha1.ReasonRunFailed, "The last sweep failed: " + last.Error
	case portalapi.RunExpired:
		return metav1.ConditionFalse, v1alpha1.ReasonRunExpired,
			fmt.Sprintf("Run %s was held and nobody approved it in time: it disabled nobody, and the next sweep decides anew", last.ID)
	default:
		message = "The last sweep ended well"
		if last.WouldHold != nil {
			message += ". In mode Enforce it would be held: " + exceeds(last.WouldHold)
		}
		return metav1.ConditionTrue, v1alpha1.ReasonAsExpected, message
	}
}

// held is why a run waits for an approval, nil when none does.
func held(state *portalapi.State) *portalapi.Hold {
	if state == nil || state.HeldRun == nil {
		return nil
	}
	return state.HeldRun.Hold
}

// heldMessage names the run, what it would do, the limit, and the command that lets it.
func (s *scope) heldMessage(run *portalapi.Run) string {
	return fmt.Sprintf("Run %s is held: %s. It disabled nobody. To let it, until %s: kubectl forecourt inactivity approve %s %s --count %d -n %s",
		run.ID, exceeds(run.Hold), run.Hold.Until.UTC().Format(time.RFC3339), s.portal.Name, run.ID, run.Hold.Count, s.portal.Namespace)
}

// reportInactivity tells of runs, forecast and requests. While the portal does not answer, the last report stands.
func (s *scope) reportInactivity(status *v1alpha1.RegionalPortalStatus) {
	if status.Inactivity == nil {
		if s.effective == nil && len(s.requests) == 0 {
			return
		}
		status.Inactivity = &v1alpha1.InactivityStatus{}
	}
	report := status.Inactivity
	report.Requests = s.requests
	report.NextRun = s.nextRun()
	if s.effective != nil {
		report.Mode = v1alpha1.InactivityMode(s.effective.Settings.Inactivity.Mode)
	}
	if s.state == nil {
		return
	}
	report.HeldRun = heldRun(s.state)
	report.Forecast = forecast(s.state.Forecast)
	if last := s.state.LastRun; last != nil {
		report.LastRun = lastRun(last)
		if last.Status == portalapi.RunSucceeded {
			report.LastSuccessAt = report.LastRun.FinishedAt
		}
	}
}

func lastRun(run *portalapi.Run) *v1alpha1.InactivityRun {
	report := &v1alpha1.InactivityRun{
		ID: run.ID, Mode: v1alpha1.InactivityMode(run.Mode), Trigger: run.Trigger, StartedAt: seconds(run.StartedAt), Outcome: run.Status,
		Scanned: run.Scanned, Due: run.Due, Warned: run.Warned, Disabled: run.Disabled, Undone: run.Undone,
		Skipped: run.Skipped, AuditHead: run.AuditHead,
	}
	if run.FinishedAt != nil {
		finished := seconds(*run.FinishedAt)
		report.FinishedAt = &finished
	}
	if would := run.WouldHold; would != nil {
		report.WouldHold = &v1alpha1.ExceededLimit{Reason: would.Reason, Limit: would.Limit, DealerCode: would.DealerCode}
	}
	return report
}

func heldRun(state *portalapi.State) *v1alpha1.HeldRun {
	hold := held(state)
	if hold == nil {
		return nil
	}
	return &v1alpha1.HeldRun{
		ID: state.HeldRun.ID, Reason: hold.Reason, Due: hold.Count, Limit: hold.Limit, DealerCode: hold.DealerCode, Until: seconds(hold.Until),
	}
}

func forecast(counted *portalapi.Forecast) []v1alpha1.DueForecast {
	if counted == nil {
		return nil
	}
	var report []v1alpha1.DueForecast
	for i := range min(len(counted.Days), len(counted.Total)) {
		report = append(report, v1alpha1.DueForecast{Days: counted.Days[i], Due: counted.Total[i]})
	}
	return report
}

// refusalNote names the annotation, its value and why it was refused.
func refusalNote(request v1alpha1.InactivityRequest) string {
	annotation := map[v1alpha1.InactivityRequestType]string{
		v1alpha1.InactivityRequestApprove: v1alpha1.AnnotationApproveRun,
		v1alpha1.InactivityRequestUndo:    v1alpha1.AnnotationUndoRun,
		v1alpha1.InactivityRequestRun:     v1alpha1.AnnotationRunInactivity,
	}[request.Type]
	return fmt.Sprintf("The annotation %s: %q was refused: %s", annotation, request.Value, request.Message)
}

// counts lists numbers by reason, in the order of the reasons; empty when there are none.
func counts(by map[string]int64) string {
	parts := make([]string, 0, len(by))
	for reason, n := range by {
		parts = append(parts, fmt.Sprintf("%s %d", reason, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// shorten cuts a text after so many characters.
func shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
