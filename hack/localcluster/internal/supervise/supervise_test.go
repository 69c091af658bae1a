// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package supervise

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
)

// theReaper is the only one of the tests' process, as it has to be.
var theReaper = sync.OnceValue(NewReaper)

func TestKeepStartsAProcessAgainUntilItIsToldToStop(t *testing.T) {
	dir := t.TempDir()
	s := supervisor{reaper: theReaper(), log: slog.New(slog.DiscardHandler), binDir: "/bin", logDir: dir}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		s.keep(ctx, config.Process{Name: "sh", Args: []string{"-c", "echo run"}})
		close(done)
	}()
	deadline := time.After(time.Minute)
	for {
		text, err := os.ReadFile(filepath.Join(dir, "sh.log"))
		if err == nil && strings.Count(string(text), "run") >= 2 {
			break
		}
		select {
		case <-deadline:
			t.Fatalf("the process was not started again: %q", text)
		case <-time.After(10 * time.Millisecond):
		}
	}
	cancel()
	select {
	case <-done:
	case <-deadline:
		t.Error("it does not stop")
	}
}

func TestKeepDoesNotWaitForARunningProcess(t *testing.T) {
	s := supervisor{reaper: theReaper(), log: slog.New(slog.DiscardHandler), binDir: "/bin", logDir: t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		// It ends by itself soon after the test.
		s.keep(ctx, config.Process{Name: "sleep", Args: []string{"5"}})
		close(done)
	}()
	cancel()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("it does not stop")
	}
}

func TestReaperReportsHowAProcessEnded(t *testing.T) {
	reaper := theReaper()
	for name, test := range map[string]struct {
		script     string
		wantExit   int
		wantSignal string
	}{
		"success":           {script: "exit 0"},
		"failure":           {script: "exit 7", wantExit: 7},
		"killed":            {script: "kill -KILL $$", wantExit: -1, wantSignal: "SIGKILL"},
		"leaving an orphan": {script: "sleep 0.1 & exit 3", wantExit: 3},
	} {
		t.Run(name, func(t *testing.T) {
			ended, err := reaper.Start("/bin/sh", []string{"sh", "-c", test.script}, &os.ProcAttr{})
			if err != nil {
				t.Fatal(err)
			}
			select {
			case status := <-ended:
				if status.ExitStatus() != test.wantExit || signalName(status) != test.wantSignal {
					t.Errorf("got %d %q, want %d %q", status.ExitStatus(), signalName(status), test.wantExit, test.wantSignal)
				}
			case <-time.After(time.Minute):
				t.Error("the end of the process was not reported")
			}
		})
	}
}

func TestReaperReportsAMissingProgram(t *testing.T) {
	if _, err := theReaper().Start("/no/such/program", []string{"x"}, &os.ProcAttr{}); err == nil {
		t.Error("want an error, got none")
	}
}

func TestNextPause(t *testing.T) {
	for name, test := range map[string]struct{ last, ran, want time.Duration }{
		"the first failure":           {last: minPause, ran: time.Second, want: 2 * minPause},
		"failing again and again":     {last: maxPause, ran: time.Second, want: maxPause},
		"an end after a working life": {last: maxPause, ran: time.Hour, want: minPause},
	} {
		t.Run(name, func(t *testing.T) {
			if got := nextPause(test.last, test.ran); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestNeeds(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	probe := prober{http: server.Client()}
	for name, test := range map[string]struct {
		need string
		want bool
	}{
		"a socket that listens":           {need: socket, want: true},
		"a socket that is not there":      {need: socket + "x"},
		"an address that listens":         {need: server.Listener.Addr().String(), want: true},
		"an address that does not listen": {need: "127.0.0.1:1"},
		"a URL that answers well":         {need: server.URL + "/readyz", want: true},
		"a URL that answers badly":        {need: server.URL + "/other"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := probe.there(t.Context(), test.need); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}
