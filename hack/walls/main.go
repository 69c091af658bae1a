// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command walls checks which packages are reached from which, through every
// import on the way; linters only see the first one.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

const module = "github.com/forecourt-dev/forecourt/"

// wall keeps the packages below From away from the packages below Forbidden.
type wall struct {
	From      string
	Forbidden []string
	Reason    string
}

// values is a package of mere values that happens to import a client for a
// function of its own that nobody here calls; the search stops there.
const values = "k8s.io/client-go/applyconfigurations"

// clients are the packages that talk to an API server.
var clients = []string{
	"k8s.io/client-go/kubernetes", "k8s.io/client-go/rest", "k8s.io/client-go/dynamic", "k8s.io/client-go/discovery",
	"k8s.io/client-go/tools", "k8s.io/client-go/informers", "sigs.k8s.io/controller-runtime/pkg/client",
	"sigs.k8s.io/controller-runtime/pkg/cache", "sigs.k8s.io/controller-runtime/pkg/manager",
}

var walls = []wall{
	{
		From:      module + "internal/portal",
		Forbidden: append([]string{module + "controllers", module + "internal/render", module + "internal/apply"}, clients...),
		Reason:    "the portal is an application, not a Kubernetes client",
	},
	{From: module + "internal/settings", Forbidden: clients, Reason: "effective settings are computed without a client"},
	{From: module + "internal/render", Forbidden: clients, Reason: "objects are rendered without a client"},
	{
		From:      module + "api",
		Forbidden: []string{"k8s.io/client-go", "k8s.io/api", "sigs.k8s.io/controller-runtime", module + "internal", module + "controllers"},
		Reason:    "users of the API types get apimachinery and nothing else",
	},
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "walls:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	graph, err := readGraph(ctx, ".")
	if err != nil {
		return err
	}
	broken := 0
	for _, w := range walls {
		for _, path := range w.breaches(graph) {
			broken++
			fmt.Fprintf(stdout, "%s\n  because %s\n", strings.Join(path, "\n  imports "), w.Reason)
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d broken: drop the import or move the code", broken)
	}
	fmt.Fprintf(stdout, "%d walls stand\n", len(walls))
	return nil
}

// graph maps a package to what it imports.
type graph map[string][]string

func readGraph(ctx context.Context, dir string) (graph, error) {
	command := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	command.Dir = dir
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	g := graph{}
	for line := range strings.Lines(string(output)) {
		if names := strings.Fields(line); len(names) > 0 {
			g[names[0]] = names[1:]
		}
	}
	return g, nil
}

// breaches answers, for every package behind the wall that reaches a forbidden
// one, the chain of imports that gets there.
func (w wall) breaches(g graph) [][]string {
	var found [][]string
	for name := range g {
		if below(name, w.From) {
			if path := w.search(g, []string{name}, map[string]bool{}); path != nil {
				found = append(found, path)
			}
		}
	}
	return found
}

func (w wall) search(g graph, path []string, seen map[string]bool) []string {
	for _, next := range g[path[len(path)-1]] {
		if seen[next] || below(next, values) {
			continue
		}
		seen[next] = true
		chain := append(path[:len(path):len(path)], next)
		for _, forbidden := range w.Forbidden {
			if below(next, forbidden) {
				return chain
			}
		}
		if found := w.search(g, chain, seen); found != nil {
			return found
		}
	}
	return nil
}

// below tells whether a package is the root or in a folder of it.
func below(name, root string) bool {
	return name == root || strings.HasPrefix(name, root+"/")
}
