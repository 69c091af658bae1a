// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// mailServer is an SMTP server that notes whether mails came over TLS.
type mailServer struct {
	mu        sync.Mutex
	delivered []bool // over TLS
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &mailSession{server: s, conn: c}, nil
}

// mailSession is one conversation.
type mailSession struct {
	refusing
	server *mailServer
	conn   *smtp.Conn
}

func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *mailSession) Data(r io.Reader) error {
	_, secure := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.delivered = append(s.server.delivered, secure)
	_, err := io.Copy(io.Discard, r)
	return err
}

// serveMail starts a mail server; a nil config offers no STARTTLS.
func serveMail(t *testing.T, config *tls.Config) (*mailServer, string) {
	t.Helper()
	bound, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	backend := &mailServer{}
	server := smtp.NewServer(backend)
	server.TLSConfig = config
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(bound); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("serving: %v", err)
		}
	})
	t.Cleanup(func() { _ = server.Close(); serving.Wait() })
	return backend, bound.Addr().String()
}

// Required must never send in the clear or to somebody else; Opportunistic takes what there is, but no false certificate; None is for
// servers on the same machine.
func TestTLSPolicies(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	certified.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(certified.Certificate())
	offered := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	old := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	const (
		secure = "over TLS"
		plain  = "in the clear"
		never  = "not delivered"
	)
	tests := map[string]struct {
		server *tls.Config
		roots  *x509.CertPool
		want   map[string]string
	}{
		"a trusted certificate":  {offered, trusted, map[string]string{"Required": secure, "Opportunistic": secure, "None": plain}},
		"an unknown certificate": {offered, x509.NewCertPool(), map[string]string{"Required": never, "Opportunistic": never, "None": plain}},
		"only old versions":      {old, trusted, map[string]string{"Required": never, "Opportunistic": never, "None": plain}},
		"no TLS":                 {nil, trusted, map[string]string{"Required": never, "Opportunistic": plain, "None": plain}},
	}
	db := storetest.Open(t, storetest.SQLite(t))
	storetest.Tenant(t, db, "D1")
	id := storetest.Account(t, db, "robin", "D1")
	for name, test := range tests {
		for policy, want := range test.want {
			t.Run(name+", "+policy, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				enqueue(t, db, outbox.PasswordChanged, id)
				backend, address := serveMail(t, test.server)
				m := mailer(t, db, address, "en")
				m.Mail.TLS, m.Roots = policy, test.roots
				send(t, m, 1)
				got := never
				switch {
				case len(backend.delivered) == 1 && backend.delivered[0]:
					got = secure
				case len(backend.delivered) == 1:
					got = plain
				}
				if got != want {
					t.Errorf("%s, want %s", got, want)
				}
				class := storetest.Value[string](t, db, "SELECT last_error FROM outbox WHERE dead_at IS NULL")
				if (want == never) != (class == classConfiguration || class == classConnection) {
					t.Errorf("class %q", class)
				}
			})
		}
	}
}
