// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// inForce is a pass over a tenant that is as declared.
func inForce() *scope {
	return &scope{
		tenant:    &v1alpha1.DealerTenant{ObjectMeta: metav1.ObjectMeta{Name: "t", Generation: 3}},
		portal:    &v1alpha1.RegionalPortal{Spec: v1alpha1.RegionalPortalSpec{Market: "US", Audience: v1alpha1.AudienceDealer}},
		effective: &settings.Effective{PublicURL: "https://us.example"},
		inForce:   true,
		row: portalapi.TenantState{
			Accounts: portalapi.AccountCounts{Total: 3, Active: 2, Disabled: 1}, Administrators: 1,
		},
	}
}

func TestConditions(t *testing.T) {
	tests := map[string]struct {
		change func(*scope)
		// want lists the conditions that differ from those of a tenant in force.
		want map[string]string
	}{
		"the portal has it in force": {change: func(*scope) {}},
		"the portal does not take it": {
			change: func(s *scope) { s.inForce, s.refusal = false, &fault{reason: "NotAllowed", stalled: true} },
			want: map[string]string{
				"Attached": "False/NotAllowed", "Synced": "False/NotAllowed", "Ready": "False/NotAllowed", "Stalled": "True/NotAllowed",
				"Reconciling": "False/NotAllowed", "Certified": "Unknown/Unknown", "AdministratorsAvailable": "Unknown/Unknown",
			},
		},
		"the portal is not there yet": {
			change: func(s *scope) {
				s.portal, s.effective, s.inForce, s.refusal = nil, nil, false, &fault{reason: "PortalNotFound"}
			},
			want: map[string]string{
				"Attached": "False/PortalNotFound", "Synced": "False/PortalNotFound", "Ready": "False/PortalNotFound",
				"Reconciling": "True/PortalNotFound", "WithinBounds": "Unknown/Unknown", "Certified": "Unknown/Unknown", "AdministratorsAvailable": "Unknown/Unknown",
			},
		},
		"a value cannot be used": {
			change: func(s *scope) { s.inForce, s.fault = false, &fault{reason: "BrandUnknown", stalled: true} },
			want: map[string]string{
				"Synced": "False/BrandUnknown", "Ready": "False/BrandUnknown", "Stalled": "True/BrandUnknown", "Reconciling": "False/BrandUnknown",
				"Certified": "Unknown/Unknown", "AdministratorsAvailable": "Unknown/Unknown",
			},
		},
		"the portal has not been asked about this generation": {
			change: func(s *scope) { s.inForce = false },
			want: map[string]string{
				"Synced": "Unknown/PortalUnreachable", "Ready": "Unknown/PortalUnreachable", "Reconciling": "True/PortalUnreachable",
				"Certified": "Unknown/Unknown", "AdministratorsAvailable": "Unknown/Unknown",
			},
		},
		"the portal does not answer after it has confirmed this generation": {
			change: func(s *scope) {
				s.tenant.Status = s.compute()
				s.inForce, s.effective = false, nil
			},
		},
		"the portal does not answer after it has confirmed an older generation": {
			change: func(s *scope) {
				s.tenant.Status = s.compute()
				s.tenant.Generation, s.inForce = 4, false
			},
			want: map[string]string{
				"Synced": "Unknown/PortalUnreachable", "Ready": "Unknown/PortalUnreachable", "Reconciling": "True/PortalUnreachable",
				"Certified": "Unknown/Unknown", "AdministratorsAvailable": "Unknown/Unknown",
			},
		},
		"a laxer value is clamped": {
			change: func(s *scope) { s.clamped = "12 months" },
			want:   map[string]string{"WithinBounds": "False/Clamped"},
		},
		"a requirement is not met": {
			change: func(s *scope) { s.row.MissingRequirements = []string{"a document"} },
			want:   map[string]string{"Certified": "False/RequirementsMissing"},
		},
		"a requirement is not met any more": {
			change: func(s *scope) { s.row.MissingRequirements, s.row.Live = []string{"a document"}, true },
			want:   map[string]string{"Certified": "False/RequirementsMissing"},
		},
		"the pods are of a release that knows no requirements": {
			change: func(s *scope) {
				s.effective.Settings.Requirements = &portalconfig.Requirements{Documents: []string{"a document"}}
			},
			want: map[string]string{"Certified": "Unknown/Unknown"},
		},
		"what is required is met": {
			change: func(s *scope) {
				s.effective.Settings.Requirements, s.row.Live = &portalconfig.Requirements{Documents: []string{"a document"}}, true
			},
		},
		"nobody administers": {
			change: func(s *scope) { s.row.Administrators = 0 },
			want:   map[string]string{"AdministratorsAvailable": "False/NoAdministrator"},
		},
		"the only one who administers is dormant": {
			change: func(s *scope) { s.row.AdministratorDormant = true },
			want:   map[string]string{"AdministratorsAvailable": "False/AdministratorDormant"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{
				"Ready": "True/Reconciled", "Reconciling": "False/Reconciled", "Stalled": "False/AsExpected", "Attached": "True/AsExpected",
				"Synced": "True/Reconciled", "WithinBounds": "True/AsExpected", "Certified": "True/AsExpected", "AdministratorsAvailable": "True/AsExpected",
			}
			for kind, status := range test.want {
				want[kind] = status
			}
			s := inForce()
			test.change(s)
			got := map[string]string{}
			for _, condition := range s.compute().Conditions {
				got[condition.Type] = string(condition.Status) + "/" + condition.Reason
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Unexpected conditions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatLacksIsListed keeps what a portal reports, cut to what a status holds, and says whether people can sign in.
func TestWhatLacksIsListed(t *testing.T) {
	for live, says := range map[bool]string{false: "only its administrators can sign in", true: "its people sign in as before"} {
		s := inForce()
		s.row.Live = live
		s.row.MissingRequirements = append([]string{"2 engine technicians", strings.Repeat("é", 300)}, make([]string, 100)...)
		status := s.compute()
		missing := status.MissingRequirements
		if len(missing) != 64 || missing[0] != "2 engine technicians" || utf8.RuneCountInString(missing[1]) != 200 {
			t.Errorf("%d items, want 64 of at most 200 characters: %q", len(missing), missing[:2])
		}
		if message := meta.FindStatusCondition(status.Conditions, "Certified").Message; !strings.Contains(message, says) {
			t.Errorf("live %t: %q does not say that %s", live, message, says)
		}
		s.tenant.Status, s.row.MissingRequirements = status, nil
		if left := s.compute().MissingRequirements; len(left) != 0 {
			t.Errorf("nothing lacks any more, but %q is listed", left)
		}
	}
}

func TestStatusTellsWhatThePortalReported(t *testing.T) {
	status := inForce().compute()
	want := v1alpha1.DealerTenantStatus{
		ObservedGeneration: 3, SyncedGeneration: 3, URL: "https://us.example",
		Portal:     &v1alpha1.TenantPortal{Market: "US", Audience: v1alpha1.AudienceDealer},
		Accounts:   &v1alpha1.TenantAccounts{AccountCounts: v1alpha1.AccountCounts{Total: 3, Active: 2, Disabled: 1}, Administrators: 1},
		Conditions: status.Conditions,
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("Unexpected status (-want +got):\n%s", diff)
	}
}

func TestAPortalThatDoesNotAnswerChangesNothing(t *testing.T) {
	s := inForce()
	s.tenant.Status = s.compute()
	s.inForce, s.effective, s.row = false, nil, portalapi.TenantState{}
	if diff := cmp.Diff(s.tenant.Status, s.compute()); diff != "" {
		t.Errorf("The status of a confirmed tenant changed (-before +after):\n%s", diff)
	}
}
