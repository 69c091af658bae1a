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
	if s.effective.Settings.Inactivity.Mode == string(v1alpha1.InactivityOff) || s.effective.Replicas == 0 {
		return nil
	}
	next := s.scheduled(s.now)
	if next.IsZero() {
		return nil
	}
	at := seconds(next)
	return &at
}

// scheduled is the first planned start after a time, in the portal's time zone; zero when there is none.
func (s *scope) scheduled(after time.Time) time.Time {
	schedule, err := settings.ParseSchedule(s.effective.Schedule)
	if err != nil {
		return time.Time{} // Resolve has refused such a schedule
	}
	zone, err := time.LoadLocation(s.effective.Settings.TimeZone)
	if err != nil {
		return time.Time{} // Resolve has refused such a time zone
	}
	return schedule.Next(after.In(zone))
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
