// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that disabled reads with
)

// serveSocket makes a PostgreSQL that listens on a socket file reachable at an address of this machine, and returns the
// connection string for it.
func serveSocket(t *testing.T, dsn, address string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	socket := fmt.Sprintf("%s/.s.PGSQL.%d", config.Host, config.Port)
	go func() {
		for {
			remote, err := listener.Accept()
			if err != nil {
				return
			}
			go passOn(remote, socket)
		}
	}()
	port := listener.Addr().(*net.TCPAddr).Port
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", address, port, config.User, config.Database)
}

func passOn(remote net.Conn, socket string) {
	defer remote.Close()
	local, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer local.Close()
	go func() {
		_, _ = io.Copy(local, remote)
		local.Close()
	}()
	_, _ = io.Copy(remote, local)
}
