// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// usedMonthsAgo puts the last use that many months back, and a few days more.
func usedMonthsAgo(months, days int) string {
	at := time.Now().AddDate(0, -months, -days).UnixMicro()
	return fmt.Sprintf("activity_at = %d, last_sign_in_at = %d", at, at)
}

func TestUnusedAccounts(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL)
		ids := p.staff()
		for name, change := range map[string]string{
			"Over Due": usedMonthsAgo(7, 0), "Soon Due": usedMonthsAgo(5, 20), "Later Due": usedMonthsAgo(4, 0), "Fresh Face": usedMonthsAgo(1, 0),
			"Spared Soul": usedMonthsAgo(8, 0) + ", exempt_until = 4102444800000000, exempt_reason = 'Sabbatical'",
			"Gone Lately": usedMonthsAgo(6, 5) + fmt.Sprintf(", status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = %d", time.Now().UnixMicro()),
		} {
			p.account(strings.ToLower(strings.ReplaceAll(name, " ", "-")), "US-04211", "name = '"+name+"'", change)
		}
		p.account("foreign", "US-2", "name = 'Foreign User'", usedMonthsAgo(9, 0))
		alex, dana := p.signedIn("alex"), p.signedIn("dana")
		storetest.Exec(t, db, "UPDATE accounts SET "+usedMonthsAgo(5, 20)+" WHERE id = $1", ids["boss"])
		storetest.Exec(t, db, "UPDATE accounts SET "+usedMonthsAgo(8, 0)+" WHERE id = $1", ids["kim"])
		p.account("second", "US-2", asAdministrator)

		page := alex.get("/people/inactivity")
		page.shows(t, http.StatusOK, "Accounts of Lakeside Northstar of Madison.", "for now the policy only observes",
			"Due within 30 days", "Over Due", "Soon Due", "Spared Soul", "Sabbatical", "an import", "Gone Lately")
		page.lacks(t, "Later Due", "Fresh Face", "Foreign User", "Billie Boss", "Sam Elsewhere", "By dealership")
		for label, n := range map[string]string{"Due already": "2", "Within 7 days": "2", "Within 30 days": "3", "Within 90 days": "4"} {
			if !strings.Contains(page.text(), n+" "+label) {
				t.Errorf("the page does not count %s %s: %s", n, label, page.text()) // Kim among them
			}
		}
		alex.get("/people/inactivity?days=90").shows(t, http.StatusOK, "Due within 90 days", "Later Due")
		alex.get("/people/inactivity?days=7").lacks(t, "Soon Due")
		alex.get("/people/inactivity?days=-1&dealer=US-2&group=office").lacks(t, "Foreign User", "Olivia Office")
		alex.get("/people/inactivity?after=1.%27").shows(t, http.StatusNotFound)

		page = dana.get("/people/inactivity")
		page.shows(t, http.StatusOK, "Accounts of all dealerships and of head office.", "Billie Boss", "By dealership", "Lakeside Northstar of Madison", "Hilltop Northstar of Reno")
		page.lacks(t, "Foreign User", "Over Due", "Gone Lately")
		for _, list := range []string{"Due within 30 days", "Exempt", "Disabled in the last 30 days"} {
			page.shows(t, http.StatusOK, list+" Administrators and service desk") // so that nobody takes it for everybody
		}
		dana.get("/people/inactivity?dealer=us-2").shows(t, http.StatusOK, "Accounts of Hilltop Northstar of Reno.", "Foreign User", "Billie Boss")
		dana.get("/people/inactivity?dealer=us-2").lacks(t, "Over Due", "By dealership", "Exempt Administrators")
		dana.get("/people/inactivity?dealer=US-9").shows(t, http.StatusOK, "There is no dealership with this code.", "Nobody becomes due.")
	})
}

