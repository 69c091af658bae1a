// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command hello is what a portal's start is compared with: it opens the same database, asks it for a sign of life, and greets.
// Arguments: the path of a SQLite database and the address to listen on.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

func main() {
	if err := serve(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, path, address string) error {
	db, err := store.Open(ctx, portalconfig.Database{SQLite: &portalconfig.SQLite{Path: path}})
	if err != nil {
		return err
	}
	if err := db.Ping(ctx); err != nil {
		return err
	}
	on, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("hello"))
	})}
	return server.Serve(on)
}
