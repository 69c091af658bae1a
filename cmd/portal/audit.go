// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
)

// auditCommand groups what can be asked about the past.
func auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Prove what happened", Args: usage(cobra.NoArgs), RunE: needSubcommand}
	cmd.AddCommand(verifyCommand(), policyCommand())
	return cmd
}

// verifyCommand verifies the audit trail.
func verifyCommand() *cobra.Command {
	var dir, output string
	var heads []string
	cmd := &cobra.Command{
		Use:   "verify --config DIR",
		Short: "Verify that no sealed audit event was changed, deleted or inserted",
		Long: `Verify walks every event and seal of the audit trail and names the first one that is broken. It only reads and may run
beside the portal. Events are sealed a few minutes after they happened; younger ones are counted as not sealed.

Whoever can write to the database can also cut off the end of the trail together with its seals. The heads that runs
noted are looked for; to be sure, pass the head that the status of the RegionalPortal shows.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			if err := checkHeads(heads); err != nil {
				return err
			}
			report, err := server.VerifyAudit(cmd.Context(), dir, heads)
			if err != nil {
				return err
			}
			if err := printResult(cmd.OutOrStdout(), output, report, describeTrail(report)); err != nil {
				return err
			}
			if report.Fault != nil {
				return report.Fault
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "config", "", configUsage)
	cmd.Flags().StringSliceVar(&heads, "head", nil, "a head of the trail that was kept elsewhere; may be repeated")
	cmd.Flags().StringVarP(&output, "output", "o", "", outputUsage)
	require(cmd, "config")
	return cmd
}

// checkHeads keeps a head that was copied badly from looking like a trail that was cut off.
func checkHeads(heads []string) error {
	for _, head := range heads {
		if raw, err := hex.DecodeString(strings.TrimSpace(head)); err != nil || len(raw) != sha256.Size {
			return usageError{fmt.Errorf("--head %q: want %d hexadecimal digits, as status.inactivity.lastRun.auditHead has them", head, 2*sha256.Size)}
		}
	}
	return nil
}

// describeTrail is a report for people.
func describeTrail(r *audit.Report) string {
	var text strings.Builder
	if r.Intact {
		fmt.Fprintf(&text, "The audit trail is intact: ")
	}
	fmt.Fprintf(&text, "%d events, %d sealed by %d seals, %d not sealed", r.Events, r.Sealed, r.Seals, r.Unsealed)
	if r.UnsealedSince != nil {
		fmt.Fprintf(&text, " since %s", r.UnsealedSince.Format(time.RFC3339))
	}
	text.WriteString("\n")
	if r.DroppedThrough != nil {
		fmt.Fprintf(&text, "dropped, as their time was over: all until %s\n", r.DroppedThrough.Format(time.RFC3339))
	}
	if r.Head != "" {
		fmt.Fprintf(&text, "head: %s\n", r.Head)
	}
	return text.String()
}

// periodOutput is a period as JSON.
type periodOutput struct {
	From       time.Time               `json:"from"`
	Until      *time.Time              `json:"until,omitempty"`
	Digest     string                  `json:"digest"`
	PortalUID  string                  `json:"portalUID,omitempty"`
	Generation int64                   `json:"generation,omitempty"`
	Attested   bool                    `json:"attested"`
	Inactivity portalconfig.Inactivity `json:"inactivity"`
}

// policyCommand tells which policy was in force on a day.
func policyCommand() *cobra.Command {
	var dir, day, output string
	cmd := &cobra.Command{
		Use:   "policy --config DIR --on YYYY-MM-DD",
		Short: "Tell which inactivity policy was in force on a day, in the portal's time zone",
		Args:  usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				return usageError{fmt.Errorf("--on %q: use YYYY-MM-DD", day)}
			}
			periods, err := server.PolicyOn(cmd.Context(), dir, day)
			if err != nil {
				return err
			}
			if len(periods) == 0 {
				return fmt.Errorf("no settings were in force on %s: the database is younger", day)
			}
			var text strings.Builder
			list := make([]periodOutput, len(periods))
			for i, p := range periods {
				list[i] = present(p)
				text.WriteString(describePeriod(&list[i]))
			}
			return printResult(cmd.OutOrStdout(), output, list, text.String())
		},
	}
	cmd.Flags().StringVar(&dir, "config", "", configUsage)
	cmd.Flags().StringVar(&day, "on", "", "the day, YYYY-MM-DD")
	cmd.Flags().StringVarP(&output, "output", "o", "", outputUsage)
	require(cmd, "config", "on")
	return cmd
}

// present is a period as JSON.
func present(p policy.Period) periodOutput {
	out := periodOutput{
		From: p.ValidFrom, Digest: p.Digest, PortalUID: p.PortalUID, Generation: p.Generation, Attested: p.Attested,
		Inactivity: p.Settings.Inactivity,
	}
	if !p.Until.IsZero() {
		out.Until = &p.Until
	}
	return out
}

// describePeriod is a period for people.
func describePeriod(p *periodOutput) string {
	until := "now"
	if p.Until != nil {
		until = p.Until.Format(time.RFC3339)
	}
	i := p.Inactivity
	attested := "attested by the audit trail"
	if !p.Attested {
		attested = "NOT attested by the audit trail"
	}
	return fmt.Sprintf("%s to %s: %s, %d months, %d days of grace, never signed in: %s, warnings %v days before\n  settings %s, %s\n",
		p.From.Format(time.RFC3339), until, i.Mode, i.Months, i.GraceDays, i.NeverSignedIn, i.WarnDaysBefore, p.Digest, attested)
}
