// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// connection holds the flags that say which cluster, user and namespace a command works with: kubectl's, by the same names
// and with the same meaning.
type connection struct {
	kubeconfig string
	overrides  clientcmd.ConfigOverrides
}

// shownFlags are listed in a command's help. The others are kubectl's rarer ones, which kubectl options explains.
var shownFlags = []string{clientcmd.FlagContext, clientcmd.FlagNamespace, clientcmd.FlagImpersonate}

// flags adds the flags to a command.
func (c *connection) flags(command *cobra.Command) {
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.AuthOverrideFlags.Username.LongName = "" // as kubectl: no passwords on command lines
	names.AuthOverrideFlags.Password.LongName = ""
	names.ClusterOverrideFlags.ProxyURL.LongName = "" // not a flag of kubectl
	names.ClusterOverrideFlags.APIServer.ShortName = "s"
	names.CurrentContext.Description = "context of the kubeconfig"
	names.ContextOverrideFlags.Namespace.Description = "namespace; without it the one of the context"
	names.AuthOverrideFlags.Impersonate.Description = "user to act as; kubectl's other connection flags work too, see kubectl options"
	rarer := pflag.NewFlagSet("", pflag.ContinueOnError)
	clientcmd.BindOverrideFlags(&c.overrides, rarer, names)
	rarer.VisitAll(func(flag *pflag.Flag) { flag.Hidden = !slices.Contains(shownFlags, flag.Name) })
	command.Flags().AddFlagSet(rarer)
	command.Flags().StringVar(&c.kubeconfig, clientcmd.RecommendedConfigPathFlag, "",
		"kubeconfig file; without it KUBECONFIG or ~/.kube/config")
	c.completeFlags(command)
}

// cluster is a connection in use: a typed client that knows the built-in kinds and ours, and the namespace to work in.
type cluster struct {
	client.Client
	// config of the connection, for what a typed client cannot do.
	config *rest.Config
	// namespace of the flag, of the context, or "default".
	namespace string
}

// open connects to the cluster that the flags name. No request is sent yet.
func (c *connection) open(streams Streams) (*cluster, error) {
	kubeconfig := c.loader()
	if err := c.checkContext(kubeconfig); err != nil {
		return nil, err
	}
	config, err := kubeconfig.ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, withCure(errors.New("no cluster is configured"), "Name one: --kubeconfig FILE, the variable KUBECONFIG, or ~/.kube/config. "+
			"The commands render and preview need none.")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	namespace, _, err := kubeconfig.Namespace()
	if err != nil {
		return nil, fmt.Errorf("reading the namespace of the kubeconfig: %w", err)
	}
	config.QPS = -1 // the API server's own fairness is enough for a command
	config.WarningHandler = rest.NewWarningWriter(streams.Err, rest.WarningWriterOptions{Deduplicate: true})
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("collecting the kinds: %w", err)
	}
	typed, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return &cluster{Client: typed, config: config, namespace: namespace}, nil
}

// loader reads the kubeconfig where kubectl would.
func (c *connection) loader() clientcmd.ClientConfig {
	loading := clientcmd.NewDefaultClientConfigLoadingRules()
	loading.ExplicitPath = c.kubeconfig
	loading.WarnIfAllMissing = false // the error says it
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(loading, &c.overrides)
}

// checkContext finds a context of the command line that the kubeconfig does not have.
func (c *connection) checkContext(kubeconfig clientcmd.ClientConfig) error {
	wanted := c.overrides.CurrentContext
	if wanted == "" {
		return nil
	}
	raw, err := kubeconfig.RawConfig()
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if _, found := raw.Contexts[wanted]; found {
		return nil
	}
	known := slices.Sorted(maps.Keys(raw.Contexts))
	err = fmt.Errorf("the kubeconfig has no context %q", wanted)
	if len(known) == 0 {
		return withCure(err, "It has no context at all: name another file with --kubeconfig.")
	}
	return withCure(err, "%s", didYouMean(wanted, known, "Contexts"))
}
