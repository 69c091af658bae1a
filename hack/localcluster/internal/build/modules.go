// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
)

// Modules is the folder with the pinned build modules.
type Modules struct {
	dir string
}

// FindModules returns the build modules below the working directory, which is
// where "go run -C hack/localcluster ." runs the program.
func FindModules() (Modules, error) {
	dir, err := filepath.Abs("modules")
	if err != nil {
		return Modules{}, fmt.Errorf("finding the build modules: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "controlplane", "go.mod")); err != nil {
		return Modules{}, fmt.Errorf("no build modules in %s: run this program as \"go run -C hack/localcluster . …\"", dir)
	}
	return Modules{dir: dir}, nil
}

// Key names a set of programs by everything that decides what is in them: the
// build modules, the recipe of each component, and the platform.
func (m Modules) Key() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s/%s\n", runtime.GOOS, runtime.GOARCH)
	for _, c := range Components() {
		fmt.Fprintf(h, "%s %s %q\n", c.Name, c.Module, c.args("", ""))
	}
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(m.dir, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", rel, len(text))
		h.Write(text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("hashing the build modules: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// Versions returns the versions that the build modules pin, by component family.
func (m Modules) Versions() (map[string]string, error) {
	families := []struct{ name, module, path string }{
		{"kubernetes", "controlplane", "k8s.io/kubernetes"},
		{"etcd", "controlplane", "go.etcd.io/etcd/server/v3"},
		{"containerd", "node", "github.com/containerd/containerd/v2"},
		{"cni-plugins", "node", "github.com/containernetworking/plugins"},
		{"coredns", "dns", "github.com/coredns/coredns"},
	}
	out := map[string]string{}
	for _, f := range families {
		version, err := m.required(f.module, f.path)
		if err != nil {
			return nil, err
		}
		out[f.name] = version
	}
	return out, nil
}

func (m Modules) required(module, path string) (string, error) {
	file := filepath.Join(m.dir, module, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the pinned versions: %w", err)
	}
	parsed, err := modfile.ParseLax(file, text, nil)
	if err != nil {
		return "", fmt.Errorf("parsing the pinned versions: %w", err)
	}
	for _, r := range parsed.Require {
		if r.Mod.Path == path {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", strings.TrimPrefix(file, m.dir+"/"), path)
}
