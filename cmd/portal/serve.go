// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
)

const configUsage = "directory that holds process.yaml and settings.yaml"

// serveCommand runs the portal until it is told to stop.
func serveCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "serve --config DIR",
		Short: "Serve the portal; the database must have been migrated",
		Args:  usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			slots := password.Slots()
			runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + slots) // places for hashes, which give way to everything else
			return server.Run(cmd.Context(), server.Options{ConfigDir: dir, HashesGiveWay: true, Log: cmd.ErrOrStderr()})
		},
	}
	cmd.Flags().StringVar(&dir, "config", "", configUsage)
	require(cmd, "config")
	return cmd
}

// migrateCommand brings the database up to date.
func migrateCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "migrate --config DIR",
		Short: "Bring the database to the schema of this program",
		Args:  usage(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return server.Migrate(cmd.Context(), dir) },
	}
	cmd.Flags().StringVar(&dir, "config", "", configUsage)
	require(cmd, "config")
	return cmd
}
