// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Crossing is a value that a bound of the class does not allow.
type Crossing struct {
	// Path of the value below spec, for example inactivity.months.
	Path string `json:"path"`
	// Source of the value.
	Source v1alpha1.ValueSource `json:"source"`
	// Wanted is what the source says, InForce what holds instead. They are equal when the value is refused, since then nothing
	// new comes into force, and with Audit.
	Wanted  any `json:"wanted"`
	InForce any `json:"inForce"`
	// Bound is the path of the bound below the spec of the object By, for example bounds.inactivity.maxMonths, and Limit its value.
	Bound string `json:"bound"`
	Limit any    `json:"limit"`
	// By is the object that sets the bound: the portal's class, or the tenant's portal.
	By *Object `json:"by"`
	// Reckoning says how the bound judges a value that is only part of what it limits; empty where it limits the value itself.
	Reckoning string `json:"reckoning,omitempty"`
	// Cure says what to write instead where the limit alone does not.
	Cure string `json:"cure,omitempty"`
	// Refused is true for bounds that do not clamp.
	Refused bool `json:"refused,omitempty"`
	// Audit is true when the class only reports.
	Audit bool `json:"audit,omitempty"`
}

// String gives the crossing as one line: field, wanted, in force, bound and class.
func (c Crossing) String() string {
	bound := fmt.Sprintf("spec.%s of %s is %s", c.Bound, c.By, few(c.Limit))
	wanted := Text(c.Wanted)
	if c.Reckoning != "" {
		wanted += " " + c.Reckoning
	}
	if c.Cure != "" {
		bound += "; " + c.Cure
	}
	switch {
	case c.Refused && c.Audit:
		return fmt.Sprintf("spec.%s: %s would be refused: %s", c.Path, wanted, bound)
	case c.Refused:
		return fmt.Sprintf("spec.%s: %s is refused: %s", c.Path, wanted, bound)
	case c.Audit:
		return fmt.Sprintf("spec.%s: %s would not be in force: %s", c.Path, Text(c.Wanted), bound)
	default:
		return fmt.Sprintf("spec.%s: %s is wanted, %s is in force: %s", c.Path, Text(c.Wanted), Text(c.InForce), bound)
	}
}

// few gives a limit as text; of a long list only the beginning, since the bound itself has it all.
func few(limit any) string {
	const most = 5
	if list, ok := limit.([]string); ok && len(list) > most {
		return fmt.Sprintf("%s and %d more", Text(list[:most]), len(list)-most)
	}
	return Text(limit)
}

// Refusal is the error for values that bounds of the class refuse: what is in force stays until they are mended.
type Refusal struct {
	Crossings []Crossing
}

// Error gives all refused values in one line.
func (r *Refusal) Error() string { return Lines(r.Crossings) }

// Audits says whether the bounds of a class only report.
func Audits(class *v1alpha1.PortalClass) bool {
	return class.Spec.Bounds != nil && class.Spec.Bounds.Mode == v1alpha1.BoundsAudit
}

// Lines gives crossings in one line.
func Lines(crossings []Crossing) string {
	texts := make([]string, 0, len(crossings))
	for _, crossing := range crossings {
		texts = append(texts, crossing.String())
	}
	return strings.Join(texts, " | ")
}

// bounder puts the bounds of a class in force.
type bounder struct {
	*merged
	class     *Object
	audit     bool
	crossings []Crossing
}

// bound clamps what the layers say to the bounds of a class and lists every crossing.
func (m *merged) bound(class *v1alpha1.PortalClass) []Crossing {
	bounds := class.Spec.Bounds
	if bounds == nil {
		return nil
	}
	b := &bounder{merged: m, class: classObject(class), audit: Audits(class)}
	b.replicas(bounds.Replicas)
	b.images(bounds)
	b.hosts(bounds.HostnameSuffixes)
	if auth := bounds.Auth; auth != nil {
		b.signIn(auth)
	}
	if inactivity := bounds.Inactivity; inactivity != nil {
		b.inactivity(inactivity)
	}
	if network := bounds.Network; network != nil && isTrue(network.RequireStrict) && m.Network.Mode != v1alpha1.NetworkStrict {
		b.refuse("network.mode", string(m.Network.Mode), "bounds.network.requireStrict", true)
	}
	b.connections(bounds)
	return b.crossings
}

