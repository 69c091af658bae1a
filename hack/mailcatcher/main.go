// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command mailcatcher takes every mail, delivers none, and shows them on a page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mailcatcher:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("mailcatcher", flag.ContinueOnError)
	var o catcher.Options
	flags.StringVar(&o.SMTPAddress, "smtp", "127.0.0.1:2525", "address that takes mail")
	flags.StringVar(&o.HTTPAddress, "http", "127.0.0.1:8025", "address of the page and of /api/messages")
	flags.IntVar(&o.MaxMessages, "max-messages", 1000, "messages to keep, the newest")
	flags.Int64Var(&o.MaxBytes, "max-bytes", 64<<20, "bytes of all messages to keep")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.MaxMessages < 1 || o.MaxBytes < 1<<20 {
		return fmt.Errorf("--max-messages must be at least 1 and --max-bytes at least %d, not %d and %d", 1<<20, o.MaxMessages, o.MaxBytes)
	}
	server, err := catcher.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Taking mail on %s, showing it on %s\n", server.SMTPAddress, server.URL())
	return server.Run(ctx)
}
