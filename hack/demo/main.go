// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command demo runs the main job from nothing: a cluster, the operator by its chart, a class, three portals with their
// dealerships, their accounts and one inactivity sweep, and prints where to look.
//
//	demo up      starts everything, or what is missing of it
//	demo down    removes everything that up started
//	demo serve   the local port and the mail catcher; started by up in the background
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: demo up|down [flags]")

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	o, err := parseOptions(args[0], args[1:])
	if err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return up(ctx, o)
	case "down":
		return down(ctx, o)
	case "serve":
		return serve(ctx, o)
	}
	return errUsage
}

// options of all subcommands.
type options struct {
	// kubeconfig of an existing cluster to use instead of starting one.
	kubeconfig string
	// imagePrefix with which an existing cluster pulls the images.
	imagePrefix string
	// port on loopback where the portals answer, and mailPort where the mail catcher's page does.
	port, mailPort int
	// smtp is the address of the mail catcher as the pods reach it.
	smtp string
	// small makes a fleet of a few dozen dealerships instead of 1,356.
	small bool
	// state is the folder for everything that demo keeps.
	state string
}

func parseOptions(command string, args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("demo "+command, flag.ContinueOnError)
	flags.StringVar(&o.kubeconfig, "kubeconfig", os.Getenv("DEMO_KUBECONFIG"), "use this cluster instead of starting one (or DEMO_KUBECONFIG)")
	flags.StringVar(&o.imagePrefix, "image-prefix", os.Getenv("DEMO_IMAGE_PREFIX"), "with --kubeconfig: where the cluster pulls PREFIX/operator:dev and PREFIX/portal:dev from (or DEMO_IMAGE_PREFIX)")
	flags.IntVar(&o.port, "port", 8480, "loopback port of the portals")
	flags.IntVar(&o.mailPort, "mail-port", 8425, "loopback port of the mail catcher's page")
	flags.StringVar(&o.smtp, "smtp", "", "address that takes the portals' mail; set by up")
	flags.BoolVar(&o.small, "small", os.Getenv("DEMO_SMALL") != "", "a few dozen dealerships instead of 1,356 (or DEMO_SMALL=1)")
	if err := flags.Parse(args); err != nil {
		return options{}, fmt.Errorf("%w: %w", errUsage, err)
	}
	if o.kubeconfig != "" && o.imagePrefix == "" && command == "up" {
		return options{}, fmt.Errorf("%w: --kubeconfig needs --image-prefix: push dist/images to a registry that the cluster can reach", errUsage)
	}
	var err error
	o.state, err = stateDir()
	return o, err
}
