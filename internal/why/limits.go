// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// spoken says of which value each bound of a class speaks. bounds.inactivity.maxExemptionDays is not among them: it limits
// what administrators may do, not what a portal sets.
var spoken = []struct{ bound, path string }{
	{"bounds.replicas.min", settings.PathReplicas},
	{"bounds.replicas.max", settings.PathReplicas},
	{"bounds.replicas.min", settings.PathLeastPods},
	{"bounds.replicas.max", settings.PathLeastPods},
	{"bounds.replicas.min", settings.PathMostPods},
	{"bounds.replicas.max", settings.PathMostPods},
	{"bounds.replicas.max", settings.PathBoost},
	{"bounds.database.maxConnections", "database.postgresql.maxConnections"},
	{"bounds.hostnameSuffixes", "hostname"},
	{"bounds.hostnameSuffixes", "aliases"},
	{"bounds.requireDigest", "image"},
	{"bounds.allowedRegistries", "image"},
	{"bounds.auth.minPasswordLength", "auth.password.minLength"},
	{"bounds.auth.secondFactor", pathSecondFactor},
	{"bounds.auth.allowedIssuers", "auth.sso.issuerURL"},
	{"bounds.auth.maxIdleMinutes", "auth.session.idleMinutes"},
	{"bounds.auth.maxSessionHours", "auth.session.absoluteHours"},
	{"bounds.inactivity.maxMonths", pathMonths},
	{"bounds.inactivity.minWarnings", "inactivity.warnDaysBefore"},
	{"bounds.inactivity.maxDisabledPercentPerRun", "inactivity.maxDisabledPercentPerRun"},
	{"bounds.inactivity.requireEnforce", "inactivity.mode"},
	{"bounds.network.requireStrict", "network.mode"},
}

const (
	pathMonths       = "inactivity.months"
	pathSecondFactor = "auth.secondFactor"
)

// limitsOf answers the bounds that a class sets, by the path of the value that they speak of.
func limitsOf(class *v1alpha1.PortalClass, by *settings.Object, database v1alpha1.DatabaseType) (map[string][]Limit, error) {
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&class.Spec)
	if err != nil {
		return nil, fmt.Errorf("reading the bounds of %s: %w", by, err)
	}
	limits := map[string][]Limit{}
	for _, known := range spoken {
		limit, found, err := unstructured.NestedFieldNoCopy(spec, strings.Split(known.bound, ".")...)
		if err != nil || !found || limit == false {
			continue // a switch that is off bounds nothing
		}
		if least, ok := limit.(int64); ok && known.bound == "bounds.replicas.min" && database == v1alpha1.DatabaseEmbedded {
			limit = min(least, 1)
		}
		limits[known.path] = append(limits[known.path], Limit{Bound: known.bound, Limit: limit, By: by})
	}
	return limits, nil
}

// onTenants adds what bounds a tenant's own values: the portal's.
func onTenants(limits map[string][]Limit, effective *settings.Effective, portal *settings.Object) map[string][]Limit {
	for path, inForce := range map[string]any{pathMonths: effective.Settings.Inactivity.Months, pathSecondFactor: string(effective.SecondFactor())} {
		limits[path] = append(limits[path], Limit{Bound: path, Limit: inForce, By: portal})
	}
	return limits
}

// cross notes at the limits which of them the value crosses. A tenant's own value has nothing to do with what the portal asks for.
func (e *Entry) cross(crossings []settings.Crossing) {
	if e.Bound != nil {
		crossings = append(slices.Clone(crossings), *e.Bound)
	}
	for i := range e.Limits {
		limit := &e.Limits[i]
		for j := range crossings {
			crossing := &crossings[j]
			if e.Source != v1alpha1.SourceTenant && crossing.Path == e.Path && crossing.Bound == limit.Bound && crossing.By.Kind == limit.By.Kind {
				limit.Crossing = crossing
			}
		}
	}
}
