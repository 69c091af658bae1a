// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// role makes a role and answers the connection string of a database as that role.
func role(t *testing.T, db *store.DB, dsn string) (name, as string) {
	t.Helper()
	name = "role_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	storetest.Exec(t, db, "CREATE ROLE "+name+" SUPERUSER LOGIN")
	t.Cleanup(func() { storetest.Exec(t, db, "DROP ROLE "+name) })
	return name, rewrite(t, dsn, "user", name)
}

// rewrite changes one parameter of a connection string, which has the form of words or of a URL.
func rewrite(t *testing.T, dsn, parameter, value string) string {
	t.Helper()
	if u, err := url.Parse(dsn); err == nil && u.Scheme != "" {
		query := u.Query()
		query.Set(parameter, value)
		u.RawQuery = query.Encode()
		return u.String()
	}
	return dsn + " " + parameter + "=" + value
}

func user(t *testing.T, db *store.DB) string {
	t.Helper()
	return storetest.Value[string](t, db, "SELECT current_user")
}

// TestAnotherConnectionStringIsUsedWithoutAFailure changes the role under load, and then takes the login from the old one.
func TestAnotherConnectionStringIsUsedWithoutAFailure(t *testing.T) {
	database := storetest.PostgreSQL(t)
	raw, err := os.ReadFile(database.PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	administrator := storetest.Open(t, database)
	first, asFirst := role(t, administrator, string(raw))
	second, asSecond := role(t, administrator, string(raw))
	if err := os.WriteFile(database.PostgreSQL.DSNFile, []byte(asFirst), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Reconnect(t.Context(), asSecond); err == nil {
		t.Error("a database whose identity nobody knows is left for another one")
	}
	if err := db.CheckSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	for range 4 {
		busy.Go(func() {
			for ctx.Err() == nil {
				err := db.Tx(context.Background(), func(tx *store.Tx) error {
					_, err := tx.ExecContext(context.Background(), "UPDATE meta SET value = value WHERE key = 'tenants_revision'")
					return err
				})
				if err != nil {
					t.Errorf("a transaction failed: %v", err)
				}
			}
		})
	}
	if got := user(t, db); got != first {
		t.Fatalf("connected as %s, want %s", got, first)
	}
	if err := db.Reconnect(t.Context(), asSecond); err != nil {
		t.Fatal(err)
	}
	left := "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = $1"
	for deadline := time.Now().Add(30 * time.Second); storetest.Value[int](t, administrator, left, first) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections of the old role stay", storetest.Value[int](t, administrator, left, first))
		}
		<-time.After(20 * time.Millisecond)
	}
	storetest.Exec(t, administrator, "ALTER ROLE "+first+" NOLOGIN")
	if got := user(t, db); got != second {
		t.Errorf("connected as %s, want %s", got, second)
	}
	stop()
	busy.Wait()
}

// TestAConnectionStringThatDoesNotWorkChangesNothing also wants reasons that tell nothing of it.
func TestAConnectionStringThatDoesNotWorkChangesNothing(t *testing.T) {
	database := storetest.PostgreSQL(t)
	raw, err := os.ReadFile(database.PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, database)
	if err := db.CheckSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := storetest.PostgreSQL(t)
	otherRaw, err := os.ReadFile(other.PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, other)
	empty, err := os.ReadFile(storetest.PostgreSQL(t).PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	before := user(t, db)
	for name, test := range map[string]struct{ dsn, want string }{
		"no connection string":             {"postgres://portal:hunter2@[bad", "this is no PostgreSQL connection string"},
		"nobody answers":                   {"postgres://portal:hunter2@127.0.0.1:1/portal", "the server does not answer"},
		"a role that does not exist":       {rewrite(t, string(raw), "user", "hunter2"), "refuses the user or the password"},
		"a database that does not exist":   {rewrite(t, string(raw), "dbname", "hunter2"), "no such database"},
		"the database of another portal":   {string(otherRaw), "another portal"},
		"a database that is nobody's":      {string(empty), "not this portal's"},
		"no string at all, an empty file ": {"", "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Reconnect(t.Context(), test.dsn)
			if test.dsn == "" && err != nil {
				return // what an empty string means depends on the machine; that it is refused counts
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the reason tells what is in the connection string: %v", err)
			}
			if got := user(t, db); got != before {
				t.Errorf("connected as %s", got)
			}
		})
	}
}
