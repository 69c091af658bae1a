// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package supervise

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestReaperReportsHowAProcessEnded(t *testing.T) {
	reaper := NewReaper()
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
	if _, err := NewReaper().Start("/no/such/program", []string{"x"}, &os.ProcAttr{}); err == nil {
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
