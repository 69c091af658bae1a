// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
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

// compositionError says that a letter could not be written.
type compositionError struct{ error }

// configurationError says that the portal's own mail settings do not work.
type configurationError struct{ error }

// classOf names the class of a failure; texts of servers may quote addresses and are not kept.
func classOf(err error) string {
	if _, ok := errors.AsType[configurationError](err); ok {
		return classConfiguration
	}
	if _, ok := errors.AsType[compositionError](err); ok {
		return classUnwritable
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

// dial connects and signs in. The credentials are read anew each time, so that replaced Secrets count at once.
func (m *Mailer) dial(ctx context.Context) (*connection, error) {
	policies := map[string]mail.TLSPolicy{"Required": mail.TLSMandatory, "Opportunistic": mail.TLSOpportunistic, "None": mail.NoTLS}
	options := []mail.Option{
		mail.WithPort(int(m.Mail.Port)), mail.WithTimeout(smtpTimeout), mail.WithTLSPolicy(policies[m.Mail.TLS]),
		mail.WithHELO(m.PublicURL.Hostname()),
	}
	if m.Mail.UsernameFile != "" {
		username, err := os.ReadFile(m.Mail.UsernameFile)
		if err != nil {
			return nil, configurationError{fmt.Errorf("reading mail.usernameFile: %w", err)}
		}
		password, err := os.ReadFile(m.Mail.PasswordFile)
		if err != nil {
			return nil, configurationError{fmt.Errorf("reading mail.passwordFile: %w", err)}
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(strings.TrimSpace(string(username))), mail.WithPassword(strings.TrimSpace(string(password))))
	}
	client, err := mail.NewClient(m.Mail.Host, options...)
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