func (b *bounder) inactivity(bounds *v1alpha1.InactivityBounds) {
	inactivity := b.Inactivity
	b.atMost("inactivity.months", &inactivity.Months, "bounds.inactivity.maxMonths", bounds.MaxMonths)
	b.atMost("inactivity.maxDisabledPercentPerRun", &inactivity.MaxDisabledPercentPerRun,
		"bounds.inactivity.maxDisabledPercentPerRun", bounds.MaxDisabledPercentPerRun)
	if isTrue(bounds.RequireEnforce) && inactivity.Mode != v1alpha1.InactivityEnforce {
		if b.cross("inactivity.mode", string(inactivity.Mode), string(v1alpha1.InactivityEnforce), "bounds.inactivity.requireEnforce", true) {
			inactivity.Mode = v1alpha1.InactivityEnforce
		}
	}
	if least := bounds.MinWarnings; least != nil && len(inactivity.WarnDaysBefore) < int(*least) {
		enough := fillWarnings(inactivity.WarnDaysBefore, int(*least))
		if b.cross("inactivity.warnDaysBefore", inactivity.WarnDaysBefore, enough, "bounds.inactivity.minWarnings", *least) {
			inactivity.WarnDaysBefore = enough
		}
	}
}

// fillWarnings adds the built-in warnings that are lacking, the earliest first, until there are enough.
func fillWarnings(days []int32, least int) []int32 {
	filled := slices.Clone(days)
	for _, day := range builtin().Inactivity.WarnDaysBefore {
		if len(filled) < least && !slices.Contains(filled, day) {
			filled = append(filled, day)
		}
	}
	slices.Sort(filled)
	slices.Reverse(filled)
	return filled
}

// images refuses images that are not named as the class wants. A name that cannot be read is a fault already.
func (b *bounder) images(bounds *v1alpha1.ClassBounds) {
	named, readable := parseImage(b.Image)
	if !readable {
		return
	}
	if isTrue(bounds.RequireDigest) && named.digest == "" {
		b.refuse("image", b.Image, "bounds.requireDigest", true)
	}
	if allowed := bounds.AllowedRegistries; len(allowed) > 0 && !named.below(allowed) {
		b.refuse("image", b.Image, "bounds.allowedRegistries", allowed)
	}
}

// hosts refuses hosts outside the domains of the class. A port, which only development has, does not count.
func (b *bounder) hosts(suffixes []string) {
	if len(suffixes) == 0 || b.Hostname == "" {
		return
	}
	const bound = "bounds.hostnameSuffixes"
	if !below(b.Hostname, suffixes) {
		b.refuse("hostname", b.Hostname, bound, suffixes)
	}
	outside := slices.DeleteFunc(slices.Clone(b.Aliases), func(alias string) bool { return below(alias, suffixes) })
	if len(outside) > 0 {
		b.refuse("aliases", outside, bound, suffixes)
	}
}

// below says whether a host is one of the domains or below one of them.
func below(host string, domains []string) bool {
	name := HostName(host)
	return slices.ContainsFunc(domains, func(domain string) bool { return name == domain || strings.HasSuffix(name, "."+domain) })
}

// atLeast raises a value to a limit.
func (b *bounder) atLeast(path string, value **int32, bound string, limit *int32) {
	if limit != nil && **value < *limit && b.cross(path, **value, *limit, bound, *limit) {
		*value = new(*limit)
	}
}

// atMost lowers a value to a limit.
func (b *bounder) atMost(path string, value **int32, bound string, limit *int32) {
	if limit != nil && **value > *limit && b.cross(path, **value, *limit, bound, *limit) {
		*value = new(*limit)
	}
}

// cross notes that a value crosses a bound and says whether the bound is to be put in force.
func (b *bounder) cross(path string, wanted, inForce any, bound string, limit any) bool {
	if b.audit {
		inForce = wanted
	}
	b.crossings = append(b.crossings, Crossing{
		Path: path, Source: b.originOf(path), Wanted: wanted, InForce: inForce, Bound: bound, Limit: limit, By: b.class, Audit: b.audit,
	})
	return !b.audit
}

// refuse notes a value that cannot be clamped.
func (b *bounder) refuse(path string, wanted any, bound string, limit any) {
	b.crossings = append(b.crossings, Crossing{
		Path: path, Source: b.originOf(path), Wanted: wanted, InForce: wanted, Bound: bound, Limit: limit, By: b.class, Refused: true, Audit: b.audit,
	})
}

func isTrue(flag *bool) bool { return flag != nil && *flag }
