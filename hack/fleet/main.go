// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command fleet writes a fleet of dealer portals as plain YAML, and the accounts
// of their people as CSV, to try Forecourt with.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/forecourt-dev/forecourt/hack/fleet/fleet"
)

func main() {
	err := run(os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	out, options, err := parse(args)
	if err != nil {
		return err
	}
	f, err := fleet.Generate(options)
	if err != nil {
		return err
	}
	if err := f.Write(out); err != nil {
		return err
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PORTAL\tHOST\tDEALERS\tACCOUNTS\tFILES")
	for _, m := range f.Markets {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\n", m.Portal.Name, m.Portal.Spec.Hostname, len(m.Tenants), len(m.Accounts), filepath.Join(out, m.Code))
	}
	return table.Flush()
}

func parse(args []string) (string, fleet.Options, error) {
	o := fleet.DefaultOptions(time.Now().UTC().Truncate(24 * time.Hour))
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	out := flags.String("out", filepath.Join("dist", "fleet"), "directory to write into")
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "another seed makes up other details")
	now := flags.String("now", "", "day, as 2006-01-02, that the accounts' dates lie before (default today)")
	small := flags.Bool("small", false, "a fleet for quick tests, instead of the default sizes")
	dealers := flags.Int("us-dealers", 0, "dealerships in the United States (default 1211, or 24 with --small)")
	accounts := flags.Int("us-accounts", 0, "accounts in the United States (default 40000, or 480 with --small)")
	flags.IntVar(&o.Port, "port", 0, "port that host names carry, for portals behind one local port")
	flags.StringVar(&o.SMTP, "smtp", "", "host:port of the mail server (default none)")
	flags.StringVar(&o.Image, "image", o.Image, "portal image of the class")
	flags.StringVar(&o.Version, "version", o.Version, "release version of the class")
	if err := flags.Parse(args); err != nil {
		return "", o, err
	}
	if flags.NArg() > 0 {
		return "", o, fmt.Errorf("unknown argument %q: everything is a flag, see --help", flags.Arg(0))
	}
	if *now != "" {
		day, err := time.Parse(time.DateOnly, *now)
		if err != nil {
			return "", o, fmt.Errorf("--now %q is no day like 2026-11-30", *now)
		}
		o.Now = day
	}
	if *small {
		o.Shrink()
	}
	if *dealers != 0 {
		o.Dealers[0] = *dealers
	}
	if *accounts != 0 {
		o.Accounts[0] = *accounts
	}
	return *out, o, nil
}
