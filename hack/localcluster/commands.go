// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/build"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cluster"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/hostpkg"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/sandbox"
)

const usage = `Usage: go run -C hack/localcluster . COMMAND

  build [--only GROUP]   build the programs that are missing in the cache;
                         GROUP is assets, control-plane or all (the default)
  assets                 build etcd, kube-apiserver and kubectl if missing and
                         print their folder, for use as KUBEBUILDER_ASSETS
  up                     start a single-node cluster, or finish starting it, and
                         print the path of its kubeconfig (root only)
  down                   stop the cluster and remove all that it made (root only)
  load ARCHIVE...        load image archives into the cluster (absolute paths)
  status [-o json]       tell whether the cluster runs and how it is reached

up, down, load and status take --name (default "forecourt") and --dir; up also
takes --kubeconfig, --audit and --timeout.
`

// run is the whole program: it picks the command.
func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return errors.New("no command given")
	}
	switch name, rest := args[0], args[1:]; name {
	case "build":
		return runBuild(ctx, rest)
	case "assets":
		return runAssets(ctx, rest)
	case "up":
		return runUp(ctx, rest)
	case "down":
		return runDown(ctx, rest)
	case "load":
		return runLoad(ctx, rest)
	case "status":
		return runStatus(rest)
	case sandbox.EnterCommand:
		return runEnter(rest)
	case superviseCommand:
		return runSupervise(ctx)
	case "help", "-h", "--help":
		fmt.Print(usage)
		return nil
	default:
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("unknown command %q", name)
	}
}

func runBuild(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	only := flags.String("only", string(build.All), "group to build: assets, control-plane or all")
	if err := parse(flags, args); err != nil {
		return err
	}
	group, err := build.ParseGroup(*only)
	if err != nil {
		return err
	}
	return ensure(ctx, group)
}

func runAssets(ctx context.Context, args []string) error {
	if err := parse(flag.NewFlagSet("assets", flag.ContinueOnError), args); err != nil {
		return err
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

func runUp(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	locate := clusterFlags(flags)
	kubeconfig := flags.String("kubeconfig", "", "file to write the kubeconfig to, besides DIR/kubeconfig")
	audit := flags.Bool("audit", false, "write an audit log to DIR/logs/audit.log")
	timeout := flags.Duration("timeout", 5*time.Minute, "how long to wait until the cluster is ready, after building")
	if err := parse(flags, args); err != nil {
		return err
	}
	c, err := locate()
	if err != nil {
		return err
	}
	if *kubeconfig != "" {
		if *kubeconfig, err = filepath.Abs(*kubeconfig); err != nil {
			return fmt.Errorf("resolving --kubeconfig: %w", err)
		}
	}
	options := cluster.Options{Kubeconfig: *kubeconfig, Audit: *audit, Timeout: *timeout}
	if err := prepare(ctx, &options); err != nil {
		return err
	}
	status, err := c.Up(ctx, options)
	if err != nil {
		return err
	}
	if *kubeconfig == "" {
		*kubeconfig = status.Kubeconfig
	}
	fmt.Println(*kubeconfig)
	return nil
}

// prepare builds and installs what a cluster needs.
func prepare(ctx context.Context, options *cluster.Options) error {
	cache, err := openCache()
	if err != nil {
		return err
	}
	if options.Versions, err = cache.Modules.Versions(); err != nil {
		return err
	}
	if options.BinDir, err = cache.Ensure(ctx, build.All); err != nil {
		return err
	}
	return hostpkg.Ensure(ctx, os.Stderr)
}

func runDown(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("down", flag.ContinueOnError)
	locate := clusterFlags(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	c, err := locate()
	if err != nil {
		return err
	}
	return c.Down(ctx)
}

func runLoad(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	locate := clusterFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("load needs the path of at least one image archive")
	}
	c, err := locate()
	if err != nil {
		return err
	}
	return c.Load(ctx, flags.Args())
}

func runStatus(args []string) error {
	flags := flag.NewFlagSet("status", flag.ContinueOnError)
	locate := clusterFlags(flags)
	output := flags.String("o", "", "output format: empty for text, or json")
	if err := parse(flags, args); err != nil {
		return err
	}
	c, err := locate()
	if err != nil {
		return err
	}
	status, err := c.Status()
	if err != nil {
		return err
	}
	switch *output {
	case "json":
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(status)
	case "":
		status.Print(os.Stdout)
		return nil
	}
	return fmt.Errorf("unknown output format %q: use json, or leave -o out", *output)
}
