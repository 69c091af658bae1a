// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cli holds the commands of the kubectl plugin, a file per command.
//
// A command that works on a cluster is put together from the same parts:
//
//	func newThing(streams Streams) *cobra.Command {
//		var access connection // --context, -n, --kubeconfig, --as … as kubectl has them
//		var answer output     // -o table|json|yaml
//		command := &cobra.Command{
//			Use:  "thing PORTAL|TENANT",
//			Args: arguments(1, 1),
//			ValidArgsFunction: access.completeTargets(kindPortal, kindTenant),
//			RunE: func(command *cobra.Command, args []string) error {
//				cluster, err := access.open(streams)
//				if err != nil {
//					return err
//				}
//				target, err := cluster.find(command.Context(), args[0]) // rp/x, dt/x or a bare name
//				if err != nil {
//					return err
//				}
//				thing := compute(target) // pure, tested by table
//				return answer.print(streams, thing, func(p *page) { … })
//			},
//		}
//		access.flags(command)
//		answer.flag(command)
//		return command
//	}
//
// The value given to print is a struct with JSON tags: it is a promise to scripts. The function draws the same value for
// people; page has lines, paragraphs and tables that keep within 100 columns, and colours where they can be seen.
//
// A command that calls the portal's internal API gets a client from cluster.reach and gives the errors of its calls to
// cluster.explainCall.
//
// Errors are returned, never printed: Run adds what to do next (nextStep). An error that knows its cure better is made with
// withCure. A command that has printed its answer and wants to tell more by its exit status returns exitStatus.
package cli
