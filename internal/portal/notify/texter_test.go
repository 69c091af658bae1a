// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sms"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// gateway is an HTTPS server that takes text messages, or answers with a status of its own.
type gateway struct {
	mu     sync.Mutex
	status int
	taken  []sms.Message
	keys   []string
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	var message sms.Message
	if err != nil || json.Unmarshal(body, &message) != nil || r.Header.Get(sms.HeaderSignature) != sms.Sign([]byte(textSecret), r.Header.Get(sms.HeaderTimestamp), body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	g.keys = append(g.keys, r.Header.Get(sms.HeaderIdempotencyKey))
	if g.status < 300 {
		g.taken = append(g.taken, message)
	}
	w.WriteHeader(g.status)
}

const textSecret = "0123456789abcdef0123456789abcdef"

// texter sends to a gateway that it starts, and logs to a buffer.
func texter(t *testing.T, db *store.DB, g *gateway) (*Texter, *bytes.Buffer) {
	t.Helper()
	server := httptest.NewTLSServer(g)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	endpoint, err := sms.ParseEndpoint(server.URL, textSecret)
	if err != nil {
		t.Fatal(err)
	}
	logged := &bytes.Buffer{}
	options := mailer(t, db, "127.0.0.1:1", "de-DE", "en-US").Options
	options.Logger = slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	texter, err := NewTexter(options, sms.NewClient(roots), func() (sms.Endpoint, bool) { return endpoint, true })
	if err != nil {
		t.Fatal(err)
	}
	return texter, logged
}

// waitForCode writes somebody who waits for a code on his phone, and queues it.
func waitForCode(t *testing.T, db *store.DB) (id string) {
	t.Helper()
	storetest.Tenant(t, db, "D1")
	storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Dealership","state":"Active"}'`)
	id = storetest.Account(t, db, "robin", "D1")
	storetest.Exec(t, db, "UPDATE accounts SET phone = '+13125550101', phone_confirmed_at = 1, language = 'en-US'")
	if err := db.Tx(t.Context(), func(tx *store.Tx) error {
		if err := flow.Put(t.Context(), tx, "visit", "Recovery", flow.Step{AccountID: id}, 10*time.Minute); err != nil {
			return err
		}
		return outbox.Add(t.Context(), tx, outbox.Message{
			Kind: outbox.RecoveryCode, Channel: outbox.SMS, AccountID: id, Tenant: "D1", Detail: outbox.Detail{Flow: "visit"},
		})
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func sendTexts(t *testing.T, texter *Texter, want int) {
	t.Helper()
	if n, err := texter.batch(t.Context()); err != nil || n != want {
		t.Fatalf("batch() = %d, %v, want %d", n, err, want)
	}
}

func TestACodeByTextMessage(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		waitForCode(t, db)
		g := &gateway{status: http.StatusAccepted}
		texter, logged := texter(t, db, g)
		box := caught(t)
		send(t, mailer(t, db, box.SMTPAddress, "en-US"), 0) // a mail server is no way for it
		sendTexts(t, texter, 1)
		if len(g.taken) != 1 || g.taken[0].To != "+13125550101" || !regexp.MustCompile(`^\d{6} is your code`).MatchString(g.taken[0].Text) {
			t.Fatalf("the gateway has %+v, want one code in the language of the recipient", g.taken)
		}
		if id := storetest.Value[string](t, db, "SELECT id FROM outbox WHERE sent_at IS NOT NULL"); g.taken[0].ID != id || g.keys[0] != id {
			t.Errorf("message %s with key %s, want the id of the outbox: %s", g.taken[0].ID, g.keys[0], id)
		}
		for _, secret := range []string{"3125550101", g.taken[0].Text[:6], textSecret, "127.0.0.1"} {
			if strings.Contains(logged.String(), secret) {
				t.Errorf("the log holds %q:\n%s", secret, logged)
			}
		}
		sendTexts(t, texter, 0)
	})
}

func TestTextMessagesThatAreNotTaken(t *testing.T) {
	tests := map[string]struct {
		status int
		class  string
		dead   int
	}{
		"refused for good":         {http.StatusUnprocessableEntity, classRefused, 1},
		"too many":                 {http.StatusTooManyRequests, classDeferred, 0},
		"a gateway that is broken": {http.StatusInternalServerError, classDeferred, 0},
		"a wrong address":          {http.StatusNotFound, classConfiguration, 0},
		"a redirect":               {http.StatusFound, classConfiguration, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			waitForCode(t, db)
			g := &gateway{status: test.status}
			texter, _ := texter(t, db, g)
			sendTexts(t, texter, 1)
			if class := storetest.Value[string](t, db, "SELECT last_error FROM outbox"); class != test.class {
				t.Errorf("class %s, want %s", class, test.class)
			}
			if dead := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE dead_at IS NOT NULL"); dead != test.dead {
				t.Errorf("%d given up, want %d", dead, test.dead)
			}
			for channel, want := range map[outbox.Channel]string{outbox.SMS: test.class, outbox.Mail: ""} {
				if status, err := outbox.Status(t.Context(), db, channel); err != nil || test.dead == 0 && status.LastError != want || status.Dead != int64(test.dead) && channel == outbox.SMS {
					t.Errorf("%s: %+v, %v, want %q", channel, status, err, want)
				}
			}
			sendTexts(t, texter, 0) // not before a pause
			if test.dead > 0 {
				return
			}
			g.status = http.StatusOK
			storetest.Exec(t, db, "UPDATE outbox SET due_at = 0")
			sendTexts(t, texter, 1)
			if len(g.taken) != 1 || g.keys[0] != g.keys[1] {
				t.Errorf("after the trouble: %+v with keys %v, want one message with the same key", g.taken, g.keys)
			}
		})
	}
}

func TestATextMessageWhoseTimeEnds(t *testing.T) {
	tests := map[string]struct {
		failed bool
		left   int
	}{
		"before it was tried":  {false, 0},
		"while nobody took it": {true, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			waitForCode(t, db)
			g := &gateway{status: http.StatusServiceUnavailable}
			texter, _ := texter(t, db, g)
			if test.failed {
				sendTexts(t, texter, 1)
			}
			storetest.Exec(t, db, "UPDATE outbox SET due_at = 0")
			storetest.Exec(t, db, "UPDATE flows SET expires_at = 1")
			sendTexts(t, texter, 1)
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE dead_at IS NOT NULL"); n != test.left || len(g.taken) != 0 {
				t.Errorf("%d are noted as given up, %d sent, want %d and none", n, len(g.taken), test.left)
			}
		})
	}
}

func TestNoGatewayIsKnown(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	waitForCode(t, db)
	texter, _ := texter(t, db, &gateway{status: http.StatusOK})
	texter.endpoint = func() (sms.Endpoint, bool) { return sms.Endpoint{}, false }
	sendTexts(t, texter, 1)
	if class := storetest.Value[string](t, db, "SELECT last_error FROM outbox WHERE dead_at IS NULL"); class != classConfiguration {
		t.Errorf("class %q, want %s", class, classConfiguration)
	}
}
