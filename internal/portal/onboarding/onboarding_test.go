// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package onboarding_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/onboarding"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestMissing(t *testing.T) {
	required := &portalconfig.Requirements{
		Technicians: portalconfig.Technicians{Electrical: 2, Engine: 1}, Documents: []string{"Dealer agreement", "Insurance"},
	}
	staffed := portalconfig.Technicians{Electrical: 2, Engine: 1}
	papers := func(documents ...portalapi.TenantDocument) *portalapi.TenantCertification {
		return &portalapi.TenantCertification{Technicians: staffed, Documents: documents}
	}
	agreement := portalapi.TenantDocument{Name: "Dealer agreement"}
	for name, test := range map[string]struct {
		required *portalconfig.Requirements
		has      *portalapi.TenantCertification
		want     []string
	}{
		"a market that requires nothing": {nil, nil, nil},
		"empty requirements":             {&portalconfig.Requirements{}, nil, nil},
		"nothing is declared": {required, nil, []string{
			"electrical technicians: 0 of 2", "engine technicians: 0 of 1", "Dealer agreement: missing", "Insurance: missing",
		}},
		"everything is there":       {required, papers(agreement, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2027-01-31"}), nil},
		"more than enough is there": {required, &portalapi.TenantCertification{Technicians: portalconfig.Technicians{Electrical: 9, Engine: 9, Chassis: 3}, Documents: papers(agreement, portalapi.TenantDocument{Name: "Insurance"}, portalapi.TenantDocument{Name: "Lease"}).Documents}, nil},
		"one technician is missing": {required, &portalapi.TenantCertification{
			Technicians: portalconfig.Technicians{Electrical: 1, Engine: 1},
			Documents:   papers(agreement, portalapi.TenantDocument{Name: "Insurance"}).Documents,
		}, []string{"electrical technicians: 1 of 2"}},
		"a document's last day is today":      {required, papers(agreement, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2026-07-01"}), nil},
		"a document's last day was yesterday": {required, papers(agreement, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2026-06-30"}), []string{"Insurance: expired on 2026-06-30"}},
		"the renewed one counts": {required, papers(
			agreement, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2027-06-30"}, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2026-06-30"}), nil},
		"one without an end counts, whatever comes after it": {required, papers(
			portalapi.TenantDocument{Name: "Insurance"}, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2026-06-30"}, agreement), nil},
		"names are compared exactly": {required, papers(agreement, portalapi.TenantDocument{Name: "insurance"}), []string{"Insurance: missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := onboarding.Sentences(onboarding.Missing(onboarding.Checklist(test.required, test.has, "2026-07-01")))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

// The market's time zone decides the day on which a document ends.
func TestDay(t *testing.T) {
	at := time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"UTC": "2026-07-01", "America/Chicago": "2026-06-30", "Asia/Tokyo": "2026-07-01", "Pacific/Kiritimati": "2026-07-01", "No/Such": "2026-07-01",
	} {
		if got := onboarding.Day(at, zone); got != want {
			t.Errorf("%s: got %s, want %s", zone, got, want)
		}
	}
}
