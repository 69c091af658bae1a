// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/forecourt-dev/forecourt/hack/compile"
)

// Names of the files in an archive.
const (
	fileProgram    = "kubectl-forecourt"
	fileCompletion = "kubectl_complete-forecourt"
	fileLicense    = "LICENSE"
)

// completionDir holds the program that completes for kubectl.
const completionDir = "internal/cli"

// epoch stands for every time in an archive, so that builds repeat exactly.
var epoch = time.Unix(0, 0).UTC()

type platform struct {
	os, arch string
}

// archive is a file of a release.
type archive struct {
	platform platform
	name     string
	content  []byte
}

// sum is the SHA-256 in hexadecimal.
func (a archive) sum() string {
	sum := sha256.Sum256(a.content)
	return hex.EncodeToString(sum[:])
}

// pack builds the archive of a platform.
func pack(ctx context.Context, o options, p platform) (archive, error) {
	binary, err := compile.Static(ctx, compile.Target{Dir: o.dir, Package: o.program, Version: o.version, OS: p.os, Arch: p.arch})
	if err != nil {
		return archive{}, err
	}
	license, err := os.ReadFile(filepath.Join(o.dir, fileLicense))
	if err != nil {
		return archive{}, fmt.Errorf("reading the licence: %w", err)
	}
	completion, err := os.ReadFile(filepath.Join(o.dir, completionDir, fileCompletion))
	if err != nil {
		return archive{}, fmt.Errorf("reading the completion: %w", err)
	}
	content, err := tarball([]file{
		{fileProgram, 0o755, binary},
		{fileCompletion, 0o755, completion},
		{fileLicense, 0o644, license},
	})
	if err != nil {
		return archive{}, fmt.Errorf("packing for %s/%s: %w", p.os, p.arch, err)
	}
	name := fmt.Sprintf("%s_v%s_%s_%s.tar.gz", fileProgram, o.version, p.os, p.arch)
	return archive{platform: p, name: name, content: content}, nil
}

type file struct {
	name    string
	mode    int64
	content []byte
}

// tarball packs files without anything that tells where or when.
func tarball(files []file) ([]byte, error) {
	var packed bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	writer := tar.NewWriter(compressed)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: f.mode, Size: int64(len(f.content)), ModTime: epoch, Format: tar.FormatUSTAR}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// checksums is what sha256sum --check reads.
func checksums(archives []archive) []byte {
	var text bytes.Buffer
	for _, a := range archives {
		fmt.Fprintf(&text, "%s  %s\n", a.sum(), a.name)
	}
	return text.Bytes()
}
