// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

const newPassword = "seven lamps over the bridge"

var origin = recovery.Origin{Address: netip.MustParseAddr("192.0.2.7"), RequestID: "request-1", Flow: "visit-1"}

var keys = sessionkey.New([]byte("0123456789abcdef0123456789abcdef"))

var hasher = sync.OnceValue(func() *password.Hasher {
	return password.NewHasher(password.Pepper{ID: "k1", Key: []byte("0123456789abcdef0123456789abcdef")})
})

// errRefused is what the policy of these tests says to short passwords.
var errRefused = errors.New("too short")

// world is a portal's database with a few people.
type world struct {
	*recovery.Service
	db       *store.DB
	settings portalconfig.Settings
	ids      map[string]string
}

// people of the world: changes to an active account with a confirmed mail address.
var people = map[string]struct{ tenant, change string }{
	"robin":       {"D1", ""},
	"mobile":      {"D1", "phone = '+13125550101', phone_confirmed_at = 1"},
	"second":      {"D1", "mail_confirmed_at = NULL, second_mail = 'second@example.com', second_mail_confirmed_at = 1"},
	"unconfirmed": {"D1", "mail_confirmed_at = NULL"},
	"nomail":      {"D1", "mail = '', mail_confirmed_at = NULL"},
	"disabled":    {"D1", "status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = 1"},
	"invited":     {"D1", "status = 'Invited'"},
	"suspended":   {"D2", ""},
	"corporate":   {"", ""},
	"service":     {"D1", "service_account = TRUE"},
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{db: db, ids: map[string]string{}, settings: portalconfig.Settings{
		Auth: portalconfig.Auth{Recovery: &portalconfig.Recovery{Channels: []string{"Mail", "SMS"}, LinkMinutes: 30, CodeMinutes: 10}},
	}}
	w.Service = recovery.New(recovery.Options{
		DB: db, Hasher: hasher(), Keys: keys, Settings: func() *portalconfig.Settings { return &w.settings }, Mail: true, SMS: true,
		Judge: func(chosen string, _ *account.Account, _ []string) error {
			if len(chosen) < 15 {
				return errRefused
			}
			return nil
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	storetest.Tenant(t, db, "D1")
	storetest.Tenant(t, db, "D2")
	storetest.Exec(t, db, "UPDATE tenants SET state = 'Suspended' WHERE dealer_code = 'D2'")
	for name, p := range people {
		id := storetest.Account(t, db, name, p.tenant)
		w.ids[name] = id
		storetest.Exec(t, db, "UPDATE accounts SET mail = username || '@example.com', mail_confirmed_at = 1 WHERE id = $1", id)
		storetest.Exec(t, db, "INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, 'old', 1)", id)
		if p.change != "" {
			storetest.Exec(t, db, "UPDATE accounts SET "+p.change+" WHERE id = $1", id)
		}
	}
	return w
}

// ask asks for a new password in a visit of its own, and works it off.
func (w *world) ask(t testing.TB, username string, channel outbox.Channel, visit string) {
	t.Helper()
	from := origin
	from.Flow = visit
	if err := w.Password(context.Background(), username, channel, from); err != nil {
		t.Fatalf("asking for %s: %v", username, err)
	}
	if err := w.WorkOff(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// queued lists the messages that wait as "kind channel slot username".
func (w *world) queued(t testing.TB) []string {
	t.Helper()
	rows, err := w.db.QueryContext(t.Context(), "SELECT o.kind, o.channel, o.detail, a.username FROM outbox o JOIN accounts a ON a.id = o.account_id ORDER BY o.id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var kind, channel, detail, username string
		if err := rows.Scan(&kind, &channel, &detail, &username); err != nil {
			t.Fatal(err)
		}
		parsed, err := outbox.ParseDetail(detail)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Join(strings.Fields(kind+" "+channel+" "+parsed.Slot+" "+username), " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// link makes the link that a message would carry.
func (w *world) link(t testing.TB, username string) (token string) {
	t.Helper()
	err := w.db.Tx(context.Background(), func(tx *store.Tx) error {
		a, err := account.ByID(context.Background(), tx, w.ids[username])
		if err != nil {
			return err
		}
		token, err = recovery.MintLink(context.Background(), tx, a, "", recovery.LinkLife(&w.settings))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// code makes the code that a message to a visit would carry.
func (w *world) code(t testing.TB, username, visit string) (code string) {
	t.Helper()
	err := w.db.Tx(context.Background(), func(tx *store.Tx) error {
		a, err := account.ByID(context.Background(), tx, w.ids[username])
		if err != nil {
			return err
		}
		message := outbox.Message{Channel: outbox.SMS, Detail: outbox.Detail{Flow: flow.Hash(visit)}}
		code, _, err = recovery.MintCode(context.Background(), tx, keys, a, message)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// later lets time pass for everything that ends.
func (w *world) later(t testing.TB, d time.Duration) {
	t.Helper()
	storetest.Exec(t, w.db, "UPDATE flows SET expires_at = expires_at - $1", d.Microseconds())
	storetest.Exec(t, w.db, "UPDATE tokens SET expires_at = expires_at - $1", d.Microseconds())
	storetest.Exec(t, w.db, "UPDATE throttle SET window_start = window_start - $1", d.Microseconds())
}

func TestWhatARequestLeadsTo(t *testing.T) {
	tests := map[string]map[outbox.Channel][]string{
		"robin":       {outbox.Mail: {"RecoveryLink Mail robin"}, outbox.SMS: {"RecoveryCode Mail robin"}},
		"ROBIN":       {outbox.Mail: {"RecoveryLink Mail robin"}},
		"mobile":      {outbox.Mail: {"RecoveryLink Mail mobile"}, outbox.SMS: {"RecoveryCode SMS mobile"}},
		"second":      {outbox.Mail: {"RecoveryLink Mail SecondMail second"}, outbox.SMS: {"RecoveryCode Mail SecondMail second"}},
		"unconfirmed": {outbox.Mail: {"RecoveryDesk Mail unconfirmed"}, outbox.SMS: {"RecoveryDesk Mail unconfirmed"}},
		"nomail":      {outbox.Mail: nil, outbox.SMS: nil},
		"disabled":    {outbox.Mail: {"RecoveryDisabled Mail disabled"}, outbox.SMS: {"RecoveryDisabled Mail disabled"}},
		"invited":     {outbox.Mail: nil},
		"suspended":   {outbox.Mail: {"RecoveryDisabled Mail suspended"}},
		"corporate":   {outbox.Mail: {"RecoveryDesk Mail corporate"}, outbox.SMS: {"RecoveryDesk Mail corporate"}},
		"service":     {outbox.Mail: nil},
		"nobody":      {outbox.Mail: nil, outbox.SMS: nil},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		before := w.accounts(t)
		for username, channels := range tests {
			for channel, want := range channels {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "DELETE FROM throttle")
				w.ask(t, username, channel, "visit")
				if diff := cmp.Diff(want, w.queued(t)); diff != "" {
					t.Errorf("%s by %s (-want +got):\n%s", username, channel, diff)
				}
			}
		}
		if diff := cmp.Diff(before, w.accounts(t)); diff != "" {
			t.Errorf("requests changed accounts (-before +after):\n%s", diff)
		}
		if left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM recovery_requests"); left != 0 {
			t.Errorf("%d requests are left, with the names that were typed", left)
		}
	})
}

// accounts is all that a request could have changed of anybody, and must not.
func (w *world) accounts(t testing.TB) []string {
	t.Helper()
	rows, err := w.db.QueryContext(t.Context(), `
SELECT a.username || ' ' || a.status || ' ' || a.version || ' ' || c.hash, (SELECT COUNT(*) FROM tokens t WHERE t.account_id = a.id)
FROM accounts a JOIN credentials c ON c.account_id = a.id ORDER BY a.username`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		var tokens int
		if err := rows.Scan(&text, &tokens); err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(text, " ", tokens))
	}
	return list
}

func TestLimits(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		t.Run("three messages in an hour and ten in a day go to an account", func(t *testing.T) {
			for hour, want := range []int{3, 6, 9, 10, 10} {
				for range 5 {
					w.ask(t, "robin", outbox.Mail, "visit")
				}
				if n := len(w.queued(t)); n != want {
					t.Errorf("%d messages after %d hours, want %d", n, hour+1, want)
				}
				storetest.Exec(t, db, "UPDATE throttle SET window_start = window_start - $1 WHERE key NOT LIKE 'recovery/day%'", time.Hour.Microseconds())
			}
		})
		t.Run("twenty requests in an hour come from an address, for whatever names", func(t *testing.T) {
			storetest.Exec(t, db, "DELETE FROM throttle")
			for i := range 20 {
				w.ask(t, fmt.Sprintf("name-%d", i), outbox.Mail, "visit")
			}
			var wait *recovery.WaitError
			for _, username := range []string{"robin", "nobody"} {
				if err := w.Password(t.Context(), username, outbox.Mail, origin); !errors.As(err, &wait) || wait.RetryAfter > time.Hour {
					t.Errorf("the 21st request, for %s: %v, want a wait of at most an hour", username, err)
				}
			}
			if err := w.Username(t.Context(), "robin@example.com", origin); !errors.As(err, &wait) {
				t.Errorf("asking for usernames is free: %v", err)
			}
			other := origin
			other.Address = netip.MustParseAddr("198.51.100.1")
			if err := w.Password(t.Context(), "robin", outbox.Mail, other); err != nil {
				t.Errorf("another address has to wait: %v", err)
			}
		})
		t.Run("a dealership has a budget of text messages", func(t *testing.T) {
			storetest.Exec(t, db, "DELETE FROM outbox")
			for range 51 {
				storetest.Exec(t, db, "DELETE FROM throttle WHERE key NOT LIKE 'recovery/texts%'")
				w.ask(t, "mobile", outbox.SMS, "visit")
			}
			if texts := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE channel = 'SMS'"); texts != 50 {
				t.Errorf("%d text messages in a day, want 50 and then mail", texts)
			}
			if mails := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE channel = 'Mail' AND kind = 'RecoveryCode'"); mails != 1 {
				t.Errorf("%d codes by mail, want one", mails)
			}
		})
	})
}

func TestOnlyOfferedChannelsAreTaken(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	tests := map[string]struct {
		settings  []string
		mail, sms bool
		want      []outbox.Channel
	}{
		"nothing set":                 {nil, true, true, []outbox.Channel{outbox.Mail}},
		"both":                        {[]string{"SMS", "Mail"}, true, true, []outbox.Channel{outbox.SMS, outbox.Mail}},
		"both, without a gateway":     {[]string{"Mail", "SMS"}, true, false, []outbox.Channel{outbox.Mail}},
		"both, without a mail server": {[]string{"Mail", "SMS"}, false, true, []outbox.Channel{outbox.SMS}},
		"neither works":               {[]string{"Mail", "SMS"}, false, false, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.settings.Auth.Recovery = nil
			if test.settings != nil {
				w.settings.Auth.Recovery = &portalconfig.Recovery{Channels: test.settings}
			}
			w.Mail, w.SMS = test.mail, test.sms
			if diff := cmp.Diff(test.want, w.Channels()); diff != "" {
				t.Errorf("channels (-want +got):\n%s", diff)
			}
			for _, channel := range []outbox.Channel{outbox.Mail, outbox.SMS, "Pigeon", ""} {
				err := w.Password(t.Context(), "robin", channel, origin)
				if offered := strings.Contains(fmt.Sprint(test.want), string(channel)) && channel != ""; offered != (err == nil) || err != nil && !errors.Is(err, recovery.ErrChannel) {
					t.Errorf("%q: %v, offered %t", channel, err, offered)
				}
			}
		})
	}
}

func TestUsernameReminders(t *testing.T) {
	tests := map[string]struct {
		address string
		want    []string
	}{
		"of one account":                    {"robin@example.com", []string{"UsernameReminder Mail robin"}},
		"in capital letters":                {" ROBIN@Example.com ", []string{"UsernameReminder Mail robin"}},
		"a confirmed second address":        {"second@example.com", []string{"UsernameReminder Mail second"}},
		"a second address that is nobody's": {"other@example.com", nil},
		"nobody's":                          {"nobody@example.com", nil},
		"of a service account":              {"service@example.com", nil},
		"no address at all":                 {"%@example.com", nil},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		storetest.Exec(t, db, "UPDATE accounts SET second_mail = 'other@example.com' WHERE username = 'robin'")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "DELETE FROM throttle")
				for range 5 {
					if err := errors.Join(w.Username(t.Context(), test.address, origin), w.WorkOff(t.Context())); err != nil {
						t.Fatal(err)
					}
				}
				var want []string
				for range 3 {
					want = append(want, test.want...)
				}
				if diff := cmp.Diff(want, w.queued(t)); diff != "" {
					t.Errorf("after five requests (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestARequestThatCannotBeDecidedHoldsNothingUp(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		if err := w.Password(t.Context(), "robin", outbox.Mail, origin); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "UPDATE recovery_requests SET channel = 'Mail'")
		storetest.Exec(t, db, "ALTER TABLE outbox RENAME TO gone")
		if err := w.WorkOff(t.Context()); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "ALTER TABLE gone RENAME TO outbox")
		w.ask(t, "mobile", outbox.Mail, "visit")
		if diff := cmp.Diff([]string{"RecoveryLink Mail mobile"}, w.queued(t)); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

// events are the names and reasons in the trail.
func (w *world) events(t testing.TB) []string {
	t.Helper()
	rows, err := w.db.QueryContext(t.Context(), "SELECT event, reason FROM audit_events ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var event, reason string
		if err := rows.Scan(&event, &reason); err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.TrimSpace(event+" "+reason))
	}
	return list
}

func TestAdministratorsSendLinks(t *testing.T) {
	tests := map[string]error{
		"robin": nil, "unconfirmed": nil, "corporate": nil,
		"disabled": account.ErrConflict, "invited": account.ErrConflict, "service": account.ErrConflict, "nomail": recovery.ErrNoAddress,
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		by := audit.Actor{Class: audit.ActorAccount, ID: w.ids["mobile"], RequestID: "request-2"}
		for username, want := range tests {
			storetest.Exec(t, db, "DELETE FROM outbox")
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				a, err := account.ByUsername(t.Context(), tx, username)
				if err != nil {
					return err
				}
				return recovery.SendReset(t.Context(), tx, a, by)
			})
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", username, err, want)
			}
			if n := len(w.queued(t)); (want == nil) != (n == 1) {
				t.Errorf("%s: %d messages", username, n)
			}
		}
		if got := w.events(t); len(got) != 3 || got[0] != audit.RecoveryStarted {
			t.Errorf("events %v, want three that say that a recovery was started", got)
		}
	})
}
