// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package catcher is a mail server that delivers nothing: it keeps the newest
// messages in memory and shows them on a page and as JSON. The demo, the preview
// and the tests use it to see what a portal sends.
package catcher

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/emersion/go-smtp"
)

// Options say where a catcher listens and how much it keeps. Zero values mean
// the defaults.
type Options struct {
	// SMTPAddress takes mail; defaults to a free port on loopback.
	SMTPAddress string
	// HTTPAddress serves the page; defaults to a free port on loopback.
	HTTPAddress string
	// MaxMessages that are kept, the newest; defaults to 1000.
	MaxMessages int
	// MaxBytes of all messages that are kept; defaults to 64 MiB. A single
	// message may have a sixteenth of it.
	MaxBytes int64
	// TLS, when set, offers STARTTLS.
	TLS *tls.Config
}

// Server is a running catcher.
type Server struct {
	box  *mailbox
	smtp *smtp.Server
	http *http.Server
	// SMTPAddress and HTTPAddress are host:port as they were bound.
	SMTPAddress, HTTPAddress string
	failed                   chan error
}

// Start listens on both addresses and serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	box := newMailbox(cmp.Or(o.MaxMessages, 1000), cmp.Or(o.MaxBytes, 64<<20))
	var listen net.ListenConfig
	mail, err := listen.Listen(ctx, "tcp", cmp.Or(o.SMTPAddress, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("listening for mail: %w", err)
	}
	page, err := listen.Listen(ctx, "tcp", cmp.Or(o.HTTPAddress, "127.0.0.1:0"))
	if err != nil {
		mail.Close()
		return nil, fmt.Errorf("listening for the page: %w", err)
	}
	s := &Server{
		box:         box,
		smtp:        newSMTPServer(box, o.TLS),
		http:        &http.Server{Handler: newHandler(box), ReadHeaderTimeout: 10 * time.Second},
		SMTPAddress: mail.Addr().String(),
		HTTPAddress: page.Addr().String(),
		failed:      make(chan error, 2),
	}
	go func() { s.failed <- s.smtp.Serve(mail) }()
	go func() { s.failed <- s.http.Serve(page) }()
	return s, nil
}

// URL of the page.
func (s *Server) URL() string { return "http://" + s.HTTPAddress }

// Messages to the address, newest first; an empty address means all.
func (s *Server) Messages(to string) []Message { return s.box.list(to) }

// Wait answers the newest message that fits, waiting for one to arrive if need be.
func (s *Server) Wait(ctx context.Context, fits func(Message) bool) (Message, error) {
	for {
		arrived := s.box.next()
		for _, m := range s.box.list("") {
			if fits(m) {
				return m, nil
			}
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("waiting for a message (%d others arrived): %w", len(s.box.list("")), ctx.Err())
		}
	}
}

// Run blocks until the context ends or a listener fails, and closes the server.
func (s *Server) Run(ctx context.Context) error {
	var failure error
	select {
	case failure = <-s.failed:
	case <-ctx.Done():
	}
	return errors.Join(failure, s.Close())
}

// Close stops both listeners and ends their connections.
func (s *Server) Close() error {
	if err := errors.Join(s.http.Close(), s.smtp.Close()); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("closing the mail catcher: %w", err)
	}
	return nil
}
