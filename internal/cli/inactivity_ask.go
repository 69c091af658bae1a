// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func newRunNow(streams Streams) *cobra.Command {
	a := &asking{streams: streams}
	var observe bool
	command := &cobra.Command{
		Use:   "run PORTAL [--observe]",
		Short: "Sweep now",
		Long: `Sweep now instead of at the scheduled time, in the mode of the portal's policy; with --observe only look and count. The limits
of a run apply: one that would disable too many is held, as a scheduled one.`,
		Example: `  kubectl forecourt inactivity run us-dealers --observe
  kubectl forecourt inactivity run us-dealers`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			cluster, portal, err := a.portal(command.Context(), args[0])
			if err != nil {
				return err
			}
			value := newName(time.Now())
			if observe {
				value = portalapi.ModeObserve + "/" + value
			}
			return a.carryOut(command.Context(), cluster, portal, request{v1alpha1.InactivityRequestRun, v1alpha1.AnnotationRunInactivity, value})
		},
	}
	a.flags(command)
	command.Flags().BoolVar(&observe, "observe", false, "look and count, change and mail nothing")
	return command
}

// newName is a word that no request had before.
func newName(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:6])
}

func newUndo(streams Streams) *cobra.Command {
	a := &asking{streams: streams}
	command := &cobra.Command{
		Use:   "undo PORTAL RUN",
		Short: "Give back the accounts that a sweep disabled",
		Long: `Give back the accounts that a sweep disabled and that nobody has changed since, within 30 days. They have the grace period of
the policy before they can fall due again, and get a mail. history lists the runs.`,
		Example: "  kubectl forecourt inactivity undo us-dealers 0190f3a2-7c1e-7d52-9a1b-0c5d5e6f7a8b",
		Args:    arguments(2, 2),
		RunE: func(command *cobra.Command, args []string) error {
			cluster, portal, err := a.portal(command.Context(), args[0])
			if err != nil {
				return err
			}
			return a.carryOut(command.Context(), cluster, portal, request{v1alpha1.InactivityRequestUndo, v1alpha1.AnnotationUndoRun, args[1]})
		},
	}
	a.flags(command)
	return command
}

func newApprove(streams Streams) *cobra.Command {
	a := &asking{streams: streams}
	var count int64
	command := &cobra.Command{
		Use:   "approve PORTAL RUN [--count N]",
		Short: "Let a held sweep disable the accounts that it froze",
		Long: `Let a held sweep disable exactly the accounts that it froze, minus those who have become active since. The number of accounts
belongs to the approval: without --count it is shown and asked for on the terminal. An approval counts once, within 72
hours after the run.`,
		Example: `  kubectl forecourt inactivity approve us-dealers 0190f3a2-7c1e-7d52-9a1b-0c5d5e6f7a8b
  kubectl forecourt inactivity approve us-dealers 0190f3a2-7c1e-7d52-9a1b-0c5d5e6f7a8b --count 412`,
		Args: arguments(2, 2),
		RunE: func(command *cobra.Command, args []string) error {
			if command.Flags().Changed("count") && count < 0 {
				return &usageError{fmt.Errorf("--count %d: want the number of accounts that the run would disable", count)}
			}
			cluster, portal, err := a.portal(command.Context(), args[0])
			if err != nil {
				return err
			}
			if !command.Flags().Changed("count") {
				if count, err = confirm(streams, portal, args[1]); err != nil {
					return err
				}
			}
			value := fmt.Sprintf("%s/%d", args[1], count)
			return a.carryOut(command.Context(), cluster, portal, request{v1alpha1.InactivityRequestApprove, v1alpha1.AnnotationApproveRun, value})
		},
	}
	a.flags(command)
	command.Flags().Int64Var(&count, "count", 0, "number of accounts that the run would disable, as its condition and history tell")
	return command
}

// confirm shows the held run and asks for the number of its accounts.
func confirm(streams Streams, portal *v1alpha1.RegionalPortal, run string) (int64, error) {
	var held *v1alpha1.HeldRun
	if report := portal.Status.Inactivity; report != nil {
		held = report.HeldRun
	}
	switch {
	case held == nil:
		return 0, withCure(fmt.Errorf("no run of portal %s waits for an approval", portal.Name),
			"The last runs: kubectl forecourt inactivity history %s -n %s", portal.Name, portal.Namespace)
	case held.ID != run:
		return 0, withCure(fmt.Errorf("run %s is not the one that waits for an approval", run),
			"It is %s: kubectl forecourt inactivity approve %s %[1]s -n %[3]s", held.ID, portal.Name, portal.Namespace)
	}
	if file, isFile := streams.In.(*os.File); !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, withCure(fmt.Errorf("run %s would disable %s (%s), and there is no terminal to ask you",
			held.ID, plural(held.Due, "account"), heldFor(held)), "Approve exactly this number: add --count %d", held.Due)
	}
	return askCount(streams, held)
}

// heldFor says why a run is held; a clock that jumped has no limit.
func heldFor(held *v1alpha1.HeldRun) string {
	switch {
	case held.Reason == portalapi.HoldClockJump:
		return held.Reason + ": the newest activity lies in the future"
	case held.DealerCode != "":
		return fmt.Sprintf("%s in dealership %s: the limit is %d", held.Reason, held.DealerCode, held.Limit)
	default:
		return fmt.Sprintf("%s: the limit is %d", held.Reason, held.Limit)
	}
}

// askCount wants the number typed: a mere yes is said too easily.
func askCount(streams Streams, held *v1alpha1.HeldRun) (int64, error) {
	fmt.Fprintf(streams.Err, "Run %s would disable %s. It is held for %s.\nType the number of accounts to approve it: ",
		held.ID, plural(held.Due, "account"), heldFor(held))
	line, err := bufio.NewReader(streams.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("reading the answer: %w", err)
	}
	count, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil || count != held.Due {
		return 0, withCure(errors.New("not approved"), "Nothing was changed. To approve it, type %d.", held.Due)
	}
	return count, nil
}
