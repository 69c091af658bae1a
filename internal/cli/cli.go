// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// displayName is how people call the plugin.
const displayName = "kubectl forecourt"

// Streams are where the commands read and write.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Run runs a command line (without the program's name) and answers the exit status: 0 done, 1 failed, 2 wrong use, more
// where a command says so.
func Run(ctx context.Context, version string, args []string, streams Streams) int {
	root := newRoot(version, streams)
	root.SetArgs(append([]string{}, args...)) // nil would mean the arguments of the process
	command, err := root.ExecuteContextC(ctx)
	var usage *usageError
	var status exitStatus
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, errFaults):
		return exitFailed // every fault has been printed
	case errors.As(err, &usage):
		fmt.Fprintf(streams.Err, "%s: %v\nSee %s --help.\n", displayName, err, command.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(streams.Err, "%s: %v\n", displayName, err)
	if next := nextStep(err); next != "" {
		fmt.Fprintln(streams.Err, next)
	}
	return exitFailed
}

func newRoot(version string, streams Streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "kubectl-forecourt",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: displayName},
		Short:         "Look at Forecourt's portals before and while they run",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(command, args[0])
			}
			return command.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	root.SetFlagErrorFunc(misusedFlag)
	root.AddCommand(
		newStatus(streams), newInactivity(streams), newAccounts(streams),
		newRender(streams), newPreview(streams), newPlan(streams), newWhy(streams),
		newCompletion(streams), newVersion(version, streams),
	)
	fitHelp(root)
	return root
}
