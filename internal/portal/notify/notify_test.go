// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// mailer sends to an SMTP server at address.
func mailer(t *testing.T, db *store.DB, address string, locales ...string) *Mailer {
	t.Helper()
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseInt(portText, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	public, err := url.Parse("https://dealers.example.com")
	if err != nil {
		t.Fatal(err)
	}
	settings := &portalconfig.Settings{
		DisplayName: "Example Motors", Locales: locales, TimeZone: "America/Chicago", AccentColor: "#0b5fff",
		Inactivity: portalconfig.Inactivity{Mode: "Enforce", Months: 6, GraceDays: 30, WarnDaysBefore: []int32{30, 14, 3}},
		Support:    portalconfig.Support{DeskName: "Dealer Support", Mail: "desk@example.com", Phones: []portalconfig.SupportPhone{{Label: "Phone", Number: "+13125550100"}}},
	}
	m, err := New(Options{
		DB: db, Mail: portalconfig.Mail{Host: host, Port: int32(port), From: "portal@example.com", TLS: "None"},
		PublicURL: public, Settings: func() *portalconfig.Settings { return settings }, Codes: signincode.New(sessionkey.New([]byte("key"))), Keys: sessionkey.New([]byte("key")),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// caught starts a mail catcher.
func caught(t *testing.T) *catcher.Server {
	t.Helper()
	server, err := catcher.Start(t.Context(), catcher.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// enqueue adds a message.
func enqueue(t *testing.T, db *store.DB, kind outbox.Kind, id string) {
	t.Helper()
	if err := db.Tx(t.Context(), func(tx *store.Tx) error {
		return outbox.Add(t.Context(), tx, outbox.Message{Kind: kind, AccountID: id})
	}); err != nil {
		t.Fatal(err)
	}
}

// invite invites an administrator.
func invite(t *testing.T, db *store.DB) string {
	t.Helper()
	var id string
	if err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		id, err = account.Invite(t.Context(), tx, account.New{
			Username: "ann", Class: account.Dealer, Role: account.Administrator, Tenant: "D1", Name: "Ann O'Hara <b>", Mail: "ann@example.com",
		}, audit.Actor{Class: audit.ActorOperator})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// send works on one batch.
func send(t *testing.T, m *Mailer, want int) {
	t.Helper()
	if n, err := m.batch(t.Context()); err != nil || n != want {
		t.Fatalf("batch() = %d, %v, want %d", n, err, want)
	}
}

func TestInvitationCarriesALinkThatWorks(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		invite(t, db)
		box := caught(t)
		send(t, mailer(t, db, box.SMTPAddress, "en-US"), 1)
		list := box.Messages("ann@example.com")
		if len(list) != 1 || len(list[0].Links) == 0 {
			t.Fatalf("%d messages, want one with a link: %+v", len(list), list)
		}
		message := list[0]
		if message.Subject != "Your account for Example Motors" || !strings.Contains(message.From, "Example Motors") ||
			!strings.Contains(message.Text, "Your username is ann.") || !strings.Contains(message.Text, "Dealership") {
			t.Errorf("message %+v lacks something", message)
		}
		if strings.Contains(message.HTML, "<b>") || !strings.Contains(message.HTML, "&lt;b&gt;") {
			t.Errorf("HTML does not escape the name:\n%s", message.HTML)
		}
		token, found := strings.CutPrefix(message.Links[0], "https://dealers.example.com/activate/")
		if !found {
			t.Fatalf("link %q is not the portal's", message.Links[0])
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := account.ByActivation(t.Context(), tx, token)
			return err
		}); err != nil {
			t.Errorf("the link does not work: %v", err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE sent_at IS NOT NULL AND attempts = 0"); n != 1 {
			t.Errorf("%d messages noted as sent, want one", n)
		}
		send(t, mailer(t, db, box.SMTPAddress), 0)
	})
}

func TestMessagesThatNoLongerApplyAreDropped(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		invited := invite(t, db)
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Active'")
		enqueue(t, db, outbox.AccountDisabled, invited)
		nobody := storetest.Account(t, db, "nobody", "D1")
		storetest.Exec(t, db, "UPDATE accounts SET mail = '' WHERE id = $1", nobody)
		enqueue(t, db, outbox.PasswordChanged, nobody)
		box := caught(t)
		send(t, mailer(t, db, box.SMTPAddress, "en"), 3)
		if sent, left := len(box.Messages("")), storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox"); sent+left != 0 {
			t.Errorf("%d sent, %d left, want none", sent, left)
		}
	})
}

func TestDisabledPeopleLearnWhoCanHelp(t *testing.T) {
	tests := map[string]struct {
		role, tenant string
		led          bool
		suspended    bool
		want         string
	}{
		"dealer user":                            {"user", "D1", true, false, "An administrator of Dealership can"},
		"dealer user without an administrator":   {"user", "D1", false, false, "Dealer Support can"},
		"dealer administrator":                   {"administrator", "D1", true, false, "Another administrator of Dealership or Dealer Support can"},
		"dealer administrator without colleague": {"administrator", "D1", false, false, "Dealer Support can"},
		"dealer user of a suspended dealership":  {"user", "D1", true, true, "An administrator of Dealership can"},
		"corporate user":                         {"user", "", true, false, "Dealer Support can"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			storetest.Tenant(t, db, "D1")
			if !test.suspended {
				storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Dealership","state":"Active"}'`)
			}
			id := storetest.Account(t, db, "robin", test.tenant)
			storetest.Exec(t, db, "UPDATE accounts SET role = $1, status = 'Disabled', disabled_reason = 'Inactivity'", test.role)
			if test.led {
				administrator(t, db, "ann", "D1")
			}
			enqueue(t, db, outbox.AccountDisabled, id)
			box := caught(t)
			send(t, mailer(t, db, box.SMTPAddress, "en"), 1)
			text := box.Messages("robin@example.com")[0].Text
			if asks := strings.Contains(text, "Sign in and ask"); asks == test.suspended {
				t.Errorf("the letter offers to ask: %t; dealership suspended: %t", asks, test.suspended)
			}
			if !strings.Contains(text, test.want) || !strings.Contains(text, "not used for 6 months") {
				t.Errorf("text lacks %q:\n%s", test.want, text)
			}
		})
	}
}

// refusing is an SMTP server that answers every recipient with an error.
type refusing struct{ answer *smtp.SMTPError }

func (r refusing) NewSession(*smtp.Conn) (smtp.Session, error) { return r, nil }
func (r refusing) Mail(string, *smtp.MailOptions) error        { return nil }
func (r refusing) Rcpt(string, *smtp.RcptOptions) error        { return r.answer }
func (r refusing) Data(io.Reader) error                        { return nil }
func (r refusing) Reset()                                      {}
func (r refusing) Logout() error                               { return nil }

// refuse starts a server that refuses recipients.
func refuse(t *testing.T, status int) string {
	t.Helper()
	bound, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(refusing{&smtp.SMTPError{Code: status, EnhancedCode: smtp.NoEnhancedCode, Message: "no <ann@example.com>"}})
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(bound); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("serving: %v", err)
		}
	})
	t.Cleanup(func() { _ = server.Close(); serving.Wait() })
	return bound.Addr().String()
}

