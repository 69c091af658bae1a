// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package preview runs the portals of YAML files in one process: embedded databases, one local port for the pages of all
// portals, and a page that shows the outgoing mail. Nothing is reachable from other machines.
package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/manifest"
)

// Options say what to run.
type Options struct {
	// Set holds the portals and their tenants, without faults.
	Set *manifest.Set
	// DataDir keeps databases and keys; empty means a temporary folder that is removed at the end.
	DataDir string
	// Port on loopback where the pages of all portals are served, by host name; 0 means a free one.
	Port int
	// Out takes what the user should know.
	Out io.Writer
	// Logs takes the portals' log lines; nil drops them.
	Logs io.Writer
	// Started is called once, when everything serves; it may be nil.
	Started func(Running)
}

// Running is where everything is served.
type Running struct {
	// URLs of the portals, and of their internal APIs, by "namespace/name".
	URLs, InternalURLs map[string]string
	// Address of the pages of all portals, host:port.
	Address string
	// MailURL shows the outgoing mail.
	MailURL string
}

// Run serves until the context ends, which is no error.
func Run(ctx context.Context, options Options) (err error) {
	if len(options.Set.Portals) == 0 {
		return errors.New("the files hold no RegionalPortal: there is nothing to preview")
	}
	dir, remove, err := dataDir(options.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()

	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(options.Port))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serving the pages: %w (choose another port with --port)", err)
	}
	defer listener.Close()
	mail, err := catcher.Start(ctx, catcher.Options{})
	if err != nil {
		return fmt.Errorf("starting the mail page: %w", err)
	}
	defer func() { err = errors.Join(err, mail.Close()) }()

	s := &session{options: options, dir: dir, mailAddress: mail.SMTPAddress, address: listener.Addr().String(), routes: map[string]*portal{}}
	if err := s.plan(); err != nil {
		return err
	}
	err = s.serve(ctx, listener, mail.URL())
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // asked to stop while starting
	}
	return err
}

// dataDir answers the folder to work in and what to do with it at the end.
func dataDir(wanted string) (dir string, remove func() error, err error) {
	if wanted != "" {
		if err := os.MkdirAll(wanted, 0o700); err != nil {
			return "", nil, fmt.Errorf("making the data folder: %w", err)
		}
		return wanted, func() error { return nil }, nil
	}
	dir, err = os.MkdirTemp("", "forecourt-preview-")
	if err != nil {
		return "", nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// session is one preview.
type session struct {
	options     Options
	dir         string
	mailAddress string
	address     string
	portals     []*portal
	routes      map[string]*portal
}

// plan gives every portal its host name and files, and refuses two portals of one name.
func (s *session) plan() error {
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		return err
	}
	for _, declared := range s.options.Set.Portals {
		p := newPortal(declared, s.dir, port)
		for _, host := range append([]string{p.host}, p.aliases...) {
			if other := s.routes[host]; other != nil {
				return fmt.Errorf("RegionalPortals %s and %s have the same hostname %s: change one of them", other.name(), p.name(), host)
			}
			s.routes[host] = p
		}
		s.portals = append(s.portals, p)
	}
	return nil
}

// serve starts the portals, tells them of their tenants, and waits for the end.
func (s *session) serve(ctx context.Context, listener net.Listener, mailURL string) error {
	running, ctx := errgroup.WithContext(ctx)
	err := s.start(ctx, running)
	if err == nil {
		running.Go(func() error { return s.route(ctx, listener) })
		s.report(mailURL)
		<-ctx.Done()
		return running.Wait()
	}
	running.Go(func() error { return err }) // ends the portals that have been started
	return running.Wait()
}

func (s *session) start(ctx context.Context, running *errgroup.Group) error {
	for _, p := range s.portals {
		if err := p.prepare(s.mailAddress); err != nil {
			return fmt.Errorf("preparing RegionalPortal %s: %w", p.name(), err)
		}
		if err := p.start(ctx, running, s.options.Logs); err != nil {
			return err
		}
		if err := p.sync(ctx); err != nil {
			return fmt.Errorf("telling RegionalPortal %s of its tenants: %w", p.name(), err)
		}
	}
	return nil
}

// report tells the user what there is.
func (s *session) report(mailURL string) {
	out, running := s.options.Out, Running{
		URLs: map[string]string{}, InternalURLs: map[string]string{}, Address: s.address, MailURL: mailURL,
	}
	for _, p := range s.portals {
		running.URLs[p.name()], running.InternalURLs[p.name()] = p.publicURL, p.internalURL()
		fmt.Fprintf(out, "%s  %s  (%d dealerships)\n", p.name(), p.publicURL, len(p.declared.Tenants))
		for _, note := range p.notes() {
			fmt.Fprintf(out, "  Note: %s\n", note)
		}
		fmt.Fprintf(out, "  Import accounts: portal accounts import FILE.csv --url %s --ca %s --token-file %s\n",
			p.internalURL(), p.file(dirInternal, fileCertificate), p.file(dirInternal, fileImportToken))
	}
	fmt.Fprintf(out, "Outgoing mail: %s\n", mailURL)
	if s.options.DataDir == "" {
		fmt.Fprintln(out, "Everything is forgotten at the end; keep it with --data DIR.")
	}
	fmt.Fprintln(out, "Stop with Ctrl-C.")
	if s.options.Started != nil {
		s.options.Started(running)
	}
}
