// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func withRequirements(s *portalconfig.Settings) {
	s.Requirements = &portalconfig.Requirements{Technicians: portalconfig.Technicians{Electrical: 2, Engine: 1}, Documents: []string{"Franchise agreement", "Insurance"}}
}

// certifiedSpec is a dealership with so many electricians and documents.
func certifiedSpec(electrical int32, documents ...portalapi.TenantDocument) portalapi.TenantSpec {
	spec := lakeside()
	spec.Certification = &portalapi.TenantCertification{
		Technicians: portalconfig.Technicians{Electrical: electrical, Engine: 1}, Documents: documents,
	}
	return spec
}

func TestUntilADealershipIsLiveAdministratorsSeeTheChecklistAndNothingElse(t *testing.T) {
	p := newPortal(t, publicURL, withRequirements)
	agreement := portalapi.TenantDocument{Name: "Franchise agreement"}
	p.declare("US-1", 1, certifiedSpec(1, agreement, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2020-03-01"}))
	p.account("boss", "US-1", "role = 'administrator'")
	p.account("robin", "US-1")
	b := p.browser()
	b.signIn("boss", goodPassword).redirects(t, "/")
	b.get("/").redirects(t, "/onboarding")
	page := b.get("/onboarding")
	page.shows(t, http.StatusOK, "Almost there", "Electrical", "1 of 2 on record", "Engine", "Franchise agreement", "On record, without an end", "Insurance", "Ended on March 1, 2020", "2 of 4 requirements met", "Dealer Service Desk")
	page.lacks(t, "Chassis", "People", "Profile")

	_, signedIn := web.Routes(p.handler)
	token := b.token("/onboarding")
	for _, route := range signedIn {
		method, path, _ := strings.Cut(route, " ")
		if route == "GET /onboarding" || route == "GET /session" || route == "POST /sign-out" {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{id}", "0", "{slot}", "mail", "{code}", "0", "{name}", "x").Replace(path)
		got := b.do(method, path, url.Values{"token": {token}})
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/onboarding" {
			t.Errorf("%s: status %d to %q, want the checklist", route, got.status, got.header.Get("Location"))
		}
	}
	b.get("/support").shows(t, http.StatusOK, "Dealer Service Desk", "Checklist")

	p.browser().signIn("robin", goodPassword).shows(t, http.StatusForbidden, "Your dealership is not open yet", "Lakeside")
	p.browser().signIn("robin", "wrong").lacks(t, "not open yet")
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM audit_events WHERE event = 'authn_login_refused' AND reason = 'NotLive'"); n != 1 {
		t.Errorf("%d refusals are audited, want 1", n)
	}
	storetest.Exec(t, p.db, "UPDATE accounts SET role = 'user' WHERE username = 'boss'")
	b.get("/").shows(t, http.StatusForbidden, "Your dealership is not open yet")
	b.get("/onboarding").shows(t, http.StatusForbidden, "Your dealership is not open yet")
	storetest.Exec(t, p.db, "UPDATE accounts SET role = 'administrator' WHERE username = 'boss'")

	p.declare("US-1", 2, certifiedSpec(2, agreement, portalapi.TenantDocument{Name: "Insurance"}))
	b.get("/").shows(t, http.StatusOK, "Lakeside", "People")
	b.get("/onboarding").shows(t, http.StatusOK, "has everything", "4 of 4")
	p.signedIn("robin").get("/").shows(t, http.StatusOK, "Lakeside")
}

func TestALaterShortfallOnlyWarns(t *testing.T) {
	p := newPortal(t, publicURL, withRequirements)
	spec := certifiedSpec(2, portalapi.TenantDocument{Name: "Franchise agreement"}, portalapi.TenantDocument{Name: "Insurance"})
	p.declare("US-1", 1, spec)
	p.account("boss", "US-1", "role = 'administrator'")
	p.account("robin", "US-1")
	b := p.signedIn("boss")
	b.get("/").lacks(t, "requirement of the market")
	p.declare("US-1", 2, certifiedSpec(1, spec.Certification.Documents...))
	b.get("/").shows(t, http.StatusOK, "1 requirement of the market is not met", "Open the checklist", "People")
	b.get("/onboarding").shows(t, http.StatusOK, "Something is missing again", "1 of 2 on record", "Home")
	robin := p.signedIn("robin")
	robin.get("/").shows(t, http.StatusOK)
	robin.get("/").lacks(t, "requirement of the market")
	robin.get("/onboarding").shows(t, http.StatusNotFound)
}

func TestADealershipGoesLiveWithWeakerRequirements(t *testing.T) {
	p := newPortal(t, publicURL, withRequirements)
	p.declare("US-1", 1, certifiedSpec(0))
	p.account("boss", "US-1", "role = 'administrator'")
	b := p.browser()
	b.signIn("boss", goodPassword)
	b.get("/").redirects(t, "/onboarding")
	p.put(testSettings())
	b.get("/onboarding").redirects(t, "/")
	b.get("/").shows(t, http.StatusOK, "Lakeside")
}

func TestCorporatePeopleHaveNoChecklist(t *testing.T) {
	p := newPortal(t, publicURL, withRequirements)
	p.account("olivia", "")
	b := p.signedIn("olivia")
	b.get("/").shows(t, http.StatusOK)
	b.get("/onboarding").shows(t, http.StatusNotFound)
}
