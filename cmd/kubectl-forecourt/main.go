// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command kubectl-forecourt is the kubectl plugin: kubectl forecourt.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // clusters that one signs in to through a provider

	"github.com/forecourt-dev/forecourt/internal/cli"
)

// version is set by the linker.
var version = "dev"

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Run(ctx, version, args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
