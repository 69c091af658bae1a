// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclient_test

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// certificate makes a portal's certificate.
func certificate(t *testing.T) []byte {
	t.Helper()
	data, err := keys.Internal("us.dealers.svc", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return data[keys.TLSCert]
}

func TestOptionsAreChecked(t *testing.T) {
	pinned := certificate(t)
	tests := map[string]struct {
		options portalclient.Options
		want    string
	}{
		"no TLS":           {portalclient.Options{URL: "http://portal:8443", CertificatePEM: pinned, Token: "t"}, "https://HOST:PORT"},
		"a path":           {portalclient.Options{URL: "https://portal:8443/internal/v1", CertificatePEM: pinned, Token: "t"}, "https://HOST:PORT"},
		"no URL":           {portalclient.Options{CertificatePEM: pinned, Token: "t"}, "https://HOST:PORT"},
		"no token":         {portalclient.Options{URL: "https://portal:8443", CertificatePEM: pinned}, "token is empty"},
		"no certificate":   {portalclient.Options{URL: "https://portal:8443", Token: "t"}, "no PEM block"},
		"half certificate": {portalclient.Options{URL: "https://portal:8443", CertificatePEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), Token: "t"}, "portal certificate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := portalclient.New(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New() = %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestOnlyThePinnedCertificateIsTrusted(t *testing.T) {
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	client, err := portalclient.New(portalclient.Options{URL: "https://" + p.Addresses.Internal, CertificatePEM: certificate(t), Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, _, err = client.State(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "certificate") || !portalclient.Unreachable(err) {
		t.Errorf("State() with another portal's certificate = %v, want no trust", err)
	}
}

func TestUnreachable(t *testing.T) {
	tests := map[string]struct {
		err  error
		want bool
	}{
		"success":              {nil, false},
		"no connection":        {errors.New("connection refused"), true},
		"a refusal":            {&portalclient.Error{Status: http.StatusConflict, Code: portalapi.CodeHeldByOther}, false},
		"a wrong token":        {&portalclient.Error{Status: http.StatusUnauthorized, Code: portalapi.CodeUnauthorized}, false},
		"the database is down": {&portalclient.Error{Status: http.StatusServiceUnavailable, Code: portalapi.CodeUnavailable}, true},
		"the portal failed":    {&portalclient.Error{Status: http.StatusInternalServerError, Code: portalapi.CodeInternal}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := portalclient.Unreachable(test.err); got != test.want {
				t.Errorf("Unreachable() = %t, want %t", got, test.want)
			}
		})
	}
}

func TestWhatIsNoPortal(t *testing.T) {
	tests := map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a page of a proxy": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>nope</html>", http.StatusBadGateway)
		}, "502 Bad Gateway"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		}, "302 Found"},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, "decoding the portal's answer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(test.answer)
			defer server.Close()
			pinned := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			client, err := portalclient.New(portalclient.Options{URL: server.URL, CertificatePEM: pinned, Token: "t"})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, err := client.Tenants(t.Context(), "", 10); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Tenants() = %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestRefusalsCarryCodeAndHolder(t *testing.T) {
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	operator := p.Client(t, portalapi.RoleOperator)
	first, second := servertest.Tenant("first"), servertest.Tenant("second")
	state, err := operator.PutTenant(t.Context(), "D1", first)
	if err != nil || state.UID != first.UID {
		t.Fatalf("PutTenant() = %+v, %v", state, err)
	}
	if digest, err := first.Spec.Digest(); err != nil || state.Digest != digest {
		t.Errorf("digest %s, want %s as the client computes it: %v", state.Digest, digest, err)
	}
	_, err = operator.PutTenant(t.Context(), "D1", second)
	refused, ok := errors.AsType[*portalclient.Error](err)
	if !ok || refused.Code != portalapi.CodeHeldByOther || refused.Holder != first.UID || refused.Status != http.StatusConflict {
		t.Errorf("PutTenant() of another object = %v, want HeldByOther with its holder", err)
	}
	request := &portalapi.SettingsRequest{UID: "portal", Generation: 2, Settings: servertest.Settings()}
	request.Settings.DisplayName = "New name"
	if _, err := operator.PutSettings(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	request.Generation = 1
	if _, err := operator.PutSettings(t.Context(), request); portalclient.Code(err) != portalapi.CodeOlderGeneration {
		t.Errorf("PutSettings() of an older generation = %v, want OlderGeneration", err)
	}
}
