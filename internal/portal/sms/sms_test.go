// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sms_test

import (
	"context"
	"crypto/hmac"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/sms"
)

const secret = "0123456789abcdef0123456789abcdef"

var message = sms.Message{ID: "0192f0c4-0000-7000-8000-000000000001", To: "+13125550101", Text: "012345 ist Ihr Code. „Äh“ <b>"}

// gateway starts an HTTPS server, and answers its endpoint and a client that trusts it.
func gateway(t *testing.T, handle http.HandlerFunc) (sms.Endpoint, *sms.Client) {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	endpoint, err := sms.ParseEndpoint(server.URL+"/messages?account=7\n", secret+"\n")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return endpoint, sms.NewClient(roots)
}

// verified is the check that docs/messages.md asks of a gateway.
func verified(r *http.Request, body []byte) bool {
	timestamp := r.Header.Get("Forecourt-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	return hmac.Equal([]byte(r.Header.Get("Forecourt-Signature")), []byte(sms.Sign([]byte(secret), timestamp, body)))
}

func TestAGatewayCanVerifyWhatItGets(t *testing.T) {
	var got sms.Message
	var refused string
	endpoint, client := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil || json.Unmarshal(body, &got) != nil:
			refused = "the body"
		case !verified(r, body):
			refused = "the signature"
		case verified(r, append(body, ' ')):
			refused = "nothing: another body has the same signature"
		case r.Header.Get("Idempotency-Key") != message.ID || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost:
			refused = "the headers"
		case r.URL.RequestURI() != "/messages?account=7":
			refused = "the address " + r.URL.RequestURI()
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err := client.Send(t.Context(), endpoint, message); err != nil || refused != "" {
		t.Errorf("%v, refused because of %s", err, refused)
	}
	if diff := cmp.Diff(message, got); diff != "" {
		t.Errorf("message (-sent +got):\n%s", diff)
	}
}

// The example of the documentation, which people test their gateways with.
func TestTheSignatureOfTheDocumentation(t *testing.T) {
	body := `{"id":"0192f0c4-0000-7000-8000-000000000001","to":"+13125550101","text":"012345 is your code."}`
	const want = "v1=623ca19257f27c0eba6b6103e97482510337c78fef1b06df63b7d301b2f6ee43"
	if got := sms.Sign([]byte(secret), "1793000000", []byte(body)); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestAnswersOfGateways(t *testing.T) {
	forGood, setup := &sms.Failure{ForGood: true}, &sms.Failure{Setup: true}
	for status, want := range map[int]*sms.Failure{
		200: nil, 201: nil, 202: nil, 204: nil,
		301: setup, 302: setup, 401: setup, 403: setup, 404: setup, 405: setup,
		400: forGood, 410: forGood, 413: forGood, 422: forGood,
		408: {}, 409: {}, 425: {}, 429: {}, 500: {}, 502: {}, 503: {},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			calls := 0
			endpoint, client := gateway(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.Header().Set("Location", "https://elsewhere.example/")
				w.WriteHeader(status)
			})
			err := client.Send(t.Context(), endpoint, message)
			var got *sms.Failure
			if want != nil {
				want.Status = status
			}
			if (want == nil) != (err == nil) || err != nil && !errors.As(err, &got) {
				t.Fatalf("got %v, want %v", err, want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
			if calls != 1 {
				t.Errorf("%d calls, want one: no redirect is followed", calls)
			}
		})
	}
}

func TestGatewaysThatCannotBeTrusted(t *testing.T) {
	called := false
	endpoint, _ := gateway(t, func(http.ResponseWriter, *http.Request) { called = true })
	for name, client := range map[string]*sms.Client{"another authority": sms.NewClient(x509.NewCertPool()), "the system's": sms.NewClient(nil)} {
		var failure *sms.Failure
		if err := client.Send(t.Context(), endpoint, message); !errors.As(err, &failure) || failure.ForGood || strings.Contains(err.Error(), endpoint.URL.Host) {
			t.Errorf("%s: %v, want a failure that is tried again and tells no address", name, err)
		}
	}
	if called {
		t.Error("the message reached a server with an unknown certificate")
	}
}

func TestASendThatIsCancelled(t *testing.T) {
	endpoint, client := gateway(t, func(http.ResponseWriter, *http.Request) {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Send(ctx, endpoint, message); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestEndpoints(t *testing.T) {
	for name, test := range map[string]struct{ address, secret, fault string }{
		"https":                  {"https://sms.example.com/send", secret, ""},
		"http on this machine":   {"http://127.0.0.1:8080/send", secret, ""},
		"http on this one, IPv6": {"http://[::1]:8080/send", secret, ""},
		"http to localhost":      {"http://localhost:8080", secret, ""},
		"http elsewhere":         {"http://sms.example.com/send", secret, "sms.urlFile: the URL has no TLS"},
		"http to a lookalike":    {"http://127.0.0.1.example.com/", secret, "sms.urlFile: the URL has no TLS"},
		"another scheme":         {"ftp://sms.example.com/", secret, "sms.urlFile: the URL has no TLS"},
		"no URL":                 {"sms.example.com", secret, "sms.urlFile: this is no URL"},
		"nothing":                {"", secret, "sms.urlFile: this is no URL"},
		"a user":                 {"https://user:pass@sms.example.com/", secret, "sms.urlFile: the URL has a user"},
		"a short secret":         {"https://sms.example.com/", "short", "sms.secretFile: the secret is too short"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sms.ParseEndpoint(test.address, test.secret)
			if (test.fault == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), test.fault) {
				t.Fatalf("got %v, want %q", err, test.fault)
			}
			if err != nil && (strings.Contains(err.Error(), "example.com") || strings.Contains(err.Error(), "pass@")) {
				t.Errorf("the error tells the address: %v", err)
			}
		})
	}
}
