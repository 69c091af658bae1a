// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/sms"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// texted is a gateway on this machine that hands over what it takes with the signature of a secret.
func texted(t *testing.T) (address string, messages <-chan textMessage) {
	t.Helper()
	taken := make(chan textMessage, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		m := textMessage{timestamp: r.Header.Get(sms.HeaderTimestamp), signature: r.Header.Get(sms.HeaderSignature), body: body}
		if err != nil || json.Unmarshal(body, &m.Message) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		taken <- m
	}))
	t.Cleanup(server.Close)
	return server.URL, taken
}

type textMessage struct {
	sms.Message
	timestamp, signature string
	body                 []byte
}

// await answers the next text message, which must be signed with a secret.
func await(t *testing.T, messages <-chan textMessage, secret string) textMessage {
	t.Helper()
	select {
	case m := <-messages:
		if m.signature != sms.Sign([]byte(secret), m.timestamp, m.body) {
			t.Errorf("the message is not signed with %s", secret)
		}
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("no text message within 30 seconds")
		return textMessage{}
	}
}

// A portal as it is deployed: the code comes by text message and leads to a new password; the Secret is exchanged meanwhile.
func TestANewPasswordByTextMessage(t *testing.T) {
	const first, second = "0123456789abcdef0123456789abcdef", "another secret of the gateway, as long"
	address, messages := texted(t)
	volume := servertest.Volume{Dir: filepath.Join(t.TempDir(), "sms")}
	mount := func(secret string) {
		t.Helper()
		if err := volume.Mount(map[string][]byte{"url": []byte(address + "/send\n"), "secret": []byte(secret + "\n")}); err != nil {
			t.Fatal(err)
		}
	}
	mount(first)
	process, settings := servertest.Process(t.TempDir()), servertest.Settings()
	process.SMS = &portalconfig.SMS{URLFile: filepath.Join(volume.Dir, "url"), SecretFile: filepath.Join(volume.Dir, "secret")}
	settings.Auth.SecondFactor = portalconfig.SecondFactorOff
	settings.Auth.Recovery = &portalconfig.Recovery{Channels: []string{"SMS"}, LinkMinutes: 30, CodeMinutes: 10}
	p := servertest.Start(t, servertest.WriteConfig(t, process, settings))
	if _, err := p.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", servertest.Tenant("D1")); err != nil {
		t.Fatal(err)
	}
	csv := "username,class,tenant,role,phone,createdAt\nrobin,Dealer,D1,user,+13125550101," + time.Now().UTC().Format(time.DateOnly) + "\n"
	result, err := p.Client(t, portalapi.RoleImport).ImportAccounts(t.Context(), strings.NewReader(csv), portalapi.ImportOptions{TrustAddresses: true})
	if err != nil || !result.Applied {
		t.Fatalf("import: %+v, %v", result, err)
	}
	ask := func() *phoneUser {
		v := visitWithPhone(t, p, process.PublicURL)
		if got := v.send("/recover", "/recover", url.Values{"username": {"robin"}, "channel": {"SMS"}}); got != "/recover/code" {
			t.Fatalf("asking leads to %s", got)
		}
		return v
	}
	ask()
	await(t, messages, first)
	mount(second)
	deadline := time.Now().Add(time.Minute)
	for before := p.Log(); strings.Count(p.Log(), `"credential":"sms"`) <= strings.Count(before, `"credential":"sms"`); {
		if time.Now().After(deadline) {
			t.Fatalf("the new secret is not in force:\n%s", p.Log())
		}
		<-time.After(50 * time.Millisecond)
	}
	v := ask()
	message := await(t, messages, second)
	code := regexp.MustCompile(`\d{6}`).FindString(message.Text)
	if message.To != "+13125550101" || code == "" {
		t.Fatalf("message %+v, want a code for robin's phone", message.Message)
	}
	if got := v.send("/recover/code", "/recover/code", url.Values{"code": {code}}); got != "/recover/password" {
		t.Fatalf("the code leads to %s", got)
	}
	const chosen = "seven lamps over the bridge"
	if got := v.send("/recover/password", "/recover/password", url.Values{"new": {chosen}, "repeat": {chosen}}); got != "/sign-in" {
		t.Fatalf("the new password leads to %s", got)
	}
	if got := v.send("/sign-in", "/sign-in", url.Values{"username": {"robin"}, "password": {chosen}}); got != "/" {
		t.Errorf("signing in leads to %s", got)
	}
	for _, secret := range []string{"3125550101", code, first, second, chosen, address} {
		if strings.Contains(p.Log(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	state, _, err := p.Client(t, portalapi.RoleOperator).State(t.Context(), "")
	if err != nil || state.Outbox.SMS == nil || state.Outbox.SMS.Pending != 0 || state.Outbox.SMS.LastError != "" {
		t.Errorf("outbox %+v, %v, want text messages that leave", state.Outbox, err)
	}
}

// phoneUser has a browser and a phone.
type phoneUser struct {
	*testing.T
	client *http.Client
	base   string
}

func visitWithPhone(t *testing.T, p *servertest.Portal, base string) *phoneUser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &phoneUser{T: t, base: base, client: &http.Client{Jar: jar, Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.Addresses.Public)
	}}}}
}

// open sends a request and answers where it leads.
func (v *phoneUser) open(method, path string, form url.Values) (where, body string) {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := v.client.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		v.Fatal(err)
	}
	return answer.Request.URL.Path, string(raw)
}

// send opens a page and sends one of its forms.
func (v *phoneUser) send(page, action string, form url.Values) (where string) {
	v.Helper()
	_, body := v.open(http.MethodGet, page, nil)
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(body)
	if token == nil {
		v.Fatalf("%s has no form:\n%s", page, body)
	}
	form.Set("token", token[1])
	where, _ = v.open(http.MethodPost, action, form)
	return where
}
