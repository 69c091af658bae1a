// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package pgtest gives tests a real PostgreSQL: Debian's, started once per test process in a temporary directory and reached
// through a socket in it. Every test gets a database of its own.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// deadline for the server to start and for each statement of this package.
const deadline = time.Minute

// shared is the process's server; it ends with the process.
var shared = sync.OnceValues(start)

// New creates an empty database, dropped when the test ends, and answers its connection string. Without PostgreSQL on this
// machine the test is skipped, except in CI (CI=true), where it fails.
func New(tb testing.TB) string {
	tb.Helper()
	return create(tb, "")
}

// Copy creates a copy of a database of this process that nobody is connected to, dropped when the test ends, and answers its
// connection string.
func Copy(tb testing.TB, dsn string) string {
	tb.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		tb.Fatalf("copying a database: %v", err)
	}
	return create(tb, " TEMPLATE "+config.Database)
}

func create(tb testing.TB, template string) string {
	tb.Helper()
	if _, err := binaries(); err != nil && os.Getenv("CI") != "true" {
		tb.Skipf("%v: install the package postgresql to run this test", err)
	}
	server, err := shared()
	if err != nil {
		tb.Fatalf("starting PostgreSQL: %v", err)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := server.run("CREATE DATABASE " + name + template); err != nil {
		tb.Fatalf("creating a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := server.run("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("dropping a database: %v", err)
		}
	})
	return server.dsn(name)
}

// dsn is the connection string of a database.
func (s *server) dsn(database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s sslmode=disable", s.dir, superuser, database)
}

// run executes one statement outside of any test's database.
func (s *server) run(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// binaries finds the newest installed server.
func binaries() (dir string, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("no PostgreSQL under /usr/lib/postgresql")
	}
	return filepath.Dir(found[len(found)-1]), nil
}
