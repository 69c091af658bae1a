// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/build"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cluster"
)

// parse parses the flags of a command that takes no other arguments.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s takes no argument %q", flags.Name(), flags.Arg(0))
	}
	return nil
}

// clusterFlags adds the flags that say which cluster is meant; the function it
// returns reads them.
func clusterFlags(flags *flag.FlagSet) func() (cluster.Cluster, error) {
	name := flags.String("name", "forecourt", "name of the cluster, unique on this machine")
	dir := flags.String("dir", "", "folder of the cluster (default in the cache, by name)")
	return func() (cluster.Cluster, error) {
		if err := cluster.CheckName(*name); err != nil {
			return cluster.Cluster{}, err
		}
		path := *dir
		if path == "" {
			root, err := build.DefaultRoot()
			if err != nil {
				return cluster.Cluster{}, err
			}
			path = filepath.Join(root, "clusters", *name)
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return cluster.Cluster{}, fmt.Errorf("resolving --dir: %w", err)
		}
		return cluster.Cluster{Name: *name, Dir: path, Out: os.Stderr}, nil
	}
}

func openCache() (build.Cache, error) {
	modules, err := build.FindModules()
	if err != nil {
		return build.Cache{}, err
	}
	root, err := build.DefaultRoot()
	if err != nil {
		return build.Cache{}, err
	}
	return build.Cache{Root: root, Modules: modules, Out: os.Stderr}, nil
}
