// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Report says why every value of a portal, or of a tenant, is as it is.
type Report struct {
	// Object that the values are of.
	Object settings.Object `json:"object"`
	// Class of the portal, and for a tenant the Portal that it belongs to.
	Class  *settings.Object `json:"class"`
	Portal *settings.Object `json:"portal,omitempty"`
	// Problems keep the values from coming into force until somebody mends them; each names field, value and cure.
	Problems []string `json:"problems,omitempty"`
	// Values in the order of the API.
	Values []Entry `json:"values"`
}

// Entry is a value, where it came from and what speaks of it.
type Entry struct {
	settings.Value
	// Note says what else decides over the value.
	Note string `json:"note,omitempty"`
	// Limits are all bounds that speak of the value, whether it crosses them or not.
	Limits []Limit `json:"limits,omitempty"`
	// About is what the API says of the field.
	About string `json:"about,omitempty"`
}

// Limit is a bound that is set.
type Limit struct {
	// Bound is its path below the spec of the object By.
	Bound string           `json:"bound"`
	Limit any              `json:"limit"`
	By    *settings.Object `json:"by"`
	// Crossing says what becomes of a value that crosses the bound; nil when the value keeps to it.
	Crossing *settings.Crossing `json:"crossing,omitempty"`
}

// Text is the value in force as people write it.
func (e Entry) Text() string { return settings.Text(e.Value.Value) }

// Subject is what a report is made of.
type Subject struct {
	Class  *v1alpha1.PortalClass
	Portal *v1alpha1.RegionalPortal
	// Tenant of the portal; nil for a report on the portal itself.
	Tenant *v1alpha1.DealerTenant
	// Namespace has the labels of the portal's namespace; nil when they are not known, and the class is taken to admit it.
	Namespace labels.Set
	// At is the time that the report is for: a boost ends by itself. Without it nothing is said of that.
	At time.Time
}

// Explain makes the report.
func Explain(s Subject) (*Report, error) {
	fields, err := loadFields()
	if err != nil {
		return nil, err
	}
	effective, faults := settings.Explain(s.Class, s.Portal)
	class := &settings.Object{Kind: "PortalClass", Name: s.Class.Name, Generation: s.Class.Generation}
	portal := &settings.Object{Kind: "RegionalPortal", Namespace: s.Portal.Namespace, Name: s.Portal.Name, Generation: s.Portal.Generation}
	report := &Report{Object: *portal, Class: class, Problems: s.problems(effective, faults)}
	limits, err := limitsOf(s.Class, class, effective.Database.Type)
	if err != nil {
		return nil, err
	}
	values := effective.Values
	if s.Tenant != nil {
		report.Object = settings.Object{Kind: "DealerTenant", Namespace: s.Tenant.Namespace, Name: s.Tenant.Name, Generation: s.Tenant.Generation}
		report.Portal = portal
		values = settings.ExplainTenant(effective, s.Tenant)
		limits = onTenants(limits, effective, portal)
	}
	for _, v := range values {
		entry := Entry{Value: v, Limits: limits[v.Path], About: fields.about(report.Object.Kind, v.Path)}
		if s.Tenant == nil {
			entry.Value, entry.Note = s.asWritten(v), s.note(v.Path, effective)
		}
		entry.cross(effective.Crossings)
		report.Values = append(report.Values, entry)
	}
	return report, nil
}

// problems are what keeps the values from coming into force.
func (s Subject) problems(effective *settings.Effective, faults *settings.Faults) []string {
	var found []string
	namespace := s.Namespace
	if namespace == nil && settings.SelectsNamespaces(s.Class) {
		if err := settings.ValidateClass(s.Class); err != nil {
			found = append(found, fmt.Sprintf("PortalClass %s: %s", s.Class.Name, err))
		}
	} else if err := settings.Usable(s.Class, s.Portal.Namespace, namespace); err != nil {
		found = append(found, err.Error())
	}
	for _, fault := range faults.List {
		found = append(found, fault.String())
	}
	for _, crossing := range effective.Refused() {
		found = append(found, crossing.String())
	}
	if s.Tenant == nil {
		return found
	}
	for i := range found {
		found[i] = fmt.Sprintf("RegionalPortal %s: %s", s.Portal.Name, found[i])
	}
	if _, verdict := settings.Tenant(effective, s.Tenant); verdict.Faults != nil {
		for _, fault := range verdict.Faults.List {
			found = append(found, fault.String())
		}
	}
	return found
}

// At narrows a report to the values at or below a path; one says that the path names a single value. Lists and maps are one
// value: a path into them means the whole. Without a match the report is nil.
func (r *Report) At(path string) (narrowed *Report, one bool) {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "spec."), ".")
	all := *r
	all.Values = nil
	if path == "" || path == "spec" {
		all.Values = r.Values
		return &all, false
	}
	for _, v := range r.Values {
		switch {
		case v.Path == path || strings.HasPrefix(path, v.Path+".") || strings.HasPrefix(path, v.Path+"["):
			all.Values = []Entry{v}
			return &all, true
		case strings.HasPrefix(v.Path, path+"."):
			all.Values = append(all.Values, v)
		}
	}
	if len(all.Values) == 0 {
		return nil, false
	}
	return &all, false
}

// Paths are all paths that At knows: of values and of their groups.
func (r *Report) Paths() []string {
	var paths []string
	for _, v := range r.Values {
		for i, letter := range v.Path {
			if group := v.Path[:i]; letter == '.' && !slices.Contains(paths, group) {
				paths = append(paths, group)
			}
		}
		paths = append(paths, v.Path)
	}
	return paths
}

// Known are all paths that reports on portals know, or those on tenants.
func Known(tenant bool) ([]string, error) {
	subject := Subject{Class: &v1alpha1.PortalClass{}, Portal: &v1alpha1.RegionalPortal{}}
	if tenant {
		subject.Tenant = &v1alpha1.DealerTenant{}
	}
	report, err := Explain(subject)
	if err != nil {
		return nil, err
	}
	return report.Paths(), nil
}
