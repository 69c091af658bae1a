// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package servertest

import (
	"fmt"
	"os"
	"path/filepath"
)

// Volume is a directory that changes as a kubelet changes a mounted Secret: files are links into ..data, which is a link to the
// directory of a version; a new version is written beside it, then the link is replaced and the old version removed.
type Volume struct{ Dir string }

// Mount replaces the content of the volume. Files that are not in it are gone.
func (v Volume) Mount(data map[string][]byte) error {
	if err := os.MkdirAll(v.Dir, 0o700); err != nil {
		return fmt.Errorf("making a volume: %w", err)
	}
	version, err := os.MkdirTemp(v.Dir, "..version-")
	if err != nil {
		return fmt.Errorf("making a version of a volume: %w", err)
	}
	for name, content := range data {
		if err := os.WriteFile(filepath.Join(version, name), content, 0o600); err != nil {
			return fmt.Errorf("writing a version of a volume: %w", err)
		}
	}
	link := filepath.Join(v.Dir, "..data")
	before, _ := os.Readlink(link) // none before the first version
	if err := os.Symlink(filepath.Base(version), link+"_tmp"); err != nil {
		return fmt.Errorf("linking a version of a volume: %w", err)
	}
	if err := os.Rename(link+"_tmp", link); err != nil {
		return fmt.Errorf("linking a version of a volume: %w", err)
	}
	if err := v.links(data); err != nil {
		return fmt.Errorf("linking the files of a volume: %w", err)
	}
	if before == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(v.Dir, before))
}

// links makes the links of files that have come, and removes those of files that have gone.
func (v Volume) links(data map[string][]byte) error {
	for name := range data {
		err := os.Symlink(filepath.Join("..data", name), filepath.Join(v.Dir, name))
		if err != nil && !os.IsExist(err) {
			return err
		}
	}
	entries, err := os.ReadDir(v.Dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if _, has := data[entry.Name()]; has || entry.Type()&os.ModeSymlink == 0 || entry.Name() == "..data" {
			continue
		}
		if err := os.Remove(filepath.Join(v.Dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
