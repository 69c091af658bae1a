// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const publicURL = "https://us.dealers.example"

func TestSignInShowsTheHomePage(t *testing.T) {
	for name, test := range map[string]struct {
		dealerCode string
		change     string
		shows      []string
		lacks      []string
	}{
		"of a dealer user": {
			dealerCode: "US-04211", change: "role = 'user'",
			shows: []string{
				"Lakeside Northstar of Madison", "User", "US-04211", "1200 Lakeside Drive", "Madison, WI 53703", "(608) 555-0144",
				"Mon-Fri 8:00-19:00", "Northstar", "Meridian", "Robin Example", "robin", "None before this one",
			},
			lacks: []string{"Administrator"},
		},
		"of a dealer administrator": {
			dealerCode: "US-04211", change: "role = 'administrator'", shows: []string{"Lakeside Northstar of Madison", "Administrator"},
		},
		"of the service desk": {
			change: "role = 'service-desk'", shows: []string{"Head office", "Service desk"}, lacks: []string{"Lakeside", "Dealer code"},
		},
		"of somebody without a name": {
			dealerCode: "US-04211", change: "name = ''", shows: []string{"robin"}, lacks: []string{"Robin Example"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL)
			p.tenant("US-04211", lakeside())
			p.account("robin", test.dealerCode, test.change)
			b := p.browser()
			b.get("/").redirects(t, "/sign-in")
			b.signIn("Robin ", goodPassword).redirects(t, "/")
			home := b.get("/")
			home.shows(t, http.StatusOK, test.shows...)
			home.lacks(t, test.lacks...)
			b.get("/sign-in").redirects(t, "/")
		})
	}
}

func TestHomeShowsTheSignInBeforeThisOne(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	p.signedIn("robin")
	// 15 March 2026, 17:04 UTC.
	storetest.Exec(t, p.db, "UPDATE audit_events SET at = 1773594240000000 WHERE account_id = $1 AND event = 'authn_login_success'", id)
	p.signedIn("robin").get("/").shows(t, http.StatusOK, "March 15, 2026, 12:04 PM CDT")
}

func TestTenantsWithLittleData(t *testing.T) {
	p := newPortal(t, publicURL)
	p.tenant("US-1", portalapi.TenantSpec{DisplayName: "<b>Bare</b> & Sons", State: "Active", DeletionPolicy: "Retain", Brands: []string{"other"}})
	p.account("robin", "US-1")
	home := p.signedIn("robin").get("/")
	home.lacks(t, "Address", "Mon-Fri")
	for _, want := range []string{"&lt;b&gt;Bare&lt;/b&gt; &amp; Sons", ">other<"} {
		if !strings.Contains(home.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// Whoever has not given the right password gets one answer, whatever is behind the name.
func TestNeutralAnswers(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Auth.ThrottleDelayFromFailure = 100 })
	p.tenant("US-04211", lakeside())
	suspended := lakeside()
	suspended.State = "Suspended"
	p.tenant("US-2", suspended)
	p.account("active", "US-04211")
	p.account("idle-1", "US-04211", "status = 'Disabled', disabled_reason = 'Inactivity'")
	p.account("stop-1", "US-04211", "status = 'Disabled', disabled_reason = 'Administrator'")
	p.account("held-1", "US-2")
	p.account("robot1", "US-04211", "service_account = TRUE")
	invited := p.account("guest1", "US-04211", "status = 'Invited'")
	unset := p.account("unset1", "US-04211")
	storetest.Exec(t, p.db, "DELETE FROM credentials WHERE account_id IN ($1, $2)", invited, unset)

	b := p.browser()
	token := b.token("/sign-in")
	try := func(username, given string) answer {
		t.Helper()
		return b.do(http.MethodPost, "/sign-in", map[string][]string{"token": {token}, "username": {username}, "password": {given}})
	}
	masked := func(a answer, username string) string {
		return strings.ReplaceAll(fmt.Sprintln(a.status, a.header, a.body), username, "······")
	}
	want := try("nobody", "wrong password, and long")
	want.shows(t, http.StatusUnprocessableEntity, "The username or the password is not right.")
	for name, test := range map[string]struct{ username, given string }{
		"an active account, wrong password":         {"active", "wrong password, and long"},
		"an idle account, wrong password":           {"idle-1", "wrong password, and long"},
		"a disabled account, wrong password":        {"stop-1", "wrong password, and long"},
		"a suspended dealership, wrong password":    {"held-1", "wrong password, and long"},
		"an invited account":                        {"guest1", "wrong password, and long"},
		"an account without a password":             {"unset1", goodPassword},
		"an account without a password, none given": {"unset1", ""},
		"a service account with its password":       {"robot1", goodPassword},
		"an unknown name, the password of another":  {"nobody", goodPassword},
		"an unknown name, a huge password":          {"nobody", strings.Repeat("x", 4000)},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(test.username, test.given)
			if diff := cmp.Diff(masked(want, "nobody"), masked(got, test.username)); diff != "" {
				t.Errorf("the answer differs from that for an unknown name (-want +got):\n%s", diff)
			}
			if len(got.body) != len(want.body) {
				t.Errorf("got %d bytes, want %d", len(got.body), len(want.body))
			}
		})
	}
}

