// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/preview"
)

// defaultPort is where the pages of a preview are served.
const defaultPort = 8080

func newPreview(streams Streams) *cobra.Command {
	var files []string
	var options preview.Options
	var logs bool
	command := &cobra.Command{
		Use:   "preview -f FILE… [--data DIR] [--port N]",
		Short: "Run the portals of the files on this machine, without a cluster",
		Long: `Run the portals of the files in one process on this machine: embedded databases, one local port for all portals, and a page
that shows the mail that they send. Nothing is reachable from other machines.

A portal answers under its own host name below .localhost: dealers.us.example as dealers.us.example.localhost. Invitations
are taken from Secrets in the files.`,
		Example: "  kubectl forecourt preview -f class.yaml -f portal.yaml -f tenants.yaml",
		RunE: func(command *cobra.Command, _ []string) error {
			if options.Port < 0 || options.Port > 65535 {
				return &usageError{errors.New("--port must be from 0 to 65535; 0 means a free one")}
			}
			set, err := load(command.Context(), files, streams)
			if err != nil {
				return err
			}
			options.Set, options.Out, options.Logs = set, streams.Out, nil
			if logs {
				options.Logs = streams.Err
			}
			return preview.Run(command.Context(), options)
		},
	}
	filesFlag(command, &files)
	command.Flags().StringVar(&options.DataDir, "data", "", "folder that keeps databases and keys; without it everything is forgotten at the end")
	command.Flags().IntVar(&options.Port, "port", defaultPort, "port on 127.0.0.1 for the pages of all portals")
	command.Flags().BoolVar(&logs, "logs", false, "print the portals' logs on standard error")
	return command
}
