// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func newAccounts(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "accounts",
		Short: "Work on many accounts at once",
		Args:  arguments(0, 0),
		RunE: func(command *cobra.Command, _ []string) error {
			return &usageError{fmt.Errorf("say what to do: %s import FILE.csv --portal NAME", command.CommandPath())}
		},
	}
	command.AddCommand(newAccountsImport(streams))
	return command
}

// importing is what the command line of an import says.
type importing struct {
	access  connection
	answer  output
	portal  string
	options portalapi.ImportOptions
}

func newAccountsImport(streams Streams) *cobra.Command {
	i := &importing{}
	command := &cobra.Command{
		Use:   "import FILE.csv --portal NAME",
		Short: "Import accounts from a CSV file into a running portal",
		Long: `Import accounts from a CSV file into a running portal; FILE - is standard input. The file is streamed to a pod of the portal,
through the cluster, with the portal's own import token; no port is opened on this machine.

The import is all or nothing and idempotent: with an invalid line nothing changes, unless --skip-invalid is given, and the
same file twice changes nothing the second time. The exit status is 1 when nothing was imported because lines are invalid.`,
		Example: `  kubectl forecourt accounts import accounts.csv --portal us-dealers --dry-run
  kubectl forecourt accounts import accounts.csv --portal us-dealers -n dealers-us`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if i.portal == "" {
				return &usageError{errors.New("no portal: name it with --portal NAME")}
			}
			source, err := openSource(args[0], streams.In)
			if err != nil {
				return err
			}
			defer source.Close()
			return i.run(command.Context(), source, streams)
		},
	}
	i.access.flags(command)
	i.answer.flag(command)
	flags := command.Flags()
	flags.StringVar(&i.portal, "portal", "", "RegionalPortal to import into")
	_ = command.RegisterFlagCompletionFunc("portal", func(command *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return i.access.completeTargets(kindPortal)(command, nil, typed)
	}) // the flag exists
	flags.BoolVar(&i.options.DryRun, "dry-run", false, "check and count, change nothing")
	flags.BoolVar(&i.options.SkipInvalid, "skip-invalid", false, "import the valid lines although others are not")
	flags.BoolVar(&i.options.AllowRoleChange, "allow-role-change", false, "let roles of existing accounts rise")
	flags.BoolVar(&i.options.TrustAddresses, "trust-addresses", false, "count mail addresses as confirmed")
	return command
}

// openSource opens the file to import; - is standard input.
func openSource(file string, stdin io.Reader) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(stdin), nil
	}
	source, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	return source, nil
}

func (i *importing) run(ctx context.Context, source io.Reader, streams Streams) error {
	cluster, err := i.access.open(streams)
	if err != nil {
		return err
	}
	caller, err := cluster.reach(ctx, i.portal, portalapi.RoleImport)
	if err != nil {
		return err
	}
	defer caller.Close()
	result, err := caller.ImportAccounts(ctx, source, i.options)
	if err != nil {
		return cluster.explainCall(fmt.Errorf("importing accounts: %w", err), i.portal)
	}
	if err := i.answer.print(streams, result, func(p *page) { drawImport(p, result) }); err != nil {
		return err
	}
	if result.Invalid > 0 && !i.options.SkipInvalid {
		return withCure(fmt.Errorf("nothing was imported; invalid lines: %d", result.Invalid),
			"Correct the lines and import the file again, or import the valid ones with --skip-invalid.")
	}
	return nil
}

// drawImport draws the invalid lines and the counts.
func drawImport(p *page, result *portalapi.ImportResult) {
	for _, problem := range result.Problems {
		where := fmt.Sprintf("line %d: ", problem.Line)
		if problem.Column != "" {
			where = fmt.Sprintf("line %d, %s: ", problem.Line, problem.Column)
		}
		p.paragraph(cell{text: where, tone: warn}, text("%s", problem.Message))
	}
	if result.Invalid > int64(len(result.Problems)) {
		p.line(text("(the first %d problems are listed)", len(result.Problems)))
	}
	outcome := "Imported: "
	switch {
	case result.DryRun:
		outcome = "Dry run, nothing changed. It would be: "
	case !result.Applied:
		outcome = "Nothing imported. Without the invalid lines it would be: "
	}
	p.line(cell{text: outcome, tone: strong}, text("%d created, %d updated, %d unchanged, %d invalid",
		result.Created, result.Updated, result.Unchanged, result.Invalid))
}
