// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// sample writes a small program into a directory of its own and builds its image.
func sample(t *testing.T, version string) built {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":             "module example.test/sample\n\ngo 1.26\n",
		"cmd/sample/main.go": "package main\n\nvar version string\n\nfunc main() { panic(version) }\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := build(t.Context(), spec{
		Name: "forecourt.dev/sample:dev", Dir: dir, Package: "./cmd/sample",
		Binary: "sample", Version: version, Arch: runtime.GOARCH,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheSameSourceGivesTheSameDigestAnywhere(t *testing.T) {
	first, second := sample(t, "v1"), sample(t, "v1")
	if first.digest != second.digest {
		t.Errorf("two builds in two directories differ: %s and %s", first.digest, second.digest)
	}
	if other := sample(t, "v2"); other.digest == first.digest {
		t.Error("another version gives the same digest: the version is not in the binary")
	}
}

func TestTheArchiveHoldsARestrictedImage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sample.tar")
	b := sample(t, "v1")
	if err := b.write(file); err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(file, &b.reference)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{config.OS, config.Architecture, config.Config.User, config.Config.Entrypoint[0]}
	if diff := cmp.Diff([]string{"linux", runtime.GOARCH, "65532:65532", "/sample"}, got); diff != "" {
		t.Error(diff)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) != 1 {
		t.Fatalf("%d layers, want 1", len(layers))
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	want := map[string]int64{"sample": 0o755, "etc/": 0o755, "etc/ssl/": 0o755, "etc/ssl/certs/": 0o755, "etc/ssl/certs/ca-certificates.crt": 0o644}
	if diff := cmp.Diff(want, modes(t, content)); diff != "" {
		t.Error(diff)
	}
}

// modes reads a layer and checks that nothing in it tells where or when it was built.
func modes(t *testing.T, layer io.Reader) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	archive := tar.NewReader(layer)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[header.Name] = header.Mode
		if !header.ModTime.Equal(epoch) || header.Uid != 0 || header.Gid != 0 || header.Uname != "" {
			t.Errorf("%s carries a time or an owner: %+v", header.Name, header)
		}
	}
}

func TestRootCertificatesCanBeLoaded(t *testing.T) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(rootCertificates()) {
		t.Fatal("no certificate could be read")
	}
}