func TestUnusedAccountsTellOfRuns(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	alex, dana := p.signedIn("alex"), p.signedIn("dana")
	alex.get("/people/inactivity").shows(t, http.StatusOK, "There was no run yet.")
	storetest.Exec(t, p.db, `
INSERT INTO inactivity_runs (id, mode, status, policy, now_at, started_at, finished_at, hold_reason, hold_count, hold_limit, hold_until)
VALUES ('run', 'Enforce', 'Held', '{}', 1773594240000000, 1773594240000000, 1773594240000000, 'PercentLimit', 42, 10, 4102444800000000)`)
	dana.get("/people/inactivity").shows(t, http.StatusOK, "Last run: March 15, 2026, 12:04 PM CDT.", "A run that would disable 42 accounts is held")
	alex.get("/people/inactivity").shows(t, http.StatusOK, "Last run: March 15, 2026, 12:04 PM CDT.")
	alex.get("/people/inactivity").lacks(t, "42")
}

func TestUnusedAccountsOfALargePortalAreCountedByRuns(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	dana := p.signedIn("dana")
	storetest.Exec(t, p.db, `
INSERT INTO accounts (id, username, username_folded, class, role, status, activity_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
SELECT 'crowd-' || i, 'crowd-' || i, 'crowd-' || i, 'Corporate', 'user', 'Active', $1 FROM n`, time.Now().UnixMicro())
	dana.get("/people/inactivity?days=7").shows(t, http.StatusOK, "– Due already", "– Within 7 days", "With so many accounts, counting takes a moment. Count now")
	dana.get("/people/inactivity?count=now").shows(t, http.StatusOK, "1 Due already")
	dana.get("/people/inactivity?count=now").lacks(t, "Count now")
	storetest.Exec(t, p.db, `
INSERT INTO inactivity_runs (id, mode, status, policy, now_at, started_at, finished_at, hold_reason, hold_count, hold_limit, hold_until, forecast)
VALUES ('run', 'Observe', 'Succeeded', '{}', 1773594240000000, 1773594240000000, 1773594240000000, 'PercentLimit', 42, 10, 1773594240000000,
 '{"at":"2026-03-15T17:04:00Z","months":6,"mode":"Observe","alreadyDue":42,"days":[7,30,90],"total":[43,44,45],"tenants":[{"dealerCode":"US-2","due":[1,2,3]}],"others":4}')`)
	page := dana.get("/people/inactivity")
	page.shows(t, http.StatusOK, "42 Due already", "44 Within 30 days", "Counted at the last run, March 15, 2026, 12:04 PM CDT. Count now",
		"Hilltop Northstar of Reno", "4 more dealerships", "A run that enforces would be held: it would disable 42 accounts.")
	p.signedIn("alex").get("/people/inactivity").lacks(t, "Count now", "would be held")
}

func TestUnusedAccountsSayWhatThePolicyDoes(t *testing.T) {
	for mode, says := range map[string]string{
		"Off": "the policy is switched off", "Observe": "would be disabled after 6 months", "Enforce": "They are disabled after 6 months without use.",
	} {
		p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Inactivity.Mode = mode })
		ids := p.staff()
		alex := p.signedIn("alex")
		alex.get("/people/inactivity").shows(t, http.StatusOK, says)
		storetest.Exec(t, p.db, "UPDATE accounts SET "+usedMonthsAgo(8, 0)+" WHERE id = $1", ids["kim"])
		want := map[string]string{
			"Off": "Never: the policy is switched off", "Observe": ", but for now the policy only observes", "Enforce": ": with the next run",
		}
		alex.get("/people/"+ids["kim"]).shows(t, http.StatusOK, want[mode])
	}
}

func TestUnusedAccountsAreListedInPages(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	storetest.Exec(t, p.db, "UPDATE accounts SET "+usedMonthsAgo(8, 0)+" WHERE id = $1", ids["kim"])
	for i := range people.PageSize {
		p.account(fmt.Sprintf("user-%02d", i), "US-04211", fmt.Sprintf("name = 'Person %02d'", i), usedMonthsAgo(20, -i))
	}
	alex := p.signedIn("alex")
	next := regexp.MustCompile(`href="(/people/inactivity\?[^"]*after=[^"]*)"`).FindStringSubmatch(alex.get("/people/inactivity?days=7").body)
	if next == nil {
		t.Fatal("there is no next page")
	}
	second := alex.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	second.shows(t, http.StatusOK, "Kim Example", "First page", "Due within 7 days")
	second.lacks(t, "Person 00", "Next page")
}
