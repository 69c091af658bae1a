// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/forecourt-dev/forecourt/hack/compile"
)

// spec says what goes into an image.
type spec struct {
	// Name is the reference that the archive carries.
	Name string
	// Dir is the module's directory, Package the main package in it.
	Dir, Package string
	// Binary is the file name in the image's root directory.
	Binary        string
	Version, Arch string
}

// built is an image ready to be written.
type built struct {
	image     v1.Image
	reference name.Tag
	digest    v1.Hash
	// size is what a registry stores, in bytes.
	size int64
}

// nobody is the user and group of every process in the images.
const nobody = "65532:65532"

// epoch stands for every time in an image, so that builds repeat exactly.
var epoch = time.Unix(0, 0).UTC()

func build(ctx context.Context, s spec) (built, error) {
	reference, err := name.NewTag(s.Name)
	if err != nil {
		return built{}, fmt.Errorf("reading the image name: %w", err)
	}
	binary, err := compile.Static(ctx, compile.Target{Dir: s.Dir, Package: s.Package, Version: s.Version, OS: "linux", Arch: s.Arch})
	if err != nil {
		return built{}, err
	}
	files, err := layer([]file{
		{path: s.Binary, mode: 0o755, content: binary},
		{path: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, content: rootCertificates()},
	})
	if err != nil {
		return built{}, err
	}
	image, err := mutate.AppendLayers(empty.Image, files)
	if err != nil {
		return built{}, fmt.Errorf("adding the layer: %w", err)
	}
	image, err = configure(image, s)
	if err != nil {
		return built{}, fmt.Errorf("setting the configuration: %w", err)
	}
	return describe(image, reference)
}

// configure fills the image's configuration. Without system and architecture
// containerd would filter the image out when it imports the archive.
func configure(image v1.Image, s spec) (v1.Image, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS = "linux"
	config.Architecture = s.Arch
	config.Created = v1.Time{Time: epoch}
	config.Config = v1.Config{
		Entrypoint: []string{"/" + s.Binary},
		User:       nobody,
		WorkingDir: "/",
		Labels: map[string]string{
			"org.opencontainers.image.title":    s.Binary,
			"org.opencontainers.image.version":  s.Version,
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(image, config)
}

func describe(image v1.Image, reference name.Tag) (built, error) {
	digest, err := image.Digest()
	if err != nil {
		return built{}, fmt.Errorf("computing the digest: %w", err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		return built{}, fmt.Errorf("reading the manifest: %w", err)
	}
	size := manifest.Config.Size
	for _, l := range manifest.Layers {
		size += l.Size
	}
	return built{image: image, reference: reference, digest: digest, size: size}, nil
}

// write replaces the file only when the archive is complete.
func (b built) write(file string) error {
	if err := tarball.WriteToFile(file+".new", b.reference, b.image); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

type file struct {
	path    string
	mode    int64
	content []byte
}

// layer packs the files, with the directories that they need, in the given order.
func layer(files []file) (v1.Layer, error) {
	var packed bytes.Buffer
	archive := tar.NewWriter(&packed)
	seen := map[string]bool{".": true}
	for _, f := range files {
		if err := addDirectories(archive, filepath.Dir(f.path), seen); err != nil {
			return nil, err
		}
		header := &tar.Header{Name: f.path, Typeflag: tar.TypeReg, Mode: f.mode, Size: int64(len(f.content)), ModTime: epoch}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("packing %s: %w", f.path, err)
		}
		if _, err := archive.Write(f.content); err != nil {
			return nil, fmt.Errorf("packing %s: %w", f.path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("closing the layer: %w", err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(packed.Bytes())), nil
	})
}

func addDirectories(archive *tar.Writer, dir string, seen map[string]bool) error {
	if seen[dir] {
		return nil
	}
	if err := addDirectories(archive, filepath.Dir(dir), seen); err != nil {
		return err
	}
	seen[dir] = true
	header := &tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755, ModTime: epoch}
	if err := archive.WriteHeader(header); err != nil {
		return fmt.Errorf("packing %s: %w", dir, err)
	}
	return nil
}
