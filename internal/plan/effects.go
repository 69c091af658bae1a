// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/forecourt-dev/forecourt/internal/settings"
)

// aspects are the parts of the effective settings that make up each effect.
var aspects = []struct {
	effect Effect
	of     func(*settings.Effective) []any
}{
	{Exposure, func(e *settings.Effective) []any {
		return []any{e.PublicURL, e.Aliases, e.Exposure, e.TrustedProxyHops, e.Network.Mode, e.Network.IngressFrom}
	}},
	{Auth, func(e *settings.Effective) []any { return []any{e.Settings.Auth, e.SSO} }},
	{AccountPolicy, func(e *settings.Effective) []any {
		return []any{e.Settings.Inactivity, e.Schedule, e.Settings.TimeZone}
	}},
	{Content, func(e *settings.Effective) []any {
		s := e.Settings
		return []any{s.DisplayName, s.Brands, s.Locales, s.TimeZone, s.AccentColor, s.Support, s.Announcements, e.Logo}
	}},
	{Mail, func(e *settings.Effective) []any { return []any{e.Mail, e.SMS} }},
	{Egress, func(e *settings.Effective) []any { return []any{e.Network.Mode, e.Network.Egress} }},
	{Workload, func(e *settings.Effective) []any {
		return []any{e.Release, e.Workload, e.Replicas, e.Autoscaling, e.Boost}
	}},
	{Database, func(e *settings.Effective) []any { return []any{e.Database} }},
	{Attachment, func(e *settings.Effective) []any { return []any{e.Tenants, e.Settings.Requirements} }},
	{Retention, func(e *settings.Effective) []any { return []any{e.DeletionPolicy} }},
	{Bounds, func(e *settings.Effective) []any { return []any{settings.Lines(e.Crossings)} }},
}

// effects lists what differs between two states.
func effects(before, after *settings.Effective) []Effect {
	var list []Effect
	for _, aspect := range aspects {
		if !same(aspect.of(before), aspect.of(after)) {
			list = append(list, aspect.effect)
		}
	}
	return list
}

// values lists the values that differ between two states. Both list every path of the API in the same order.
func values(before, after *settings.Effective) []ValueChange {
	was := make(map[string]settings.Value, len(before.Values))
	for _, v := range before.Values {
		was[v.Path] = v
	}
	var list []ValueChange
	for _, v := range after.Values {
		if old := was[v.Path]; !same(old.Value, v.Value) {
			change := ValueChange{Path: v.Path, Before: old.Value, After: v.Value, Source: v.Source}
			if v.Bound != nil && !v.Bound.Refused && !v.Bound.Audit {
				change.Bound = v.Bound.Bound
			}
			list = append(list, change)
		}
	}
	return list
}

// same says whether two values mean the same.
func same(a, b any) bool {
	equalities := equality.Semantic.Copy()
	_ = equalities.AddFunc(time.Time.Equal)
	return equalities.DeepEqual(a, b)
}
