// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

func newInactivity(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "inactivity",
		Short: "See who falls due for inactivity, and start, approve and undo sweeps",
		Long: `See who falls due for inactivity, and start, approve and undo sweeps.

forecast and history ask the portal itself, through the cluster, with its reader token. run, approve and undo only set an
annotation on the RegionalPortal: whoever may patch it may do it, and the cluster's audit log has who did. The operator acts
on each value once; the commands wait for what comes of it.`,
		Args: arguments(0, 0),
		RunE: func(command *cobra.Command, _ []string) error {
			return &usageError{fmt.Errorf("say what to do: %s forecast PORTAL, history, run, approve or undo", command.CommandPath())}
		},
	}
	command.AddCommand(newForecast(streams), newHistory(streams), newRunNow(streams), newApprove(streams), newUndo(streams))
	return command
}

// onePortal reads the portal that an argument names: NAME or rp/NAME.
func (c *cluster) onePortal(ctx context.Context, argument string) (*v1alpha1.RegionalPortal, error) {
	kind, name, err := parseTarget(argument)
	if err != nil {
		return nil, err
	}
	if kind == kindTenant {
		return nil, &usageError{fmt.Errorf("%q is a DealerTenant: name its portal", argument)}
	}
	return c.portal(ctx, name)
}

// plural counts things: 1 account, 2 accounts.
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