func TestRightPasswordSaysWhyItIsRefused(t *testing.T) {
	desk := []string{"Dealer Service Desk", "(800) 555-0123", "(312) 555-0199", "desk@northstar.example", "Monday to Friday 7:00-19:00 CT"}
	for name, test := range map[string]struct {
		corporate bool
		change    string
		spec      func(*portalapi.TenantSpec)
		closed    bool
		// alone is true in a dealership without an active administrator.
		alone bool
		shows []string
	}{
		"dealer, not used": {
			change: "status = 'Disabled', disabled_reason = 'Inactivity'",
			shows:  []string{"disabled because it was not used", "6 months", "An administrator of Lakeside Northstar of Madison can reactivate it."},
		},
		"dealer without an active administrator, not used": {
			change: "status = 'Disabled', disabled_reason = 'Inactivity'", alone: true,
			shows: append([]string{"Dealer Service Desk can reactivate it."}, desk...),
		},
		"dealer of a stricter dealership, not used": {
			change: "status = 'Disabled', disabled_reason = 'Inactivity'", spec: func(s *portalapi.TenantSpec) { s.InactivityMonths = 1 },
			shows: []string{"1 month are disabled"},
		},
		"corporate, not used": {
			corporate: true, change: "status = 'Disabled', disabled_reason = 'Inactivity'",
			shows: append([]string{"disabled because it was not used", "Dealer Service Desk can reactivate it."}, desk...),
		},
		"dealer, by an administrator": {
			change: "status = 'Disabled', disabled_reason = 'Administrator'",
			shows:  []string{"disabled by an administrator", "Ask an administrator of Lakeside Northstar of Madison"},
		},
		"corporate, by an administrator": {
			corporate: true, change: "status = 'Disabled', disabled_reason = 'Administrator'",
			shows: append([]string{"disabled by an administrator", "Contact Dealer Service Desk"}, desk...),
		},
		"for security": {
			change: "status = 'Disabled', disabled_reason = 'Security'", shows: append([]string{"to keep it safe"}, desk...),
		},
		"dealership suspended": {
			spec:  func(s *portalapi.TenantSpec) { s.State = "Suspended" },
			shows: append([]string{"access is suspended", "Nobody at Lakeside Northstar of Madison"}, desk...),
		},
		"dealership leaving": {
			change: "status = 'Disabled', disabled_reason = 'Offboarded'", spec: func(s *portalapi.TenantSpec) { s.State = "Offboarding" },
			shows: append([]string{"is leaving this portal"}, desk...),
		},
		"dealership gone": {closed: true, shows: append([]string{"no longer in this portal"}, desk...)},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL)
			spec := lakeside()
			if test.spec != nil {
				test.spec(&spec)
			}
			p.tenant("US-04211", spec)
			if test.closed {
				storetest.Exec(t, p.db, "UPDATE tenants SET closed_at = 1, close_accounts = 'Retain'")
			}
			code := "US-04211"
			if test.corporate {
				code = ""
			}
			p.account("robin", code)
			if test.change != "" {
				storetest.Exec(t, p.db, "UPDATE accounts SET "+test.change)
			}
			if !test.alone {
				p.account("alex", "US-04211", asAdministrator)
			}
			b := p.browser()
			refused := b.signIn("robin", goodPassword)
			refused.shows(t, http.StatusForbidden, test.shows...)
			if _, there := b.cookies["__Host-forecourt-session"]; there {
				t.Error("a session began")
			}
			b.get("/").redirects(t, "/sign-in")
			b.signIn("robin", goodPassword+"!").lacks(t, test.shows[0])
		})
	}
}

