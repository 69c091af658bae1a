// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package catcher

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/emersion/go-smtp"
)

func newSMTPServer(box *mailbox, tlsConfig *tls.Config) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{box: box}, nil
	}))
	s.Domain = "localhost"
	s.MaxMessageBytes = box.maxBytes / 16
	s.MaxRecipients = 100
	s.ReadTimeout = time.Minute
	s.WriteTimeout = time.Minute
	s.EnableSMTPUTF8 = true
	s.TLSConfig = tlsConfig
	s.ErrorLog = log.New(io.Discard, "", 0) // broken connections are the client's business
	return s
}

// session is one connection; it takes mail for anybody.
type session struct {
	box        *mailbox
	recipients []string
}

func (s *session) Reset() { s.recipients = nil }

func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.recipients = append(s.recipients, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // go-smtp answers the client, for example that the message is too large
	}
	m, err := parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: fmt.Sprintf("cannot read the message: %v", err)}
	}
	m.To = s.recipients
	s.box.add(m, int64(len(raw)))
	return nil
}
