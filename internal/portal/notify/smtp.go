// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/wneessen/go-mail"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// smtpTimeout is how long a step of the conversation with the mail server may take.
const smtpTimeout = 20 * time.Second

// Classes of failures, as the state tells them.
const (
	classConfiguration = "Configuration"
	classConnection    = "Connection"
	classDeferred      = "Deferred"
	classRefused       = "Refused"
	classUnwritable    = "Unwritable"
)

// configurationError says that the portal's own mail settings do not work.
type configurationError struct{ error }

// classOf names the class of a failure; texts of servers may quote addresses and are not kept.
func classOf(err error) string {
	if _, ok := errors.AsType[configurationError](err); ok {
		return classConfiguration
	}
	failure, ok := errors.AsType[*mail.SendError](err)
	switch {
	case ok && permanent(err):
		return classRefused
	case ok && failure.ErrorCode() != 0:
		return classDeferred
	default:
		return classConnection
	}
}

// permanent says whether the server refuses this message for good (RFC 5321: 5yz). A refused sender is a fault of the
// configuration that somebody will mend, so it is retried.
func permanent(err error) bool {
	failure, ok := errors.AsType[*mail.SendError](err)
	return ok && !failure.IsTemp() && failure.ErrorCode() >= 500 && failure.Reason != mail.ErrSMTPMailFrom
}

// connection is an open conversation with the mail server.
type connection struct {
	client *mail.Client
}

// dial connects and signs in.
func (m *Mailer) dial(ctx context.Context) (*connection, error) {
	if m.Login == nil {
		return connect(ctx, m.Mail, m.PublicURL, nil, m.Roots)
	}
	username, password, ok := m.Login()
	if !ok {
		return connect(ctx, m.Mail, m.PublicURL, nil, m.Roots)
	}
	return connect(ctx, m.Mail, m.PublicURL, &login{username, password}, m.Roots)
}

// Check connects to a mail server, signs in and says good-bye. It answers the class of a failure, empty when all is well.
func Check(ctx context.Context, server portalconfig.Mail, publicURL *url.URL, username, password string) (class string) {
	conn, err := connect(ctx, server, publicURL, &login{username, password}, nil)
	if err != nil {
		return classOf(err)
	}
	conn.close()
	return ""
}

// login is an account of the mail server.
type login struct{ username, password string }

// connect opens a conversation; with a login it signs in.
func connect(ctx context.Context, server portalconfig.Mail, publicURL *url.URL, as *login, roots *x509.CertPool) (*connection, error) {
	policies := map[string]mail.TLSPolicy{"Required": mail.TLSMandatory, "Opportunistic": mail.TLSOpportunistic, "None": mail.NoTLS}
	options := []mail.Option{
		mail.WithPort(int(server.Port)), mail.WithTimeout(smtpTimeout), mail.WithTLSPolicy(policies[server.TLS]),
		mail.WithHELO(publicURL.Hostname()),
		mail.WithTLSConfig(&tls.Config{ServerName: server.Host, RootCAs: roots, MinVersion: tls.VersionTLS12}),
	}
	if as != nil {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(as.username), mail.WithPassword(as.password))
	}
	client, err := mail.NewClient(server.Host, options...)
	if err != nil {
		return nil, configurationError{fmt.Errorf("preparing the mail client: %w", err)}
	}
	if err := client.DialWithContext(ctx); err != nil {
		if _, network := errors.AsType[net.Error](err); network {
			return nil, fmt.Errorf("connecting to the mail server: %w", err)
		}
		return nil, configurationError{fmt.Errorf("greeting the mail server: %w", err)}
	}
	return &connection{client}, nil
}

// send sends one letter.
func (c *connection) send(letter *mail.Msg) error { return c.client.Send(letter) }

// close ends the conversation. What was accepted is accepted, whatever the server says to a good-bye.
func (c *connection) close() {
	if c != nil {
		_ = c.client.Close()
	}
}
