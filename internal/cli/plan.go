// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/plan"
)

// exitChanges says that a plan changes something.
const exitChanges = 3

// againstLive is the value of --against that means the cluster.
const againstLive = "live"

// planning is what the command plan was asked.
type planning struct {
	streams       Streams
	access        connection
	files         []string
	against       []string
	delete        bool
	showUnchanged bool
}

func newPlan(streams Streams) *cobra.Command {
	asked := &planning{streams: streams}
	var answer output
	command := &cobra.Command{
		Use:   "plan -f FILE…",
		Short: "Show what a change of classes, portals or tenants will do, before it is made",
		Long: `Show what the operator will do when the classes, portals and tenants in the files are applied: which portals change and which
do not, what happens to each of their objects, how many pods restart where, and which values bounds clamp or refuse.
The computation is the operator's own; nothing is written.

The change is compared with the cluster, or with other files (--against). A file says everything about its object. Against
the cluster, what no file names stays; against files, both sides are complete, and what is only in --against is deleted. With
--delete the objects of the files are taken away.

Exit status: 0 nothing that is in force changes, 3 something changes or is refused, 1 the command failed, 2 wrong use.`,
		Example: `  kubectl forecourt plan -f class.yaml
  kubectl forecourt plan -f portals/ -o json
  kubectl forecourt plan -f new/ --against old/
  kubectl forecourt plan --delete -f portal.yaml`,
		RunE: func(command *cobra.Command, _ []string) error {
			report, err := asked.plan(command.Context())
			if err != nil {
				return err
			}
			if err := answer.print(streams, report, func(p *page) { drawPlan(p, report, asked.showUnchanged) }); err != nil {
				return err
			}
			if report.Changed() {
				return exitStatus(exitChanges)
			}
			return nil
		},
	}
	filesFlag(command, &asked.files)
	command.Flags().StringArrayVar(&asked.against, "against", []string{againstLive}, "file or folder to compare with; live is the cluster; may be repeated")
	command.Flags().BoolVar(&asked.delete, "delete", false, "the objects of the files are taken away")
	command.Flags().BoolVar(&asked.showUnchanged, "show-unchanged", false, "name the unchanged portals, too")
	asked.access.flags(command)
	answer.flag(command)
	return command
}

// plan computes the report.
func (a *planning) plan(ctx context.Context) (*plan.Report, error) {
	if !slices.Contains(a.against, againstLive) {
		return a.planAgainstFiles(ctx)
	}
	if len(a.against) > 1 {
		return nil, &usageError{errors.New("--against: name either live or files")}
	}
	cluster, err := a.access.open(a.streams)
	if err != nil {
		return nil, err
	}
	files, err := a.read(ctx, a.files, cluster.namespace)
	if err != nil {
		return nil, err
	}
	look := &survey{cluster: cluster}
	before, err := look.world(ctx, worldOf(files))
	if err != nil {
		return nil, err
	}
	after, err := a.after(ctx, before, files, before.Overlay)
	if err != nil {
		return nil, err
	}
	change, err := plan.Compare(before, after)
	if err != nil {
		return nil, err
	}
	live, err := look.live(ctx, change)
	if err != nil {
		return nil, err
	}
	live.Due = look.due(ctx, change)
	report, err := change.Report(live)
	if err != nil {
		return nil, err
	}
	report.NotLookedAt = look.missed()
	return report, nil
}

// planAgainstFiles needs no cluster.
func (a *planning) planAgainstFiles(ctx context.Context) (*plan.Report, error) {
	namespace := a.access.overrides.Context.Namespace
	if namespace == "" {
		namespace = "default"
	}
	against, err := a.read(ctx, a.against, namespace)
	if err != nil {
		return nil, err
	}
	before := worldOf(against)
	files, err := a.read(ctx, a.files, namespace)
	if err != nil {
		return nil, err
	}
	after, err := a.after(ctx, before, files, before.Replace)
	if err != nil {
		return nil, err
	}
	change, err := plan.Compare(before, after)
	if err != nil {
		return nil, err
	}
	report, err := change.Report(nil)
	if err != nil {
		return nil, err
	}
	report.NotLookedAt = []string{"the cluster: portals are taken to have what the files of --against declare, and the Secrets that they name to be there"}
	return report, nil
}

// after is the world with the change made: the files laid over the world before, or taken out of it. What the API server
// would refuse because of what there is, is printed.
func (a *planning) after(ctx context.Context, before plan.World, files *manifest.Objects, lay func(plan.World) plan.World) (plan.World, error) {
	if a.delete {
		return before.Without(worldOf(files)), nil
	}
	faults, err := files.Transitions(ctx, before.Objects())
	if err != nil {
		return plan.World{}, err
	}
	return lay(worldOf(files)), a.report(faults)
}

// read reads and judges files, and prints every fault.
func (a *planning) read(ctx context.Context, files []string, namespace string) (*manifest.Objects, error) {
	objects, faults, err := manifest.Read(ctx, files, a.streams.In, namespace)
	if err != nil {
		return nil, err
	}
	return objects, a.report(faults)
}

// report prints faults and answers that there are some.
func (a *planning) report(faults []manifest.Fault) error {
	for _, fault := range faults {
		fmt.Fprintln(a.streams.Err, fault)
	}
	if len(faults) > 0 {
		return errFaults
	}
	return nil
}

func worldOf(objects *manifest.Objects) plan.World {
	return plan.World{
		Classes: objects.Classes, Portals: objects.Portals, Tenants: objects.Tenants, Namespaces: objects.Namespaces, At: time.Now(),
	}
}
