// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command images builds the container images of the operator and the portal
// without Docker and writes them as archives that "docker load" and
// "ctr images import" read. The same source gives the same digest anywhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"text/tabwriter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("images", flag.ContinueOnError)
	out := flags.String("out", filepath.Join("dist", "images"), "directory for the archives")
	prefix := flags.String("prefix", "forecourt.dev", "what the image names begin with")
	version := flags.String("version", "dev", "version and tag")
	arch := flags.String("arch", runtime.GOARCH, "architecture, as in GOARCH")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return fmt.Errorf("making the output directory: %w", err)
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "IMAGE\tDIGEST\tSIZE\tFILE")
	for _, name := range []string{"operator", "portal"} {
		b, err := build(ctx, spec{
			Name: fmt.Sprintf("%s/%s:%s", *prefix, name, *version), Dir: ".", Package: "./cmd/" + name,
			Binary: name, Version: *version, Arch: *arch,
		})
		if err != nil {
			return fmt.Errorf("building the %s image: %w", name, err)
		}
		file := filepath.Join(*out, name+".tar")
		if err := b.write(file); err != nil {
			return fmt.Errorf("writing the %s image: %w", name, err)
		}
		fmt.Fprintf(table, "%s\t%s\t%.1f MB\t%s\n", b.reference, b.digest, float64(b.size)/1e6, file)
	}
	return table.Flush()
}
