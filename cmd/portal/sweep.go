// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

const (
	// followEvery is how often a run is asked about.
	followEvery = 500 * time.Millisecond
	// patience is how long a portal that does not answer is asked again: it may be rolling.
	patience = 2 * time.Minute
)

// sweepCommand asks the portal for an inactivity run and follows it to its end.
func sweepCommand() *cobra.Command {
	var to remote
	var mode string
	cmd := &cobra.Command{
		Use:   "sweep --url URL --ca FILE --token-file FILE",
		Short: "Ask a running portal for an inactivity run and follow it",
		Args:  usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]string{"", "Observe", "Enforce"}, mode) {
				return usageError{fmt.Errorf("--mode %q: use Observe or Enforce, or leave it out for the policy's", mode)}
			}
			client, err := to.client()
			if err != nil {
				return err
			}
			connection := &current{client: client, again: to.client}
			defer func() { connection.client.Close() }()
			run, err := sweep(cmd.Context(), connection, mode)
			if err != nil {
				return err
			}
			if err := to.print(cmd.OutOrStdout(), run, describe(run)); err != nil {
				return err
			}
			return outcome(run)
		},
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&mode, "mode", "", "Observe or Enforce; never stronger than the policy, which is the default")
	return cmd
}

// heldError says that the run disabled nobody because it would exceed a limit.
type heldError struct{ *portalapi.Run }

// Error implements error.
func (e heldError) Error() string {
	return fmt.Sprintf("run %s is held until %s: it would disable %d accounts, %s. Nobody was disabled. Look at the forecast, then approve with "+
		"kubectl forecourt inactivity approve PORTAL %s, or change the policy", e.ID, e.Hold.Until.Format(time.RFC3339), e.Hold.Count, exceeded(e.Hold), e.ID)
}

// exceeded says which limit held the run.
func exceeded(hold *portalapi.Hold) string {
	switch hold.Reason {
	case portalapi.HoldTenantLimit:
		return fmt.Sprintf("more than %d of them in the dealership %s", hold.Limit, hold.DealerCode)
	case portalapi.HoldClockJump:
		return "and the newest activity lies in the future: check the clock of the database"
	default:
		return fmt.Sprintf("more than the limit of %d", hold.Limit)
	}
}

// outcome is nil for a run that did what was to be done.
func outcome(run *portalapi.Run) error {
	switch run.Status {
	case portalapi.RunSucceeded:
		return nil
	case portalapi.RunHeld:
		return heldError{run}
	default:
		return fmt.Errorf("run %s is %s: %s", run.ID, run.Status, run.Error)
	}
}

// current is the client that calls succeed with: token and certificate are read again when they may have been rotated.
type current struct {
	client *portalclient.Client
	again  func() (*portalclient.Client, error)
}

// renew reads the files again. When they cannot be read the client of before goes on.
func (c *current) renew() {
	if fresh, err := c.again(); err == nil {
		c.client.Close()
		c.client = fresh
	}
}

// sweep starts or joins a run and waits for its end.
func sweep(ctx context.Context, to *current, mode string) (*portalapi.Run, error) {
	run, err := persist(ctx, to, func() (*portalapi.Run, error) { return to.client.StartRun(ctx, mode) })
	for err == nil && run.Status == portalapi.RunRunning {
		if err = pause(ctx, followEvery); err == nil {
			id := run.ID
			run, err = persist(ctx, to, func() (*portalapi.Run, error) { return to.client.Run(ctx, id) })
		}
	}
	return run, err
}

// persist repeats a call while the portal does not answer. Starting a run is safe to repeat: a run under way is joined.
// A token that is refused is read again once: it may have been replaced since.
func persist(ctx context.Context, to *current, call func() (*portalapi.Run, error)) (*portalapi.Run, error) {
	deadline := time.Now().Add(patience)
	for refused := false; ; {
		run, err := call()
		if unknown := portalclient.Code(err) == portalapi.CodeUnauthorized; unknown && !refused {
			refused = true
			to.renew()
			continue
		}
		if err == nil || !portalclient.Unreachable(err) || time.Now().After(deadline) {
			return run, err
		}
		to.renew()
		if stopped := pause(ctx, 4*followEvery); stopped != nil {
			return nil, errors.Join(err, stopped)
		}
	}
}

// pause waits unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// describe is the outcome for people.
func describe(run *portalapi.Run) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Run %s (%s) %s: %d accounts scanned, %d due, %d warned, %d disabled\n",
		run.ID, run.Mode, strings.ToLower(run.Status), run.Scanned, run.Due, run.Warned, run.Disabled)
	reasons := make([]string, 0, len(run.Skipped))
	for reason := range run.Skipped {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		fmt.Fprintf(&text, "  left alone, %s: %d\n", reason, run.Skipped[reason])
	}
	return text.String()
}
