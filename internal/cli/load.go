// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/manifest"
)

// errFaults says that the files hold values that cannot be used; each has been printed.
var errFaults = errors.New("the files hold values that cannot be used")

// filesFlag adds -f to a command. More files may follow it as arguments: -f a.yaml b.yaml.
func filesFlag(command *cobra.Command, files *[]string) {
	command.Flags().StringArrayVarP(files, "file", "f", nil, "file or folder with YAML, - for standard input; may be repeated")
	command.Args = func(_ *cobra.Command, args []string) error {
		if len(*files) == 0 {
			return &usageError{errors.New("no files: name at least one with -f FILE")}
		}
		*files = append(*files, args...)
		return nil
	}
}

// load reads and judges the files, and prints every fault.
func load(ctx context.Context, files []string, streams Streams) (*manifest.Set, error) {
	set, faults, err := manifest.Load(ctx, files, streams.In)
	if err != nil {
		return nil, err
	}
	for _, fault := range faults {
		fmt.Fprintln(streams.Err, fault)
	}
	if len(faults) > 0 {
		return nil, errFaults
	}
	return set, nil
}
