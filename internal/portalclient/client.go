// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalclient calls the internal API of a portal (/internal/v1) for the operator, the plugin and the commands
// `portal sweep` and `portal accounts import`. It trusts exactly the certificate it is given and never retries: the
// caller knows whether a call may be repeated.
package portalclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// maxAnswer is the most bytes of an answer that are read: a page of tenants stays far below it.
const maxAnswer = 8 << 20

// DefaultTimeout of a call, except for imports, which take as long as they take.
const DefaultTimeout = 10 * time.Second

// Options say which portal to call and as whom.
type Options struct {
	// URL of the internal listener: https://HOST:PORT.
	URL string
	// CertificatePEM is the certificate to trust: the portal's own, and while that is replaced also the other one. No other
	// authority is believed.
	CertificatePEM []byte
	// ServerName that the certificate must be valid for; empty means the first name in CertificatePEM, so that a portal
	// is also reached through a forwarded port.
	ServerName string
	// Token is the bearer token of a role.
	Token string
	// Timeout of a call; 0 means DefaultTimeout.
	Timeout time.Duration
	// Dial connects to the portal instead of dialling URL's host, as through a tunnel; nil means to dial.
	Dial func(context.Context) (net.Conn, error)
}

// Client calls one portal. It is safe for concurrent use; Close releases its idle connections.
type Client struct {
	base    string
	token   string
	timeout time.Duration
	http    *http.Client
}

// New returns a client or says which option is wrong.
func New(options Options) (*Client, error) {
	base, err := url.Parse(options.URL)
	if err != nil || base.Scheme != "https" || base.Host == "" || strings.Trim(base.Path, "/") != "" {
		return nil, fmt.Errorf("portal URL %q: want https://HOST:PORT", options.URL)
	}
	if options.Token == "" {
		return nil, errors.New("portal token is empty: give the token of a role")
	}
	pinned, err := tlsConfig(options)
	if err != nil {
		return nil, err
	}
	timeout := options.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	dial := (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	if options.Dial != nil {
		dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return options.Dial(ctx) }
	}
	transport := &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     pinned,
		TLSHandshakeTimeout: 5 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     90 * time.Second,
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{
		base:    "https://" + base.Host + portalapi.BasePath,
		token:   options.Token,
		timeout: timeout,
		http:    &http.Client{Transport: transport, CheckRedirect: refuse},
	}, nil
}

// tlsConfig trusts the pinned certificates only.
func tlsConfig(options Options) (*tls.Config, error) {
	roots, name := x509.NewCertPool(), options.ServerName
	trusted := 0
	for block, rest := pem.Decode(options.CertificatePEM); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("portal certificate: %w", err)
		}
		roots.AddCert(certificate)
		trusted++
		if name == "" && len(certificate.DNSNames) > 0 {
			name = certificate.DNSNames[0]
		}
	}
	if trusted == 0 {
		return nil, errors.New("portal certificate: no PEM block of type CERTIFICATE")
	}
	return &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS13}, nil
}

// Close releases idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call.
type request struct {
	method string
	path   string
	query  url.Values
	header http.Header
	body   io.Reader
}

// call sends a request with an optional JSON body and decodes the JSON answer, if an answer is wanted.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req := request{method: method, path: path, query: query, header: http.Header{}}
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding the request: %w", err)
		}
		req.body = bytes.NewReader(raw)
		req.header.Set("Content-Type", "application/json")
	}
	response, err := c.send(ctx, req)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return decode(response, out)
}

// send sends a request. Answers with a status of 400 or more become an *Error.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, r.body)
	if err != nil {
		return nil, fmt.Errorf("calling the portal: %w", err)
	}
	for key, values := range r.header {
		req.Header[key] = values
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json")
	response, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("calling the portal: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices && response.StatusCode != http.StatusNotModified {
		defer response.Body.Close()
		return nil, refusal(response)
	}
	return response, nil
}

// decode reads the JSON answer into out; a nil out means that no answer is wanted.
func decode(response *http.Response, out any) error {
	if out == nil {
		return nil
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the portal's answer: %w", err)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decoding the portal's answer: %w", err)
	}
	return nil
}
