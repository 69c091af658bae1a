// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// sample releases a small program of its own in a folder of its own, and answers the files by name.
func sample(t *testing.T, version string) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":             "module example.test/sample\n\ngo 1.26\n",
		"LICENSE":            "Do what you like.\n",
		"cmd/sample/main.go": "package main\n\nvar version string\n\nfunc main() { print(version) }\n",
		"internal/cli/kubectl_complete-forecourt": "#!/bin/sh\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := options{dir: dir, program: "./cmd/sample", out: filepath.Join(dir, "dist"), version: version, url: "https://downloads.test"}
	if err := os.MkdirAll(o.out, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.out, "of-yesterday.tar.gz"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := release(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(o.out), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[path], err = os.ReadFile(filepath.Join(o.out, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTheSameSourceGivesTheSameBytesAnywhere(t *testing.T) {
	first, second := sample(t, "1.2.3"), sample(t, "1.2.3")
	want := []string{"SHA256SUMS", "forecourt.yaml"}
	for _, p := range platforms {
		want = append(want, "kubectl-forecourt_v1.2.3_"+p.os+"_"+p.arch+".tar.gz")
	}
	slices.Sort(want)
	var names []string
	for name, content := range first {
		names = append(names, name)
		if !bytes.Equal(content, second[name]) {
			t.Errorf("%s differs between two builds in two folders", name)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestArchivesHoldWhatTheySay(t *testing.T) {
	files := sample(t, "1.2.3")
	sums := map[string]string{}
	for line := range strings.Lines(string(files["SHA256SUMS"])) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	var manifest plugin
	if err := yaml.UnmarshalStrict(files["forecourt.yaml"], &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Spec.Version != "v1.2.3" || len(manifest.Spec.Platforms) != len(platforms) || len(sums) != len(platforms) {
		t.Fatalf("%d platforms of version %s, %d checksums", len(manifest.Spec.Platforms), manifest.Spec.Version, len(sums))
	}
	for _, p := range manifest.Spec.Platforms {
		name, below := strings.CutPrefix(p.URI, "https://downloads.test/v1.2.3/")
		sum := sha256.Sum256(files[name])
		if want := hex.EncodeToString(sum[:]); !below || p.SHA256 != want || sums[name] != want {
			t.Errorf("%s: SHA-256 %s in the manifest, %s in SHA256SUMS, want %s", p.URI, p.SHA256, sums[name], want)
		}
		if want := "_" + p.Selector.MatchLabels["os"] + "_" + p.Selector.MatchLabels["arch"] + ".tar.gz"; !strings.HasSuffix(name, want) {
			t.Errorf("%s is offered for %v", name, p.Selector.MatchLabels)
		}
		modes, content := unpack(t, files[name])
		if diff := cmp.Diff(map[string]int64{"kubectl-forecourt": 0o755, "kubectl_complete-forecourt": 0o755, "LICENSE": 0o644}, modes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, file := range p.Files {
			if _, found := modes[file.From]; !found || modes[p.Bin] == 0 {
				t.Errorf("%s has no %s or no %s", name, file.From, p.Bin)
			}
		}
		if p.Selector.MatchLabels["os"] == runtime.GOOS && p.Selector.MatchLabels["arch"] == runtime.GOARCH {
			runs(t, content["kubectl-forecourt"], "1.2.3")
		}
	}
}

// unpack reads an archive and checks that nothing in it tells where or when it was built.
func unpack(t *testing.T, archive []byte) (modes map[string]int64, content map[string][]byte) {
	t.Helper()
	modes, content = map[string]int64{}, map[string][]byte{}
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	reader := tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return modes, content
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[header.Name] = header.Mode
		if content[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.Equal(epoch) || header.Uid != 0 || header.Gid != 0 || header.Uname != "" {
			t.Errorf("%s carries a time or an owner: %+v", header.Name, header)
		}
	}
}

// runs checks that the program runs here and knows its version.
func runs(t *testing.T, program []byte, version string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubectl-forecourt")
	if err := os.WriteFile(file, program, 0o700); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(file).CombinedOutput(); err != nil || string(output) != version {
		t.Errorf("the program says %q, %v, want its version %s", output, err, version)
	}
}

func TestAReleaseNeedsAVersion(t *testing.T) {
	for given, want := range map[string]string{"0.1.0": "0.1.0", "v1.2.3-rc.1": "1.2.3-rc.1", "dev": "", "": "", "1.2": ""} {
		o, err := parse([]string{"--version", given})
		if o.version != want || (err != nil) != (want == "") {
			t.Errorf("version %q: %q, %v", given, o.version, err)
		}
		if err != nil && !strings.Contains(err.Error(), "make release VERSION=0.1.0") {
			t.Errorf("version %q: the error does not say what to do: %v", given, err)
		}
	}
}
