// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/render"
)

func newRender(streams Streams) *cobra.Command {
	var files []string
	command := &cobra.Command{
		Use:   "render -f FILE…",
		Short: "Print the objects that the operator makes of portals, without a cluster",
		Long: `Print the objects that the operator makes of the portals in the files, as YAML in the order of their creation.

The files hold PortalClass, RegionalPortal and DealerTenant objects. Everything that the API server or the operator would
refuse is listed on standard error with its file, document, field, value and cure; the exit status is then 1. Secrets are
printed without data. A boost counts until it ends. Without a cluster there is no UID: owner references are left out, and the minute of the built-in
inactivity schedule is the earliest one.`,
		Example: "  kubectl forecourt render -f class.yaml -f portal.yaml",
		RunE: func(command *cobra.Command, _ []string) error {
			set, err := load(command.Context(), files, streams)
			if err != nil {
				return err
			}
			return printChildren(streams.Out, set)
		},
	}
	filesFlag(command, &files)
	return command
}

// printChildren prints the children of all portals as one multi-document YAML.
func printChildren(out io.Writer, set *manifest.Set) error {
	for _, portal := range set.Portals {
		children, err := render.Children(render.Input{Effective: portal.Effective, Owner: render.OwnerOf(portal.Object), At: time.Now()})
		if err != nil {
			return fmt.Errorf("rendering RegionalPortal %s: %w", portal.Effective.Portal, err)
		}
		for _, child := range children {
			raw, err := yaml.Marshal(child.Object)
			if err != nil {
				return fmt.Errorf("encoding %s %s: %w", child.GetKind(), child.GetName(), err)
			}
			if _, err := fmt.Fprintf(out, "---\n%s", raw); err != nil {
				return fmt.Errorf("writing the objects: %w", err)
			}
		}
	}
	return nil
}
