// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// authFields has a row for every field of the policy: a stricter value, and what people notice of it. strict is false before the value is
// sent to the running portal, and true after.
var authFields = map[string]struct {
	set   func(*portalconfig.Auth)
	wants func(f *fleet, name string, strict bool) error
}{
	"PasswordMinLength": {func(a *portalconfig.Auth) { a.PasswordMinLength = 30 }, func(f *fleet, name string, strict bool) error {
		return changes(f, name, "zebra waltz ombre quip", strict)
	}},
	"BlockCommonPasswords": {func(a *portalconfig.Auth) { a.BlockCommonPasswords = true }, func(f *fleet, name string, strict bool) error {
		return changes(f, name, "passwordpassword", strict)
	}},
	"SessionIdleMinutes": {func(a *portalconfig.Auth) { a.SessionIdleMinutes = 1 }, func(f *fleet, name string, strict bool) error {
		v := f.session(name)
		storetest.Exec(f, f.db, "UPDATE sessions SET last_seen_at = last_seen_at - $1", (5 * time.Minute).Microseconds())
		return home(v, !strict)
	}},
	"SessionAbsoluteHours": {func(a *portalconfig.Auth) { a.SessionAbsoluteHours = 1 }, func(f *fleet, name string, strict bool) error {
		v := f.session(name)
		storetest.Exec(f, f.db, "UPDATE sessions SET created_at = created_at - $1, expires_at = expires_at - $1", (2 * time.Hour).Microseconds())
		return home(v, !strict)
	}},
	"SessionsPerAccount": {func(a *portalconfig.Auth) { a.SessionsPerAccount = 1 }, func(f *fleet, name string, strict bool) error {
		v := f.session(name)
		f.session(name)
		return home(v, !strict)
	}},
	"ThrottleDelayFromFailure": {func(a *portalconfig.Auth) { a.ThrottleDelayFromFailure = 3 }, func(f *fleet, name string, strict bool) error {
		return fails(f, strict, name, name, name)
	}},
	"ThrottleMaxDelayMinutes": {func(a *portalconfig.Auth) { a.ThrottleMaxDelayMinutes = 1 }, func(f *fleet, name string, strict bool) error {
		storetest.Exec(f, f.db, "INSERT INTO throttle (key, failures, blocked_until, window_start, updated_at) SELECT 'account:' || id, 50, 0, 0, $2 FROM accounts WHERE username = $1",
			name, time.Now().UnixMicro())
		if err := fails(f, true, name); err != nil {
			return err
		}
		wait := storetest.Value[int64](f, f.db, "SELECT MAX(blocked_until - updated_at) FROM throttle WHERE key LIKE 'account:%'")
		if got := time.Duration(wait) * time.Microsecond; (got <= time.Minute) != strict {
			return fmt.Errorf("the longest wait is %s", got)
		}
		return nil
	}},
	"ThrottlePerAddressPerHour": {func(a *portalconfig.Auth) { a.ThrottlePerAddressPerHour = 10 }, func(f *fleet, name string, strict bool) error {
		var names []string
		for i := range 10 {
			names = append(names, fmt.Sprint("nobody", i))
		}
		return fails(f, strict, append(names, name)[1:]...)
	}},
	"SecondFactor": {func(a *portalconfig.Auth) { a.SecondFactor = portalconfig.SecondFactorRequired }, func(f *fleet, name string, strict bool) error {
		storetest.Exec(f, f.db, "UPDATE accounts SET mail = 'somebody@example.com' WHERE username = $1", name)
		v := &visitor{fleet: f, cookies: map[string]string{}}
		if _, err := v.signIn(name, fleetWord, 0); err != nil {
			return err
		}
		return v.shows("/sign-in/enrol", `action="/sign-in/enrol/code"`, strict)
	}},
	"Recovery": {func(a *portalconfig.Auth) {
		// There is a mail server and no gateway, so that nothing is left to offer.
		a.Recovery = &portalconfig.Recovery{Channels: []string{portalconfig.ChannelSMS}, LinkMinutes: 30, CodeMinutes: 10}
	}, func(f *fleet, _ string, strict bool) error {
		return (&visitor{fleet: f, cookies: map[string]string{}}).shows("/recover", `action="/recover"`, !strict)
	}},
	"SSO": {func(a *portalconfig.Auth) {
		a.SSO = &portalconfig.SSO{
			IssuerURL: "https://localhost:1", ClientID: "portal", GroupsClaim: "groups", UserGroups: []string{"staff"},
			PasswordSignIn: portalconfig.PasswordAllowed,
		}
	}, func(f *fleet, _ string, strict bool) error {
		return (&visitor{fleet: f, cookies: map[string]string{}}).shows("/sign-in", `action="/sign-in/sso"`, strict)
	}},
}

