// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/edge"
	"github.com/forecourt-dev/forecourt/test/haproxy"
	"github.com/forecourt-dev/forecourt/test/world"
)

// TestRequestsArrive sends real requests through a real proxy that knows nothing but the route that the operator made.
func TestRequestsArrive(t *testing.T) {
	hosts := []string{"us.example.com", "old.example.com"}
	tests := map[string]struct {
		exposure *v1alpha1.ExposureSettings
		rules    func(w *world.World, portal *v1alpha1.RegionalPortal) []haproxy.Rule
	}{
		"an Ingress": {ingress("us-cert"), func(w *world.World, portal *v1alpha1.RegionalPortal) []haproxy.Rule {
			return haproxy.RulesOfIngress(there(w, ingressOf(portal)))
		}},
		"an HTTPRoute": {httpRoute(), func(w *world.World, portal *v1alpha1.RegionalPortal) []haproxy.Rule {
			return haproxy.RulesOfRoute(there(w, foreignOf(portal, render.HTTPRouteKind)))
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := cluster.New(t)
			w.Plane.Install(t, controlplane.HTTPRoutes)
			secret := certificate(w, "us-cert", hosts...)
			edge.Serve(t, w.Plane.Admin, w.Namespace)
			portal := w.Portal("us")
			portal.Spec.Aliases, portal.Spec.Exposure = hosts[1:], test.exposure
			portal.Spec.Exposure.TrustedProxyHops = new(int32(1))
			portal.Spec.Auth = &v1alpha1.AuthSettings{Throttle: &v1alpha1.ThrottleSettings{PerAddressPerHour: new(int32(10))}}
			w.Create(portal)
			w.Ready(portal)
			address := proxy(w, test.rules(w, portal), secret.Data)
			visit(w, &visitor{t: t, proxy: address, from: "127.0.0.1", trust: secret.Data["tls.crt"]})
			throttled(w, address, secret.Data["tls.crt"])
		})
	}
}

// visit asks for the pages under every kind of host.
func visit(w *world.World, v *visitor) {
	w.Helper()
	status, _, page := v.get("https://us.example.com/sign-in")
	if status != http.StatusOK || !strings.Contains(page, `name="password"`) {
		w.Errorf("the sign-in page answers %d:\n%s", status, page)
	}
	status, location, _ := v.get("https://old.example.com/sign-in?next=%2Fpeople")
	if status != http.StatusMovedPermanently || location != "https://us.example.com/sign-in?next=%2Fpeople" {
		w.Errorf("the alias answers %d to %q", status, location)
	}
	v.lax = true // the certificate does not cover what follows
	if status, _, _ := v.get("https://evil.example.com/sign-in"); status != http.StatusNotFound {
		w.Errorf("a host without a route answers %d", status)
	}
	direct, err := w.Host.PublicAddress(w.Key("us"))
	if err != nil {
		w.Fatal(err)
	}
	request, err := http.NewRequestWithContext(w.Context(), http.MethodGet, "http://"+direct+"/sign-in", nil)
	if err != nil {
		w.Fatal(err)
	}
	request.Host = "evil.example.com"
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusMisdirectedRequest {
		w.Errorf("the portal answers %d to an unknown host", answer.StatusCode)
	}
}

// throttled uses up the budget of one address: what the client writes into X-Forwarded-For changes nothing, and others go on.
func throttled(w *world.World, proxy string, trust []byte) {
	w.Helper()
	guesser := &visitor{t: w.T, proxy: proxy, from: "127.0.0.2", trust: trust}
	last := 0
	for i := range 30 {
		guesser.forged = fmt.Sprintf("198.51.100.%d", i) // another one every time
		if last = guesser.guess(fmt.Sprintf("nobody%d", i)); last == http.StatusTooManyRequests {
			break
		}
	}
	if last != http.StatusTooManyRequests {
		w.Errorf("30 wrong passwords from one address are answered with %d", last)
	}
	other := &visitor{t: w.T, proxy: proxy, from: "127.0.0.3", trust: trust}
	if status := other.guess("somebody"); status == http.StatusTooManyRequests {
		w.Error("another address pays for it")
	}
}

// visitor is a browser at an address.
type visitor struct {
	t                   *testing.T
	proxy, from, forged string
	trust               []byte
	// lax takes every certificate.
	lax bool

	client *http.Client
}

func (v *visitor) http() *http.Client {
	if v.client != nil {
		return v.client
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(v.from)}}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(v.trust)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, v.proxy)
		},
		TLSClientConfig: &tls.Config{
			RootCAs: roots, InsecureSkipVerify: true, // VerifyConnection decides
			VerifyConnection: func(state tls.ConnectionState) error {
				if v.lax {
					return nil
				}
				_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: state.ServerName, Roots: roots})
				return err
			},
		},
	}
	v.t.Cleanup(transport.CloseIdleConnections)
	v.client = &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return v.client
}

func (v *visitor) do(method, address, body string) (int, string, string) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if v.forged != "" {
		request.Header.Set("X-Forwarded-For", v.forged)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := v.http().Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(page)
}

func (v *visitor) get(address string) (int, string, string) {
	v.t.Helper()
	return v.do(http.MethodGet, address, "")
}

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// guess sends a wrong password and answers the status.
func (v *visitor) guess(username string) int {
	v.t.Helper()
	const address = "https://us.example.com/sign-in"
	status, _, page := v.get(address)
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		return status
	}
	form := url.Values{"token": {token[1]}, "username": {username}, "password": {"velvet tractor under lemon sky"}}
	status, _, _ = v.do(http.MethodPost, address, form.Encode())
	return status
}
