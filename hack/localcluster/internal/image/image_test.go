// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package image

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const reference = "localhost/example:local"

func write(t *testing.T) string {
	t.Helper()
	program, out := filepath.Join(t.TempDir(), "p"), filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(program, []byte("binary"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(reference, program, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestImageHoldsTheProgram(t *testing.T) {
	tag, err := name.NewTag(reference)
	if err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(write(t), &tag)
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.OS != runtime.GOOS || file.Architecture != runtime.GOARCH {
		t.Errorf("got platform %s/%s, which an import would leave out", file.OS, file.Architecture)
	}
	if file.Config.User != nonRoot {
		t.Errorf("got user %q, want %q", file.Config.User, nonRoot)
	}
	content := mutate.Extract(img)
	defer content.Close()
	archive := tar.NewReader(content)
	header, err := archive.Next()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(archive)
	if err != nil || string(text) != "binary" || "/"+header.Name != file.Config.Entrypoint[0] || header.Mode != 0o755 {
		t.Errorf("got %s with mode %o and %q, %v", header.Name, header.Mode, text, err)
	}
}

func TestImageIsReproducible(t *testing.T) {
	first, err := os.ReadFile(write(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(write(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("two images of the same program differ")
	}
}
