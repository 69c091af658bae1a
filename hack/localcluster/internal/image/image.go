// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package image makes container images from single static programs.
package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// nonRoot is the user of the images.
const nonRoot = "65532:65532"

// Write writes an image that holds and runs one program to the file out.
func Write(reference, program, out string) error {
	tag, err := name.NewTag(reference)
	if err != nil {
		return fmt.Errorf("parsing image name: %w", err)
	}
	layer, err := programLayer(program)
	if err != nil {
		return err
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return fmt.Errorf("making image %s: %w", reference, err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("making image %s: %w", reference, err)
	}
	// Without a platform the import would leave the image out without a word.
	file = file.DeepCopy()
	file.OS, file.Architecture = runtime.GOOS, runtime.GOARCH
	file.Config = v1.Config{Entrypoint: []string{"/program"}, User: nonRoot}
	if img, err = mutate.ConfigFile(img, file); err != nil {
		return fmt.Errorf("making image %s: %w", reference, err)
	}
	if err := tarball.WriteToFile(out, tag, img); err != nil {
		return fmt.Errorf("writing image %s: %w", reference, err)
	}
	return nil
}

func programLayer(program string) (v1.Layer, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("reading program: %w", err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	header := &tar.Header{Name: "program", Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}
	if err := w.WriteHeader(header); err != nil {
		return nil, fmt.Errorf("packing program: %w", err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("packing program: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing program: %w", err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive.Bytes())), nil
	})
	if err != nil {
		return nil, fmt.Errorf("packing program: %w", err)
	}
	return layer, nil
}
