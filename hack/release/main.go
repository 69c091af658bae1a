// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command release builds the archives of the kubectl plugin for every platform, their checksums and the manifest for krew.
// The same source gives the same bytes anywhere.
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
	"regexp"
	"strings"
	"text/tabwriter"
)

// platforms of the plugin, as in GOOS and GOARCH.
var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}}

// semantic is a version that krew and the class's release take.
var semantic = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// options say what is released, and where it will be found.
type options struct {
	// dir is the root of the module, program the main package of the plugin in it.
	dir, program string
	// out is the folder that gets the files.
	out string
	// version without a leading v.
	version string
	// url below which the archives of a version will be offered, in a folder named after it.
	url string
}

func parse(args []string) (options, error) {
	o := options{dir: ".", program: "./cmd/kubectl-forecourt"}
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&o.out, "out", filepath.Join("dist", "release"), "folder for the files; what it holds is replaced")
	flags.StringVar(&o.version, "version", "", "version, such as 0.1.0")
	flags.StringVar(&o.url, "url", "https://github.com/forecourt-dev/forecourt/releases/download", "where the archives will be offered, below vVERSION/")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.version = strings.TrimPrefix(o.version, "v")
	if !semantic.MatchString(o.version) {
		return options{}, fmt.Errorf("a release needs a version such as 0.1.0, not %q: make release VERSION=0.1.0", o.version)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	archives, err := release(ctx, o)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ARCHIVE\tSIZE\tSHA-256")
	for _, a := range archives {
		fmt.Fprintf(table, "%s\t%.1f MB\t%s\n", filepath.Join(o.out, a.name), float64(len(a.content))/1e6, a.sum())
	}
	return table.Flush()
}

// release writes all files of a release; the folder is replaced only when all of them could be made.
func release(ctx context.Context, o options) ([]archive, error) {
	var archives []archive
	for _, p := range platforms {
		a, err := pack(ctx, o, p)
		if err != nil {
			return nil, err
		}
		archives = append(archives, a)
	}
	manifest, err := krewManifest(o, archives)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"SHA256SUMS": checksums(archives), "forecourt.yaml": manifest}
	for _, a := range archives {
		files[a.name] = a.content
	}
	return archives, replace(o.out, files)
}

// replace makes a folder hold exactly these files.
func replace(dir string, files map[string][]byte) error {
	made := dir + ".new"
	if err := os.RemoveAll(made); err != nil {
		return fmt.Errorf("removing what an earlier run left: %w", err)
	}
	if err := os.MkdirAll(made, 0o755); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(made, name), content, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing the old files: %w", err)
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("putting the files in place: %w", err)
	}
	return nil
}
