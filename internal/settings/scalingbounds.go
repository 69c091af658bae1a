// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// surge is how many pods a rolling update adds.
const surge = 1

// Bound and path of the connections to PostgreSQL.
const (
	boundConnections = "bounds.database.maxConnections"
	pathConnections  = "database.postgresql.maxConnections"
)

// leastConnections is what a pod needs.
const leastConnections = 2

// replicas clamps the number of pods, whoever chooses it. An Embedded database cannot have more than one, whatever the minimum is.
func (b *bounder) replicas(bounds *v1alpha1.ReplicaBounds) {
	if bounds == nil {
		return
	}
	least := bounds.Min
	if least != nil && embedded(&b.spec) {
		least = new(min(*least, 1))
	}
	clamp := func(path string, value **int32) {
		b.atLeast(path, value, "bounds.replicas.min", least)
		b.atMost(path, value, "bounds.replicas.max", bounds.Max)
	}
	if b.Replicas != nil {
		clamp(PathReplicas, &b.Replicas)
	} else if asked := autoscaling(&b.spec); asked != nil {
		clamp(PathLeastPods, &asked.MinReplicas)
		clamp(PathMostPods, &asked.MaxReplicas)
	}
	if asked := boost(&b.spec); asked != nil && asked.MinReplicas != nil {
		b.atMost(PathBoost, &asked.MinReplicas, "bounds.replicas.max", bounds.Max)
	}
}

// mostPods is the greatest number of pods that these bounds let a portal have, and the path of the value that says so. A boost
// counts whether its time is over or not: there is no clock here.
func (m *merged) mostPods(bounds *v1alpha1.ReplicaBounds) (most int32, path string) {
	fit := func(wanted int32) int32 {
		if bounds == nil {
			return wanted
		}
		wanted = max(wanted, valueOr(bounds.Min, 0))
		return min(wanted, valueOr(bounds.Max, wanted))
	}
	if m.Replicas != nil {
		most, path = fit(*m.Replicas), PathReplicas
	} else {
		most, path = fit(*m.Scaling.Autoscaling.MaxReplicas), PathMostPods
	}
	if asked := boost(&m.spec); most > 0 && asked != nil && asked.MinReplicas != nil && fit(*asked.MinReplicas) > most {
		most, path = fit(*asked.MinReplicas), PathBoost
	}
	return most, path
}

// connections refuses more connections to PostgreSQL than the pods of a portal may open together. With Audit it counts the pods that
// Enforce would allow.
func (b *bounder) connections(all *v1alpha1.ClassBounds) {
	bounds := all.Database
	if bounds == nil || bounds.MaxConnections == nil || embedded(&b.spec) {
		return
	}
	limit, each := *bounds.MaxConnections, *b.Database.PostgreSQL.MaxConnections
	most, path := b.mostPods(all.Replicas)
	if total := (most + surge) * each; most == 0 || total <= limit {
		return
	}
	cure := "lower spec." + path
	if fits := limit / (most + surge); fits >= leastConnections {
		cure = fmt.Sprintf("write at most %d, or lower spec.%s", fits, path)
	}
	b.refuse(pathConnections, each, boundConnections, limit)
	crossing := &b.crossings[len(b.crossings)-1]
	crossing.Reckoning = fmt.Sprintf("in each of %d pods (%s %d and %d more in a rolling update), %d in all,", most+surge, path, most, surge, (most+surge)*each)
	crossing.Cure = cure
	if above(b.originOf(path), crossing.Source) {
		crossing.Source = b.originOf(path)
	}
}
