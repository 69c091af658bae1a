// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"os"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// furnishContent fills a portal with what the pages show that are open to anybody, and with a dealership that is not live.
func (p *portal) furnishContent() {
	p.t.Helper()
	settings := testSettings()
	withRequirements(settings)
	withTopics(settings)
	withFactors(settings)
	for _, title := range []string{"Finance", "Lease and loan", "Shopper assistance", "Service-plan extension", "Online bill payment", "Parts and accessories"} {
		settings.Support.Topics = append(settings.Support.Topics, portalconfig.SupportTopic{Title: title, URL: "https://topics.example/"})
	}
	for _, city := range []string{"Head office", "Detroit", "Los Angeles"} {
		settings.Support.Careers = append(settings.Support.Careers, portalconfig.SupportCareer{Location: city, URL: "https://jobs.example/"})
	}
	settings.Announcements = []portalconfig.Announcement{
		{Title: "Warranty claims close early on Friday", Text: "Send claims of this week by 3 PM.\nLater ones count for next week.", Severity: "Information"},
		{Title: "Stop sale of the Meridian S", Text: "Do not hand over cars built in May before the brake line was checked.", Severity: "Critical", Brands: []string{"meridian"}},
	}
	p.put(settings)
	if err := os.WriteFile(p.logo, []byte(svg), 0o600); err != nil {
		p.t.Fatal(err)
	}
	spec := certifiedSpec(2, portalapi.TenantDocument{Name: "Franchise agreement"}, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2999-12-31"})
	spec.Departments = []portalapi.TenantDepartment{
		{Name: "Service", Mail: "service@lakeside.example", Phone: "+16085550145"}, {Name: "Parts and accessories"}, {Name: "Sales of used cars", Phone: "+16085550146"},
	}
	for i := range 30 {
		spec.DisplayName = fmt.Sprintf("Northstar and Meridian of Longvillage-upon-Riverside %02d", i)
		p.declare(fmt.Sprintf("US-1%02d", i), 1, spec)
	}
	waiting := certifiedSpec(1, portalapi.TenantDocument{Name: "Insurance", ValidUntil: "2020-12-31"})
	p.declare("US-NEW", 1, waiting)
	p.account("newboss", "US-NEW", asAdministrator, "name = 'Nora New'")
	p.account("newuser", "US-NEW")
}

// visitContent opens the pages that are open to anybody in every state, and the checklist.
func (p *portal) visitContent(acceptLanguage string) map[string]answer {
	p.t.Helper()
	in, out, waiting, alex := p.signedIn("robin"), p.browser(), p.browser(), p.signedIn("alex")
	for _, b := range []*browser{in, out, waiting, alex} {
		b.header.Set("Accept-Language", acceptLanguage)
	}
	waiting.signIn("newboss", goodPassword)
	typed := []string{"name", "", "mail", "nobody", "body", "Hello", "website", "x"}
	return map[string]answer{
		"support":                out.get("/support"),
		"support, signed in":     in.get("/support"),
		"write":                  out.get("/support/write"),
		"write, dealership":      out.get("/support/write?dealership=US-100"),
		"write, signed in":       in.get("/support/write"),
		"write, trapped":         out.writes("/support/write", "/support/write", typed...),
		"write, refused":         out.writes("/support/write", "/support/write", typed[:6]...),
		"sent":                   out.get("/support/sent?reference=S-7KQ2-9XWB"),
		"sent, signed in":        in.get("/support/sent?reference=S-7KQ2-9XWB"),
		"careers":                out.get("/careers"),
		"dealerships":            out.get("/dealerships"),
		"dealerships, signed in": in.get("/dealerships"),
		"dealerships, none":      out.get("/dealerships?q=nowhere"),
		"dealership":             out.get("/dealerships/US-100"),
		"brands":                 out.get("/brands"),
		"brand":                  out.get("/brands/meridian"),
		"new dealer":             out.get("/become-a-dealer"),
		"new dealer, signed in":  in.get("/become-a-dealer"),
		"checklist":              waiting.get("/onboarding"),
		"checklist, live":        alex.get("/onboarding"),
		"not live":               out.signIn("newuser", goodPassword),
	}
}
