// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Story tells of a value of the report in sentences: what is in force, who asked for it, what everybody else says and why that
// does not count, and which bounds speak of it.
func (r *Report) Story(v Entry) []string {
	story := []string{r.inForce(v)}
	story = append(story, r.layers(v)...)
	if v.Note != "" {
		story = append(story, v.Note)
	}
	return append(story, r.bounds(v)...)
}

// inForce is the first sentence.
func (r *Report) inForce(v Entry) string {
	switch {
	case len(v.Layers) == 0 && v.Note != "":
		return v.Path + " does not count."
	case len(v.Layers) == 0:
		return v.Path + " is not set: nobody sets it, and there is no default."
	case len(r.Problems) > 0:
		return fmt.Sprintf("%s would be %s, but nothing new comes into force until every problem is mended.", v.Path, v.Text())
	default:
		return fmt.Sprintf("%s is %s.", v.Path, v.Text())
	}
}

// layers tell what everybody says, the highest first.
func (r *Report) layers(v Entry) []string {
	var story []string
	for i := range slices.Backward(v.Layers) {
		story = append(story, v.layer(i))
	}
	fitted := v.Path == settings.PathReplicas || v.Path == settings.PathBoost
	if winner := len(v.Layers) - 1; fitted && winner >= 0 && v.Bound == nil && settings.Text(v.Layers[winner].Value) != v.Text() {
		story = append(story, fmt.Sprintf("An Embedded database allows one pod, so %s is in force.", v.Text()))
	}
	if silent := r.silent(v); len(silent) > 0 {
		story = append(story, strings.Join(silent, " and ")+" could set it and "+does(len(silent))+" not.")
	}
	return story
}

// layer tells what one of those who set the value says, and whether it counts.
func (e Entry) layer(i int) string {
	says, winner := e.Layers[i], len(e.Layers)-1
	value, builtIn := settings.Text(says.Value), says.Source == v1alpha1.SourceBuiltIn
	laxerTenant := e.Layers[winner].Source == v1alpha1.SourceTenant && e.Source != v1alpha1.SourceTenant
	switch {
	case i == winner && builtIn:
		return fmt.Sprintf("It is the built-in default, %s.", value)
	case i == winner:
		return fmt.Sprintf("%s sets it to %s, in %s.", speaker(says), value, field(says, e.Path))
	case i == winner-1 && laxerTenant:
		return fmt.Sprintf("%s says %s, which counts for the portal, and a tenant can only be stricter.", speaker(says), value)
	case builtIn:
		return fmt.Sprintf("The built-in default, %s, does not count: %s sets it.", value, e.Layers[i+1].Object)
	default:
		return fmt.Sprintf("%s says %s in %s, which does not count: %s goes first.", speaker(says), value, field(says, e.Path), e.Layers[i+1].Object)
	}
}

// silent are the objects that could set a value and do not.
func (r *Report) silent(v Entry) []string {
	said := map[v1alpha1.ValueSource]bool{}
	for _, says := range v.Layers {
		said[says.Source] = true
	}
	var silent []string
	could := func(source v1alpha1.ValueSource, object *settings.Object, able bool) {
		if able && !said[source] {
			silent = append(silent, object.String())
		}
	}
	tenants := r.Portal != nil
	policy := !tenants || slices.ContainsFunc([]string{"auth.", "inactivity."}, func(group string) bool { return strings.HasPrefix(v.Path, group) })
	could(v1alpha1.SourceTenant, &r.Object, tenants && (!policy || settings.OfTenants(v.Path)))
	portal := &r.Object
	if tenants {
		portal = r.Portal
	}
	could(v1alpha1.SourcePortal, portal, policy)
	could(v1alpha1.SourceClass, r.Class, policy && defaulted(v.Path) && (v.Note == "" || len(v.Layers) > 0))
	return silent
}

// defaulted says whether a class can set a value.
func defaulted(path string) bool {
	group, _, _ := strings.Cut(path, ".")
	return !strings.HasPrefix(path, groupBoost) && slices.Contains([]string{"replicas", "scaling", "workload", "exposure", "auth", "inactivity", "network", "notify", "branding"}, group)
}

func does(number int) string {
	if number == 1 {
		return "does"
	}
	return "do"
}

// speaker is the version of an object that says something.
func speaker(says settings.Setting) string {
	switch {
	case says.Object == nil:
		return "The built-in default"
	case says.Object.Generation == 0:
		return says.Object.String()
	default:
		return fmt.Sprintf("%s (generation %d)", says.Object, says.Object.Generation)
	}
}

// field is where an object says it.
func field(says settings.Setting, path string) string {
	if says.Source != v1alpha1.SourceClass {
		return "spec." + path
	}
	switch path {
	case "image":
		return "spec.release.image"
	case "imageVersion":
		return "spec.release.version"
	}
	return "spec.defaults." + path
}

// bounds tell which bounds speak of the value and what they do to it.
func (r *Report) bounds(v Entry) []string {
	if len(v.Limits) == 0 {
		return []string{fmt.Sprintf("No bound of %s speaks of it.", r.Class)}
	}
	var story []string
	for _, limit := range v.Limits {
		bound := fmt.Sprintf("spec.%s of %s", limit.Bound, limit.By)
		switch crossing := limit.Crossing; {
		case crossing != nil && crossing.Audit:
			story = append(story, fmt.Sprintf("%s. %s only reports it: its spec.bounds.mode is Audit.", crossing, limit.By))
		case crossing != nil:
			story = append(story, crossing.String()+".")
		case v.Value.Value == nil:
			story = append(story, fmt.Sprintf("%s, %s, would bound it.", bound, settings.Text(limit.Limit)))
		default:
			story = append(story, fmt.Sprintf("It keeps to %s, which is %s.", bound, settings.Text(limit.Limit)))
		}
	}
	return story
}
