// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package build

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func modules(t *testing.T) Modules {
	t.Helper()
	t.Chdir("../..")
	m, err := FindModules()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSelect(t *testing.T) {
	for name, test := range map[string]struct {
		group Group
		want  int
		first string
	}{
		"what control-plane tests need": {group: Assets, want: 3, first: "etcd"},
		"the control plane":             {group: ControlPlane, want: 5, first: "etcd"},
		"everything":                    {group: All, want: len(Components()), first: "etcd"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Select(test.group)
			if len(got) != test.want || got[0].Name != test.first {
				t.Errorf("got %d components from %s, want %d from %s", len(got), got[0].Name, test.want, test.first)
			}
		})
	}
}

func TestParseGroupRefusesUnknownNames(t *testing.T) {
	if _, err := ParseGroup("nodes"); err == nil || !strings.Contains(err.Error(), "control-plane") {
		t.Errorf("got %v, want an error that names the groups", err)
	}
}

func TestEveryPinnedVersionIsFound(t *testing.T) {
	versions, err := modules(t).Versions()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range []string{"kubernetes", "etcd", "containerd", "cni-plugins", "coredns"} {
		if !strings.HasPrefix(versions[family], "v") {
			t.Errorf("got version %q of %s", versions[family], family)
		}
	}
}

func TestKubernetesIsStampedWithItsVersion(t *testing.T) {
	for _, c := range Components() {
		stamped := slices.ContainsFunc(c.args("out", "v1.36.3"), func(arg string) bool {
			return strings.Contains(arg, "gitVersion=v1.36.3") && strings.Contains(arg, "gitMajor=1 ") && strings.HasSuffix(arg, "gitMinor=36")
		})
		if want := strings.HasPrefix(c.Name, "kube"); stamped != want {
			t.Errorf("%s: got stamped %t, want %t", c.Name, stamped, want)
		}
	}
}

func TestKeyFollowsTheModules(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) string {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := Modules{dir: dir}.Key()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	first, second, again := write("module a"), write("module b"), write("module a")
	if first == second || first != again {
		t.Errorf("got keys %s, %s and %s, want the second to differ", first, second, again)
	}
}

func TestFindModulesSaysHowToRunTheProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := FindModules(); err == nil || !strings.Contains(err.Error(), "go run -C hack/localcluster") {
		t.Errorf("got %v, want a hint", err)
	}
}

// TestConcurrentBuilds builds a small program twice at the same time.
func TestConcurrentBuilds(t *testing.T) {
	m := modules(t)
	cache := Cache{Root: t.TempDir(), Modules: m}
	bin := filepath.Join(cache.Root, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	index := slices.IndexFunc(Components(), func(c Component) bool { return c.Name == "pause" })
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			var out bytes.Buffer
			builder := Cache{Root: cache.Root, Modules: m, Out: &out}
			err := builder.locked(context.Background(), cache.Root, func() error {
				return builder.build(context.Background(), bin, Components()[index:index+1])
			})
			if err != nil || !strings.Contains(out.String(), "[1/1] pause: done in") {
				t.Errorf("got %v and progress %q", err, out.String())
			}
		})
	}
	group.Wait()
	entries, err := os.ReadDir(bin)
	if err != nil || len(entries) != 1 || entries[0].Name() != "pause" {
		t.Errorf("got files %v, %v, want the program only", entries, err)
	}
}

func TestFailedBuildShowsWhatTheCompilerSaid(t *testing.T) {
	m := modules(t)
	bin := t.TempDir()
	var out bytes.Buffer
	cache := Cache{Root: bin, Modules: m, Out: &out}
	err := cache.build(t.Context(), bin, []Component{{Name: "nothing", Module: "node", Package: ownModules + "node/nothing"}})
	if err == nil || !strings.Contains(err.Error(), "node/nothing") {
		t.Errorf("got %v, want the compiler's message", err)
	}
	if !strings.Contains(out.String(), "failed after") {
		t.Errorf("got progress %q, want it to say that it failed", out.String())
	}
	if entries, err := os.ReadDir(bin); err != nil || len(entries) > 0 {
		t.Errorf("got files %v, %v, want none", entries, err)
	}
}
