// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// load asks for a page again and again, from several clients, each request on a connection of its own every other time.
type load struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	mu     sync.Mutex
	sent   int
	failed []string
}

// startLoad begins with the given number of clients, each with a pause between its requests.
func startLoad(t *testing.T, clients int, pause time.Duration, request func(context.Context) (*http.Request, error)) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel}
	for range clients {
		l.done.Go(func() { l.client(ctx, pause, request) })
	}
	t.Cleanup(func() {
		cancel()
		l.done.Wait()
	})
	return l
}

func (l *load) client(ctx context.Context, pause time.Duration, request func(context.Context) (*http.Request, error)) {
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second, CheckRedirect: stay}
	kept := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second, CheckRedirect: stay}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		client := fresh
		if i%2 == 1 {
			client = kept
		}
		// A request that has begun is not cut when the load ends: it would look like a failure.
		problem := once(context.WithoutCancel(ctx), client, request)
		l.mu.Lock()
		l.sent++
		if problem != "" {
			l.failed = append(l.failed, time.Now().Format(time.StampMilli)+" "+problem)
		}
		l.mu.Unlock()
	}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func once(ctx context.Context, client *http.Client, request func(context.Context) (*http.Request, error)) string {
	r, err := request(ctx)
	if err != nil {
		return err.Error()
	}
	response, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Sprintf("status %d", response.StatusCode)
	}
	return ""
}

// stop ends the load and returns how many requests were sent and what went wrong.
func (l *load) stop() (int, []string) {
	l.cancel()
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent, l.failed
}
