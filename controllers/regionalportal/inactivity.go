// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// overdueAfter is how late the end of a sweep may be: an hour until its Job starts at the latest, and an hour to run.
const overdueAfter = 2 * time.Hour

// nextRun is when the CronJob starts the next sweep, nil when none is planned.
func (s *scope) nextRun() *metav1.Time {
	next := s.scheduled(s.now)
	if next.IsZero() {
		return nil
	}
	at := seconds(next)
	return &at
}

// scheduled is the first planned start after a time, in the portal's time zone; zero when there is none.
func (s *scope) scheduled(after time.Time) time.Time {
	when, where := s.timetable()
	if when == "" {
		return time.Time{}
	}
	schedule, err := settings.ParseSchedule(when)
	if err != nil {
		return time.Time{} // Resolve has refused such a schedule
	}
	zone, err := time.LoadLocation(where)
	if err != nil {
		return time.Time{} // Resolve has refused such a time zone
	}
	return schedule.Next(after.In(zone))
}

// timetable is the schedule of the sweeps and its time zone, empty when none is planned. While a problem keeps what is declared
// from being applied, the CronJob goes on as it is.
func (s *scope) timetable() (schedule, zone string) {
	if s.problem != nil || s.effective == nil {
		if s.cronJob == nil || s.cronJob.Spec.Suspend != nil && *s.cronJob.Spec.Suspend {
			return "", ""
		}
		if s.cronJob.Spec.TimeZone != nil {
			zone = *s.cronJob.Spec.TimeZone
		}
		return s.cronJob.Spec.Schedule, zone
	}
	if s.effective.Settings.Inactivity.Mode == string(v1alpha1.InactivityOff) || s.effective.Replicas == 0 {
		return "", ""
	}
	return s.effective.Schedule, s.effective.Settings.TimeZone
}

// overdue says whether a sweep should have ended and has not. The first one is expected after the CronJob was there and
// pods could answer it.
func (s *scope) overdue() bool {
	if s.cronJob == nil || s.deployment == nil {
		return false
	}
	since := latest(s.cronJob.CreationTimestamp.Time, availableSince(s.deployment))
	if s.state != nil && s.state.LastRun != nil {
		since = latest(since, s.state.LastRun.StartedAt)
	}
	expected := s.scheduled(since)
	return !expected.IsZero() && s.now.After(expected.Add(overdueAfter))
}

// availableSince is when the Deployment became available.
func availableSince(deployment *appsv1.Deployment) time.Time {
	for _, condition := range deployment.Status.Conditions {
		if condition.Type == appsv1.DeploymentAvailable {
			return condition.LastTransitionTime.Time
		}
	}
	return deployment.CreationTimestamp.Time
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// seconds cuts a time to what the API stores, so that reading it back compares equal.
func seconds(t time.Time) metav1.Time {
	return metav1.NewTime(t.UTC().Truncate(time.Second))
}
