// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// completeWithin is how long a press of the tab key may wait for the cluster.
const completeWithin = 3 * time.Second

// kubectlCompletion is the program kubectl_complete-forecourt: kubectl calls it to complete what follows kubectl forecourt.
//
//go:embed kubectl_complete-forecourt
var kubectlCompletion string

// shells maps what completion can be asked for to what writes it.
var shells = map[string]func(*cobra.Command, io.Writer) error{
	"bash":       func(root *cobra.Command, out io.Writer) error { return root.GenBashCompletionV2(out, true) },
	"zsh":        func(root *cobra.Command, out io.Writer) error { return root.GenZshCompletion(out) },
	"fish":       func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) },
	"powershell": func(root *cobra.Command, out io.Writer) error { return root.GenPowerShellCompletionWithDesc(out) },
	"kubectl": func(_ *cobra.Command, out io.Writer) error {
		_, err := io.WriteString(out, kubectlCompletion)
		return err
	},
}

func newCompletion(streams Streams) *cobra.Command {
	names := slices.Sorted(maps.Keys(shells))
	return &cobra.Command{
		Use:   "completion bash|fish|kubectl|powershell|zsh",
		Short: "Print a script that completes commands and names",
		Long: `Print a script that completes commands, flags, and the names of portals and tenants.

"kubectl" prints the program that makes kubectl forecourt complete in every shell in which kubectl itself does: save it
as kubectl_complete-forecourt in a folder of the PATH and make it executable. The others print a script for
kubectl-forecourt, called by that name.`,
		Example: `  kubectl forecourt completion kubectl > ~/.local/bin/kubectl_complete-forecourt
  chmod +x ~/.local/bin/kubectl_complete-forecourt
  source <(kubectl-forecourt completion bash)`,
		Args:      arguments(1, 1),
		ValidArgs: names,
		RunE: func(command *cobra.Command, args []string) error {
			write, found := shells[args[0]]
			if !found {
				return &usageError{fmt.Errorf("no completion for %q: use one of %s", args[0], strings.Join(names, ", "))}
			}
			if err := write(command.Root(), streams.Out); err != nil {
				return fmt.Errorf("writing the script: %w", err)
			}
			return nil
		},
	}
}

// complete lists what may follow, by what has been typed so far.
type complete = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// completeTargets completes the first argument of a command, or a flag's value, with names of these kinds: NAME, or rp/NAME
// and dt/NAME once a kind has been typed.
func (c *connection) completeTargets(kinds ...string) complete {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.offer(command, typed, func(ctx context.Context, cluster *cluster) []string {
			var offered []string
			before, _, _ := strings.Cut(typed, "/")
			for _, found := range cluster.names(ctx, kinds, cluster.namespace) {
				if strings.Contains(typed, "/") && kindNames[before] == found.kind {
					offered = append(offered, before+"/"+found.name)
				} else {
					offered = append(offered, found.name)
				}
			}
			return offered
		})
	}
}

// completeFlags completes the values of the connection's own flags.
func (c *connection) completeFlags(command *cobra.Command) {
	for flag, offered := range map[string]complete{
		clientcmd.FlagNamespace: func(command *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return c.offer(command, typed, func(ctx context.Context, cluster *cluster) []string {
				list := &metav1.PartialObjectMetadataList{}
				list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
				if err := cluster.List(ctx, list); err != nil {
					return nil
				}
				offered := make([]string, len(list.Items))
				for i := range list.Items {
					offered[i] = list.Items[i].Name
				}
				return offered
			})
		},
		clientcmd.FlagContext: func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			raw, err := c.loader().RawConfig()
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return startingWith(typed, slices.Sorted(maps.Keys(raw.Contexts))), cobra.ShellCompDirectiveNoFileComp
		},
	} {
		_ = command.RegisterFlagCompletionFunc(flag, offered) // the flags exist
	}
}

// offer asks the cluster; when it does not answer, nothing is offered.
func (c *connection) offer(command *cobra.Command, typed string, ask func(context.Context, *cluster) []string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(command.Context(), completeWithin)
	defer cancel()
	cluster, err := c.open(Streams{Err: io.Discard})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return startingWith(typed, ask(ctx, cluster)), cobra.ShellCompDirectiveNoFileComp
}

func startingWith(typed string, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, typed) })
}
