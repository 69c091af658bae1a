// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Counter is a proxy in front of a database that counts what is asked of it.
type Counter struct {
	server     string
	statements atomic.Int64
}

// Count puts a counter in front of a database of New and answers the connection string that leads through it.
func Count(tb testing.TB, dsn string) (*Counter, string) {
	tb.Helper()
	server, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgcount") // short: paths of sockets end at 107 bytes
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "unix", filepath.Join(dir, socket))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = listener.Close()
		_ = os.RemoveAll(dir)
	})
	counter := &Counter{server: filepath.Join(server.dir, socket)}
	go counter.serve(listener)
	return counter, strings.Replace(dsn, server.dir, dir, 1)
}

// socket is the name of a server's socket in its directory.
const socket = ".s.PGSQL.5432"

// Statements is how many statements were executed, BEGIN and COMMIT included.
func (c *Counter) Statements() int64 { return c.statements.Load() }

func (c *Counter) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			server, err := (&net.Dialer{}).DialContext(context.Background(), "unix", c.server)
			if err != nil {
				return
			}
			defer server.Close()
			go func() { _, _ = io.Copy(client, server) }()
			_ = c.forward(client, server)
		}()
	}
}

// forward passes a client's messages on. The first one has a length only, all others a type before it
// (PostgreSQL's frontend/backend protocol, version 3).
func (c *Counter) forward(client io.Reader, server io.Writer) error {
	header := make([]byte, 4)
	for {
		if _, err := io.ReadFull(client, header); err != nil {
			return err
		}
		if _, err := server.Write(header); err != nil {
			return err
		}
		rest := int64(binary.BigEndian.Uint32(header[len(header)-4:])) - 4
		if len(header) == 5 && (header[0] == 'Q' || header[0] == 'E') { // simple query, execute
			c.statements.Add(1)
		}
		if _, err := io.CopyN(server, client, rest); err != nil {
			return err
		}
		header = make([]byte, 5)
	}
}
