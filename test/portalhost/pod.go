// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalhost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/portal/server"
)

// retryEvery is how long a pod that cannot start waits, unless its Deployment changes before.
const retryEvery = 300 * time.Millisecond

// pod is the process of one Deployment.
type pod struct {
	client                    client.Client
	key                       types.NamespacedName
	dir                       string
	public, internal, metrics string
	started                   bool // guarded by the host's lock

	mu     sync.Mutex
	wanted *appsv1.Deployment // nil when it does not exist
	paused bool
	fault  error
	wake   chan struct{}
	idle   chan struct{} // closed while no process runs because of a pause

	process *process // of the run goroutine only
}

// process is a running portal.
type process struct {
	template string
	stop     context.CancelFunc
	ended    chan error
}

func newPod(writer client.Client, key types.NamespacedName, dir string, ports []string) *pod {
	return &pod{
		client: writer, key: key, dir: dir, public: ports[0], internal: ports[1], metrics: ports[2],
		wake: make(chan struct{}, 1), idle: make(chan struct{}),
	}
}

func (p *pod) want(deployment *appsv1.Deployment) {
	p.mu.Lock()
	p.wanted = deployment
	p.mu.Unlock()
	p.poke()
}

func (p *pod) poke() {
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// pause stops the process and waits until it has ended.
func (p *pod) pause(ctx context.Context) error {
	p.mu.Lock()
	p.paused = true
	idle := p.idle
	p.mu.Unlock()
	p.poke()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s to stop: %w", p.key, ctx.Err())
	}
}

func (p *pod) resume() {
	p.mu.Lock()
	if p.paused {
		p.paused, p.idle = false, make(chan struct{})
	}
	p.mu.Unlock()
	p.poke()
}

func (p *pod) problem() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

func (p *pod) note(fault error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// run brings the process to what is wanted until the context ends.
func (p *pod) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := p.sync(ctx)
		p.note(err)
		var retry <-chan time.Time
		if err != nil {
			retry = time.After(retryEvery)
		}
		var ended chan error
		if p.process != nil {
			ended = p.process.ended
		}
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-retry:
		case err := <-ended:
			p.process.ended <- err // for the next look
		}
	}
	p.stop()
}

// sync is one look at what is wanted and what runs.
func (p *pod) sync(ctx context.Context) error {
	p.mu.Lock()
	wanted, paused, idle := p.wanted, p.paused, p.idle
	p.mu.Unlock()
	switch {
	case wanted == nil:
		p.stop()
	case paused || *wanted.Spec.Replicas == 0:
		p.stop()
		if paused {
			closeOnce(idle)
		}
		return p.report(ctx, wanted, false)
	default:
		return p.keep(ctx, wanted)
	}
	return nil
}

// keep has a process of the wanted template running.
func (p *pod) keep(ctx context.Context, wanted *appsv1.Deployment) error {
	template, err := templateDigest(wanted)
	if err != nil {
		return err
	}
	if p.process != nil {
		select {
		case err := <-p.process.ended:
			p.process = nil
			return errors.Join(fmt.Errorf("the portal ended: %w", err), p.report(ctx, wanted, false))
		default:
		}
		if p.process.template == template {
			return p.report(ctx, wanted, p.probe(ctx) == nil)
		}
		p.stop()
	}
	if err := p.report(ctx, wanted, false); err != nil {
		return err
	}
	if err := p.start(ctx, wanted, template); err != nil {
		return err
	}
	return p.report(ctx, wanted, true)
}

// start mounts, migrates and serves, and returns when the readiness probe succeeds.
func (p *pod) start(ctx context.Context, wanted *appsv1.Deployment, template string) error {
	config, err := p.mount(ctx, &wanted.Spec.Template.Spec)
	if err != nil {
		return err
	}
	if err := server.Migrate(ctx, config); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	serving, stop := context.WithCancel(ctx)
	started := &process{template: template, stop: stop, ended: make(chan error, 1)}
	listening := make(chan struct{})
	go func() {
		started.ended <- server.Run(serving, server.Options{
			ConfigDir: config, Started: func(server.Addresses) { close(listening) },
		})
	}()
	select {
	case <-listening:
	case err := <-started.ended:
		stop()
		return fmt.Errorf("serving: %w", err)
	}
	p.process = started
	return p.probe(ctx)
}

func (p *pod) stop() {
	if p.process == nil {
		return
	}
	p.process.stop()
	if err := <-p.process.ended; err != nil {
		p.note(fmt.Errorf("stopping: %w", err))
	}
	p.process = nil
}

// probe asks the readiness probe once; whoever calls tries again.
func (p *pod) probe(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.metrics+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("probing: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("probing: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("probing: %s", response.Status)
	}
	return nil
}

func templateDigest(deployment *appsv1.Deployment) (string, error) {
	raw, err := json.Marshal(deployment.Spec.Template)
	if err != nil {
		return "", fmt.Errorf("encoding the pod template: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
