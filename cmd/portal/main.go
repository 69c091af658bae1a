// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command portal serves one portal, migrates its database, asks a running portal for an inactivity sweep or a bulk import,
// and proves what happened. Exit status: 0 done, 1 failed, 2 wrong use,
// 3 a sweep is held.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones of markets, also where the machine has none

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// version is set when the program is linked.
var version = "dev"

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
	// exitHeld : the sweep disabled nobody and waits for an approval.
	exitHeld = portalapi.SweepExitHeld
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// usageError is wrong use of the command line.
type usageError struct{ error }

// run executes the command line and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	root := &cobra.Command{
		Use:           "portal",
		Short:         "A dealer portal",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usage(cobra.NoArgs),
		RunE:          needSubcommand,
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(serveCommand(), migrateCommand(), sweepCommand(), accountsCommand(), auditCommand())
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(errOut, "portal: %s\n", err)
	if _, wrongUse := errors.AsType[usageError](err); wrongUse {
		fmt.Fprintln(errOut, "See portal --help.")
		return exitUsage
	}
	if _, held := errors.AsType[heldError](err); held {
		return exitHeld
	}
	return exitFailed
}

// usage makes wrong arguments a usageError.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// needSubcommand refuses a command that only groups others.
func needSubcommand(cmd *cobra.Command, _ []string) error {
	return usageError{fmt.Errorf("%s needs a command", cmd.CommandPath())}
}

// require makes a flag required; its absence is wrong use.
func require(cmd *cobra.Command, names ...string) {
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range names {
			if cmd.Flags().Lookup(name).Value.String() == "" {
				return usageError{fmt.Errorf("--%s is missing", name)}
			}
		}
		return nil
	}
}
