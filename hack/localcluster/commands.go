// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/build"
)

const usage = `Usage: go run -C hack/localcluster . COMMAND

  build [--only GROUP]   build the programs that are missing in the cache;
                         GROUP is assets, control-plane or all (the default)
  assets                 build etcd, kube-apiserver and kubectl if missing and
                         print their folder, for use as KUBEBUILDER_ASSETS
`

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return errors.New("no command given")
	}
	switch args[0] {
	case "build":
		return runBuild(ctx, args[1:])
	case "assets":
		return runAssets(ctx, args[1:])
	case "help", "-h", "--help":
		fmt.Print(usage)
		return nil
	}
	fmt.Fprint(os.Stderr, usage)
	return fmt.Errorf("unknown command %q", args[0])
}

func runBuild(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	only := flags.String("only", string(build.All), "group to build: assets, control-plane or all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	group, err := build.ParseGroup(*only)
	if err != nil {
		return err
	}
	return ensure(ctx, group)
}

func runAssets(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("assets takes no arguments, got %q", args)
	}
	return ensure(ctx, build.Assets)
}

// ensure builds what is missing, with the progress on standard error, and
// prints the folder of the programs on standard output.
func ensure(ctx context.Context, group build.Group) error {
	cache, err := openCache()
	if err != nil {
		return err
	}
	bin, err := cache.Ensure(ctx, group)
	if err != nil {
		return err
	}
	fmt.Println(bin)
	return nil
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
