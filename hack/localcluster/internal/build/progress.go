// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package build

import (
	"fmt"
	"io"
	"time"
)

// heartbeat is how often a long step says that it is still running.
const heartbeat = 30 * time.Second

// progress reports one step: when it starts, every heartbeat, and its end.
type progress struct {
	out     io.Writer
	label   string
	start   time.Time
	stop    chan struct{}
	stopped chan struct{}
}

func newProgress(out io.Writer, label string) *progress {
	p := &progress{out: out, label: label, start: time.Now(), stop: make(chan struct{}), stopped: make(chan struct{})}
	fmt.Fprintf(out, "%s: building\n", label)
	go p.beat()
	return p
}

func (p *progress) beat() {
	defer close(p.stopped)
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			fmt.Fprintf(p.out, "%s: still building after %s\n", p.label, p.elapsed())
		}
	}
}

func (p *progress) done(err error) {
	close(p.stop)
	<-p.stopped
	outcome := "done in"
	if err != nil {
		outcome = "failed after"
	}
	fmt.Fprintf(p.out, "%s: %s %s\n", p.label, outcome, p.elapsed())
}

func (p *progress) elapsed() time.Duration {
	return time.Since(p.start).Round(time.Second)
}
