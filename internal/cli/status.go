// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
)

func newStatus(streams Streams) *cobra.Command {
	var access connection
	var answer output
	var everywhere bool
	command := &cobra.Command{
		Use:   "status [PORTAL|TENANT]",
		Short: "Say what is healthy, since when, why not, and who can fix it",
		Long: `Say what a person on call asks first: is it healthy, since when, why not, who can fix it and how, when is the next sweep.

Without a name all portals of the namespace are listed, the worst first. A name is looked up among RegionalPortals and
DealerTenants; rp/NAME and dt/NAME tell which is meant. The exit status is 0 when the question could be answered, whatever
the answer; scripts read the field "health" of -o json.`,
		Example: `  kubectl forecourt status -A
  kubectl forecourt status us-dealers -n dealers-us
  kubectl forecourt status dt/springfield -o yaml`,
		Args:              arguments(0, 1),
		ValidArgsFunction: access.completeTargets(kindPortal, kindTenant),
		RunE: func(command *cobra.Command, args []string) error {
			if everywhere && len(args) > 0 {
				return &usageError{errors.New("-A lists all portals: leave the name out, or name its namespace with -n")}
			}
			cluster, err := access.open(streams)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return cluster.statusOf(command.Context(), args[0], answer, streams)
			}
			namespace := cluster.namespace
			if everywhere {
				namespace = metav1.NamespaceAll
			}
			return cluster.statusOfAll(command.Context(), namespace, answer, streams)
		},
	}
	access.flags(command)
	answer.flag(command)
	command.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "portals of all namespaces")
	return command
}

// statusOf prints the report about one object.
func (c *cluster) statusOf(ctx context.Context, name string, answer output, streams Streams) error {
	found, err := c.find(ctx, name)
	if err != nil {
		return err
	}
	now := time.Now()
	var report oncall.Report
	if found.portal != nil {
		report = oncall.ForPortal(found.portal, now)
	} else {
		report = oncall.ForTenant(found.tenant, now)
	}
	return answer.print(streams, report, func(p *page) { drawReport(p, report, now) })
}

// statusOfAll prints the report about the portals of a namespace, or of all.
func (c *cluster) statusOfAll(ctx context.Context, namespace string, answer output, streams Streams) error {
	list := &v1alpha1.RegionalPortalList{}
	if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return fmt.Errorf("listing RegionalPortals: %w", err)
	}
	now := time.Now()
	fleet := oncall.ForFleet(list.Items, now)
	return answer.print(streams, fleet, func(p *page) {
		if fleet.Total == 0 && namespace != metav1.NamespaceAll {
			p.line(text("No RegionalPortal in namespace %s. All namespaces: kubectl forecourt status -A", namespace))
			return
		}
		drawFleet(p, fleet, namespace == metav1.NamespaceAll, now)
	})
}
