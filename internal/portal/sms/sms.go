// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sms hands text messages to a gateway by a signed webhook. docs/messages.md describes it for those who run a gateway.
package sms

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Headers of the webhook.
const (
	// HeaderTimestamp is the second at which the request was signed, since 1970.
	HeaderTimestamp = "Forecourt-Timestamp"
	// HeaderSignature is "v1=" and the HMAC-SHA-256 over the timestamp, a full stop and the body, in hexadecimal digits.
	HeaderSignature = "Forecourt-Signature"
	// HeaderIdempotencyKey is the same for every attempt to deliver a message.
	HeaderIdempotencyKey = "Idempotency-Key"
)

const (
	// timeout of one request, from the connection to the answer.
	timeout = 15 * time.Second
	// minSecret is the least characters of a secret: 128 random bits in hexadecimal digits.
	minSecret = 32
	// maxAnswer is the most bytes of an answer that are read, so that the connection can be used again.
	maxAnswer = 64 << 10
)

// Endpoint is where a gateway takes messages.
type Endpoint struct {
	URL    *url.URL
	Secret []byte
}

// ParseEndpoint reads what is mounted. The address must be https, except on the machine itself. Errors repeat neither.
func ParseEndpoint(address, secret string) (Endpoint, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Hostname() == "":
		return Endpoint{}, errors.New("sms.urlFile: this is no URL: write https://HOST/PATH")
	case u.User != nil || u.Fragment != "":
		return Endpoint{}, errors.New("sms.urlFile: the URL has a user or a fragment: leave them out, requests are signed")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return Endpoint{}, errors.New("sms.urlFile: the URL has no TLS: use https")
	}
	secret = strings.TrimSpace(secret)
	if len(secret) < minSecret {
		return Endpoint{}, fmt.Errorf("sms.secretFile: the secret is too short: use at least %d random characters", minSecret)
	}
	return Endpoint{URL: u, Secret: []byte(secret)}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Message is a text message.
type Message struct {
	// ID is the same for every attempt.
	ID string `json:"id"`
	// To is the number in E.164 form.
	To   string `json:"to"`
	Text string `json:"text"`
}

// Failure says that a message was not taken. Its text names neither number nor address.
type Failure struct {
	// Status of the answer; 0 when there was none.
	Status int
	// ForGood is true when the gateway will never take this message.
	ForGood bool
	// Setup is true when not the message but the portal's or the gateway's configuration is at fault.
	Setup bool
}

// Error names the status.
func (f *Failure) Error() string {
	if f.Status == 0 {
		return "the gateway does not answer"
	}
	return fmt.Sprintf("the gateway answers with status %d", f.Status)
}

// classify tells what an answer means. The message itself is only refused by those that say so; the other statuses from 300 to 499 are
// faults of a configuration that somebody will mend, and the rest will pass.
func classify(status int) *Failure {
	f := &Failure{Status: status}
	switch status {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		f.ForGood = true
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
	default:
		f.Setup = status >= 300 && status < 500
	}
	return f
}

// Client sends messages.
type Client struct {
	http *http.Client
	now  func() time.Time
}

// NewClient makes a client that trusts roots; nil means those of the system.
func NewClient(roots *x509.CertPool) *Client {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	return &Client{now: time.Now, http: &http.Client{
		Transport: transport, Timeout: timeout,
		// A redirect could lead the number and the text anywhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send hands a message over. The error is a *Failure, or the context's.
func (c *Client) Send(ctx context.Context, endpoint Endpoint, message Message) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encoding a text message: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.URL.String(), bytes.NewReader(body))
	if err != nil {
		return &Failure{Setup: true}
	}
	timestamp := strconv.FormatInt(c.now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Forecourt")
	request.Header.Set(HeaderTimestamp, timestamp)
	request.Header.Set(HeaderSignature, Sign(endpoint.Secret, timestamp, body))
	request.Header.Set(HeaderIdempotencyKey, message.ID)
	answer, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("sending a text message: %w", ctx.Err())
		}
		return &Failure{} // what it says may name the address
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return nil
	}
	return classify(answer.StatusCode)
}

// Sign is the value of the header with the signature.
func Sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}