// shows wants a page to have something, or not.
func (v *visitor) shows(path, what string, there bool) error {
	status, body, err := v.do(http.MethodGet, path, nil)
	if err == nil && strings.Contains(body, what) != there {
		err = fmt.Errorf("%s answers %d, and that it has %s is %v", path, status, what, !there)
	}
	return err
}

// changes tries to change a password, which a strict policy refuses.
func changes(f *fleet, name, chosen string, refused bool) error {
	v := f.session(name)
	token, err := v.form("/profile")
	if err != nil {
		return err
	}
	want := http.StatusSeeOther
	if refused {
		want = http.StatusUnprocessableEntity
	}
	return wants(want)(v.do(http.MethodPost, "/profile/password", url.Values{"token": {token}, "current": {fleetWord}, "new": {chosen}, "repeat": {chosen}}))
}

// home wants a session to be alive, or over.
func home(v *visitor, alive bool) error {
	status, _, err := v.do(http.MethodGet, "/", nil)
	if err == nil && (status == http.StatusOK) != alive {
		err = fmt.Errorf("the home page answers %d", status)
	}
	return err
}

// fails signs in with wrong passwords, and then wants the last name to wait, or not.
func fails(f *fleet, waits bool, names ...string) error {
	for _, name := range append(names, names[len(names)-1]) {
		v := &visitor{fleet: f, cookies: map[string]string{}}
		status, err := v.signIn(name, "not the password", 0)
		if err != nil {
			return err
		}
		f.last = status
	}
	if (f.last == http.StatusTooManyRequests) != waits {
		return fmt.Errorf("after %d failures the answer is %d", len(names), f.last)
	}
	return nil
}

// TestEveryFieldOfAuthHasAnEffect sends each value to a running portal and looks at what people notice, before and after.
func TestEveryFieldOfAuthHasAnEffect(t *testing.T) {
	t.Parallel()
	lax := portalconfig.Auth{
		PasswordMinLength: 15, SessionIdleMinutes: 60, SessionAbsoluteHours: 24, SessionsPerAccount: 100, ThrottleDelayFromFailure: 20,
		ThrottleMaxDelayMinutes: 1440, ThrottlePerAddressPerHour: 100000, SecondFactor: "Off",
	}
	kind := reflect.TypeFor[portalconfig.Auth]()
	if kind.NumField() != len(authFields) {
		t.Errorf("%d fields, %d of which are tried", kind.NumField(), len(authFields))
	}
	f := newFleet(t, func(p *portalconfig.Process) {
		p.Mail = &portalconfig.Mail{Host: "127.0.0.1", Port: 1, From: "portal@example.com", TLS: "None"} // nothing has to arrive
	})
	var names []string
	for field := range authFields {
		names = append(names, "lax"+field, "strict"+field)
	}
	f.people(names...)
	generation := int64(1)
	put := func(auth portalconfig.Auth) {
		t.Helper()
		generation++
		settings := servertest.Settings()
		settings.Auth = auth
		for replica := range replicas { // each has it in force when it has answered
			client, err := f.client(replica, portalapi.RoleOperator)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.PutSettings(t.Context(), &portalapi.SettingsRequest{UID: "portal", Generation: generation, Settings: settings}); err != nil {
				t.Fatal(err)
			}
			client.Close()
		}
	}
	for i := range kind.NumField() {
		field := kind.Field(i).Name
		row, tried := authFields[field]
		if !tried {
			t.Errorf("nobody tries %s", field)
			continue
		}
		strict := lax
		row.set(&strict)
		for _, auth := range []portalconfig.Auth{lax, strict} {
			put(auth)
			storetest.Exec(t, f.db, "DELETE FROM throttle")
			name := map[bool]string{true: "lax", false: "strict"}[auth == lax] + field
			if err := row.wants(f, name, auth != lax); err != nil {
				t.Errorf("%s, %s: %v", field, name, err)
			}
		}
	}
}