func TestThrottlingIsNeutral(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Auth.ThrottleDelayFromFailure = 2 })
	p.dealer()
	for name, username := range map[string]string{"a known name": "robin", "an unknown name": "nobody"} {
		t.Run(name, func(t *testing.T) {
			b := p.browser()
			for range 2 {
				b.signIn(username, "wrong").shows(t, http.StatusUnprocessableEntity)
			}
			waits := b.signIn(username, goodPassword)
			waits.shows(t, http.StatusTooManyRequests, "Too many tries", "Wait 1 minute, then try again.", "Reference")
			seconds, err := strconv.Atoi(waits.header.Get("Retry-After"))
			if err != nil || seconds < 1 || seconds > 30 {
				t.Errorf("Retry-After is %q, want 1 to 30 seconds", waits.header.Get("Retry-After"))
			}
		})
	}
}

func TestStartAgain(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.browser()
	b.signIn("robin", "wrong").shows(t, http.StatusUnprocessableEntity, "Start again")
	flow := b.cookies["__Host-forecourt-flow"]
	b.send("/sign-in", "/sign-in/restart").redirects(t, "/sign-in?notice=restarted")
	if _, there := b.cookies["__Host-forecourt-flow"]; there {
		t.Error("the flow goes on")
	}
	fresh := b.get("/sign-in?notice=restarted")
	fresh.shows(t, http.StatusOK, "The sign-in was started again.")
	fresh.lacks(t, "not right")
	if strings.Contains(fresh.body, "robin") {
		t.Error("the new flow knows the name that was typed into the old one")
	}
	if b.cookies["__Host-forecourt-flow"] == flow {
		t.Error("the flow is the same")
	}
}

func TestSessionIsNewAtEverySignIn(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	b := p.browser()
	form := map[string][]string{"token": {b.token("/sign-in")}, "username": {"robin"}, "password": {goodPassword}}
	flow := b.cookies["__Host-forecourt-flow"]
	b.cookies["__Host-forecourt-session"] = "planted"
	b.do(http.MethodPost, "/sign-in", form).redirects(t, "/")
	first := b.cookies["__Host-forecourt-session"]
	if first == "planted" {
		t.Error("a planted session is kept")
	}
	// Another tab still has the form open.
	b.cookies["__Host-forecourt-flow"] = flow
	b.do(http.MethodPost, "/sign-in", form).redirects(t, "/")
	if b.cookies["__Host-forecourt-session"] == first {
		t.Error("the session is the same after signing in again")
	}
	if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM sessions WHERE account_id = $1", id); n != 1 {
		t.Errorf("%d sessions, want only the new one", n)
	}
}

func TestTheWholeWayOnBothDatabases(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL)
		p.tenant("US-04211", lakeside())
		b := p.browser()
		b.get(p.invite("robin")).redirects(t, "/activate")
		b.send("/activate", "/activate", "new", goodPassword, "repeat", goodPassword).redirects(t, "/sign-in?notice=activated")
		b.signIn("robin", "wrong").shows(t, http.StatusUnprocessableEntity)
		b.signIn("robin", goodPassword).redirects(t, "/")
		b.get("/").shows(t, http.StatusOK, "Lakeside Northstar of Madison", "None before this one")
		other := p.signedIn("robin")
		other.get("/").lacks(t, "None before this one")
		b.send("/profile", "/profile/password", "current", goodPassword, "new", newPassword, "repeat", newPassword).
			redirects(t, "/profile/password?notice=changed")
		other.get("/").redirects(t, "/sign-in?notice=ended")
		b.send("/", "/sign-out").redirects(t, "/sign-in?notice=signed-out")
	})
}