func TestFailures(t *testing.T) {
	const nobodyListens = "127.0.0.1:1"
	tests := map[string]struct {
		address func(*testing.T) string
		age     time.Duration
		class   string
		dead    int64
	}{
		"no server":               {func(*testing.T) string { return nobodyListens }, 0, classConnection, 0},
		"no server for four days": {func(*testing.T) string { return nobodyListens }, 96 * time.Hour, classConnection, 1},
		"try later":               {func(t *testing.T) string { return refuse(t, 451) }, 0, classDeferred, 0},
		"never":                   {func(t *testing.T) string { return refuse(t, 550) }, 0, classRefused, 1},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		invite(t, db)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "UPDATE outbox SET attempts = 0, due_at = 0, lease_until = 0, dead_at = NULL, last_error = '', created_at = $1",
					time.Now().Add(-test.age).UnixMicro())
				send(t, mailer(t, db, test.address(t), "en"), 1)
				status, err := outbox.Status(t.Context(), db, outbox.Mail)
				if err != nil || status.Dead != test.dead || status.Pending != 1-test.dead {
					t.Errorf("outbox %+v, %v, want %d dead", status, err, test.dead)
				}
				if class := storetest.Value[string](t, db, "SELECT last_error FROM outbox"); class != test.class {
					t.Errorf("class %q, want %q and no text of the server", class, test.class)
				}
				later := storetest.Value[bool](t, db, "SELECT due_at > $1 FROM outbox", time.Now().Add(firstPause/2).UnixMicro())
				if !later {
					t.Error("the next attempt is due at once, want a pause")
				}
				send(t, mailer(t, db, nobodyListens, "en"), 0)
			})
		}
	})
}

func TestALetterThatCannotBeWrittenHoldsNothingUp(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Tenant(t, db, "D2")
		storetest.Exec(t, db, "UPDATE tenants SET spec = 'damaged' WHERE dealer_code = 'D1'")
		enqueue(t, db, outbox.PasswordChanged, storetest.Account(t, db, "first", "D1"))
		enqueue(t, db, outbox.PasswordChanged, storetest.Account(t, db, "second", "D2"))
		box := caught(t)
		send(t, mailer(t, db, box.SMTPAddress, "en"), 2)
		if list := box.Messages(""); len(list) != 1 || !strings.Contains(list[0].Text, "second") {
			t.Errorf("messages %+v, want that of the second account", list)
		}
		if status, err := outbox.Status(t.Context(), db, outbox.Mail); err != nil || status.Pending != 1 || status.LastError != classUnwritable {
			t.Errorf("outbox %+v, %v, want the first waiting", status, err)
		}
	})
}

func TestTwoWorkersSendEachMessageOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		id := storetest.Account(t, db, "robin", "D1")
		const messages = 50
		for range messages {
			enqueue(t, db, outbox.PasswordChanged, id)
		}
		box := caught(t)
		ctx, cancel := context.WithCancel(t.Context())
		var working sync.WaitGroup
		for range 2 {
			m := mailer(t, db, box.SMTPAddress, "en")
			working.Go(func() { m.Work(ctx) })
		}
		deadline := time.After(30 * time.Second)
		for storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL") > 0 {
			select {
			case <-deadline:
				t.Fatal("messages are left after 30 seconds")
			case <-time.After(20 * time.Millisecond):
			}
		}
		cancel()
		working.Wait()
		if n := len(box.Messages("")); n != messages {
			t.Errorf("%d messages arrived, want %d", n, messages)
		}
	})
}
