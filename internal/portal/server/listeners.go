// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
)

// listener is one of the three, already bound.
type listener struct {
	net.Listener
	server *http.Server
}

// run serves until the context ends.
func (p *portal) run(ctx context.Context, started func(Addresses)) error {
	listeners, err := p.listen(ctx)
	if err != nil {
		return err
	}
	workers, stopWorkers := context.WithCancel(ctx)
	defer stopWorkers()
	var working sync.WaitGroup
	for _, work := range p.workers {
		working.Go(func() { work(workers) })
	}
	serving, failed := errgroup.WithContext(ctx)
	for _, l := range listeners {
		serving.Go(l.serve)
	}
	addresses := Addresses{listeners[0].Addr().String(), listeners[1].Addr().String(), listeners[2].Addr().String()}
	p.logger.Info("Portal serving", "public", addresses.Public, "internal", addresses.Internal, "metrics", addresses.Metrics)
	p.probes.ready.Store(true)
	if started != nil {
		started(addresses)
	}
	<-failed.Done()
	p.probes.ready.Store(false)
	p.logger.Info("Portal stopping")
	p.farewell.wait(context.WithoutCancel(ctx))
	err = errors.Join(p.drain(ctx, listeners), serving.Wait())
	stopWorkers()
	working.Wait()
	return err
}

// listen binds the three addresses, or none.
func (p *portal) listen(ctx context.Context) ([]*listener, error) {
	handlers := []struct {
		name, address string
		handler       http.Handler
		tls           *tls.Config
	}{
		{"public", p.cfg.Process.Listen.Public, p.farewell.announce(p.public), nil},
		{"internal", p.cfg.Process.Listen.Internal, p.internal, p.tlsConfig()},
		{"metrics", p.cfg.Process.Listen.Metrics, p.probes.handler(p.metrics), nil},
	}
	var listeners []*listener
	for _, h := range handlers {
		bound, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.address)
		if err != nil {
			for _, l := range listeners {
				_ = l.Close()
			}
			return nil, fmt.Errorf("listening on listen.%s: %w", h.name, err)
		}
		listeners = append(listeners, &listener{bound, &http.Server{
			Handler:           p.metrics.observe(h.name, h.handler),
			TLSConfig:         h.tls,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			ErrorLog:          slog.NewLogLogger(p.logger.Handler(), slog.LevelDebug),
		}})
	}
	listeners[0].server.ConnState = p.farewell.track
	return listeners, nil
}

// tlsConfig asks for the certificate at every handshake: a replaced one counts at once.
func (p *portal) tlsConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: p.credentials.GetCertificate}
}

// serve accepts connections until the server is shut down.
func (l *listener) serve() error {
	serve := l.server.Serve
	if l.server.TLSConfig != nil {
		serve = func(on net.Listener) error { return l.server.ServeTLS(on, "", "") }
	}
	if err := serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	}
	return nil
}

// drain finishes the requests under way: first those of people and of the operator, the probes last.
func (p *portal) drain(ctx context.Context, listeners []*listener) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	var faults []error
	for _, l := range listeners {
		if err := l.server.Shutdown(ctx); err != nil {
			faults = append(faults, fmt.Errorf("finishing requests on %s: %w", l.Addr(), err), l.server.Close())
		}
	}
	return errors.Join(faults...)
}
