// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// accountsCommand groups what is done with many accounts at once.
func accountsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "accounts", Short: "Work on many accounts at once", Args: usage(cobra.NoArgs), RunE: needSubcommand}
	cmd.AddCommand(importCommand())
	return cmd
}

// importCommand streams accounts.csv to the portal.
func importCommand() *cobra.Command {
	var to remote
	var options portalapi.ImportOptions
	cmd := &cobra.Command{
		Use:   "import FILE.csv --url URL --ca FILE --token-file FILE",
		Short: "Import accounts into a running portal; FILE - is standard input",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			source := os.Stdin
			if args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("opening the file: %w", err)
				}
				defer file.Close()
				source = file
			}
			client, err := to.client()
			if err != nil {
				return err
			}
			defer client.Close()
			result, err := client.ImportAccounts(cmd.Context(), source, options)
			if err != nil {
				return err
			}
			if err := to.print(cmd.OutOrStdout(), result, summarize(result)); err != nil {
				return err
			}
			if result.Invalid > 0 && !options.SkipInvalid {
				return fmt.Errorf("%d invalid lines: nothing was imported", result.Invalid)
			}
			return nil
		},
	}
	to.flags(cmd)
	cmd.Flags().BoolVar(&options.DryRun, "dry-run", false, "check and count, change nothing")
	cmd.Flags().BoolVar(&options.SkipInvalid, "skip-invalid", false, "import the valid lines although others are not")
	cmd.Flags().BoolVar(&options.AllowRoleChange, "allow-role-change", false, "let roles of existing accounts rise")
	cmd.Flags().BoolVar(&options.TrustAddresses, "trust-addresses", false, "count mail addresses as confirmed")
	return cmd
}

// summarize is the result for people.
func summarize(result *portalapi.ImportResult) string {
	var text strings.Builder
	for _, problem := range result.Problems {
		column := ""
		if problem.Column != "" {
			column = " " + problem.Column
		}
		fmt.Fprintf(&text, "line %d%s: %s\n", problem.Line, column, problem.Message)
	}
	if result.Invalid > int64(len(result.Problems)) {
		fmt.Fprintf(&text, "(the first %d problems are listed)\n", len(result.Problems))
	}
	outcome := "Imported"
	switch {
	case result.DryRun:
		outcome = "Dry run, nothing changed"
	case !result.Applied:
		outcome = "Nothing imported"
	}
	fmt.Fprintf(&text, "%s: %d created, %d updated, %d unchanged, %d invalid\n",
		outcome, result.Created, result.Updated, result.Unchanged, result.Invalid)
	return text.String()
}
