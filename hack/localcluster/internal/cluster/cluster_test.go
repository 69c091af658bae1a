// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/proc"
)

func TestCheckName(t *testing.T) {
	for name, test := range map[string]struct {
		name string
		ok   bool
	}{
		"an ordinary name":        {name: "forecourt", ok: true},
		"one letter":              {name: "f", ok: true},
		"the longest that fits":   {name: "abcdefghij-1", ok: true},
		"too long for a link":     {name: "abcdefghijkl1"},
		"nothing":                 {name: ""},
		"a path":                  {name: "../etc"},
		"an upper-case letter":    {name: "Forecourt"},
		"a hyphen at the end":     {name: "fore-"},
		"a digit at the start":    {name: "1st"},
		"a line break at the end": {name: "fore\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := CheckName(test.name); (err == nil) != test.ok {
				t.Errorf("%q: got %v, want ok %t", test.name, err, test.ok)
			}
		})
	}
}

func newState(t *testing.T) State {
	t.Helper()
	plan, err := netplan.Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	return State{Name: "forecourt", Plan: plan, BinDir: "/bin"}
}

func TestStatusFollowsTheProcess(t *testing.T) {
	self, err := proc.Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	recycled := self
	recycled.StartTicks++
	for name, test := range map[string]struct {
		process proc.ID
		want    bool
	}{
		"the process runs":                  {process: self, want: true},
		"its number belongs to another now": {process: recycled},
		"it was never started":              {},
	} {
		t.Run(name, func(t *testing.T) {
			c := Cluster{Name: "forecourt", Dir: t.TempDir()}
			state := newState(t)
			state.Process = test.process
			if err := writeState(c.Dir, state); err != nil {
				t.Fatal(err)
			}
			status, err := c.Status()
			if err != nil {
				t.Fatal(err)
			}
			if status.Running != test.want || (status.HostIP != "") != test.want {
				t.Errorf("got %+v, want running %t", status, test.want)
			}
			var text bytes.Buffer
			status.Print(&text)
			if got := strings.Contains(text.String(), "is running\n"); got != test.want {
				t.Errorf("got text %q", text.String())
			}
		})
	}
}

func TestStatusOfNothing(t *testing.T) {
	status, err := Cluster{Name: "forecourt", Dir: t.TempDir()}.Status()
	if err != nil || status.Running {
		t.Errorf("got %+v, %v, want not running", status, err)
	}
}

func TestDamagedStateIsAnErrorThatNamesTheFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, stateFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadState(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want an error that names %s", err, dir)
	}
}

func TestLoadNeedsARunningCluster(t *testing.T) {
	c := Cluster{Name: "forecourt", Dir: t.TempDir()}
	if err := c.Load(t.Context(), []string{"x.tar"}); err == nil || !strings.Contains(err.Error(), "start it with") {
		t.Errorf("got %v, want a hint", err)
	}
}

func TestFilesOfACluster(t *testing.T) {
	c := Cluster{Name: "forecourt", Dir: filepath.Join(t.TempDir(), "cluster"), Out: &bytes.Buffer{}}
	state := newState(t)
	if err := c.writeFiles(state); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != state.Config().APIServerURL() || len(config.KeyData) == 0 {
		t.Errorf("got a kubeconfig for %s with a key of %d bytes", config.Host, len(config.KeyData))
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := c.copyKubeconfig(state, copied); err != nil {
		t.Fatal(err)
	}
	if _, err := clientcmd.BuildConfigFromFlags("", copied); err != nil {
		t.Error(err)
	}
	if state, _, err = ReadState(c.Dir); err != nil {
		t.Fatal(err)
	}
	if err := c.removeFiles(state); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(copied); !os.IsNotExist(err) {
		t.Errorf("the copy of the kubeconfig is still there: %v", err)
	}
	if _, err := os.Stat(c.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestRemovingFilesSparesWhatIsNotOurs(t *testing.T) {
	c := Cluster{Name: "forecourt", Dir: t.TempDir(), Out: &bytes.Buffer{}}
	state := newState(t)
	if err := c.writeFiles(state); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(c.Dir, "notes.txt")
	if err := os.WriteFile(notes, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.removeFiles(state); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "notes.txt" {
		t.Errorf("got %v, %v, want the user's file only", entries, err)
	}
}
