// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// cutter is a proxy in front of PostgreSQL that cuts the connection around the first COMMIT.
type cutter struct {
	server string
	// deliver says whether the COMMIT still reaches the server.
	deliver bool
	once    sync.Once
}

func (c *cutter) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go c.proxy(client)
	}
}

func (c *cutter) proxy(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	answers := make(chan struct{})
	hold := &holder{to: client}
	go func() { defer close(answers); _, _ = io.Copy(hold, server) }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		cut := false
		if bytes.Contains(buffer[:n], []byte("commit\x00")) {
			c.once.Do(func() { cut = true })
		}
		if cut && !c.deliver {
			return
		}
		if cut {
			hold.drop()
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if cut {
			hold.awaitDropped()
			return
		}
	}
}

// holder passes the server's answers on, or swallows them.
type holder struct {
	to      io.Writer
	mutex   sync.Mutex
	dropped chan struct{}
	seen    sync.Once
}

func (h *holder) drop() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.dropped = make(chan struct{})
}

func (h *holder) awaitDropped() { <-h.dropped }

func (h *holder) Write(answer []byte) (int, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.dropped != nil {
		h.seen.Do(func() { close(h.dropped) })
		return len(answer), nil
	}
	return h.to.Write(answer)
}

func TestConnectionLostDuringCommit(t *testing.T) {
	tests := map[string]struct {
		deliver bool
		want    int
	}{
		"before the server saw it": {deliver: false, want: 0},
		"after the server did it":  {deliver: true, want: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			database := storetest.PostgreSQL(t)
			direct := storetest.Open(t, database)
			dsn, err := os.ReadFile(database.PostgreSQL.DSNFile)
			if err != nil {
				t.Fatal(err)
			}
			host := regexp.MustCompile(`host=(\S+)`).FindStringSubmatch(string(dsn))[1]
			dir, err := os.MkdirTemp("", "cut") // short: socket paths end at 107 bytes
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			proxy := &cutter{server: filepath.Join(host, ".s.PGSQL.5432"), deliver: test.deliver}
			go proxy.serve(listener)
			through := strings.Replace(string(dsn), host, dir, 1)
			if err := os.WriteFile(database.PostgreSQL.DSNFile, []byte(through), 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), database)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })

			runs := 0
			err = db.Tx(t.Context(), func(tx *store.Tx) error {
				runs++
				_, err := tx.ExecContext(t.Context(), "INSERT INTO meta (key, value) VALUES ('test', 'x')")
				return err
			})
			if !errors.Is(err, store.ErrOutcomeUnknown) || !store.Unavailable(err) {
				t.Errorf("want an unknown outcome that counts as an outage, got %v", err)
			}
			if runs != 1 {
				t.Errorf("a transaction of unknown outcome must not be repeated, ran %d times", runs)
			}
			if got := storetest.Value[int](t, direct, "SELECT COUNT(*) FROM meta WHERE key = 'test'"); got != test.want {
				t.Errorf("want %d rows, got %d", test.want, got)
			}
		})
	}
}

func TestDeadlocksAreRepeated(t *testing.T) {
	db := storetest.Open(t, storetest.PostgreSQL(t))
	storetest.Exec(t, db, "INSERT INTO meta (key, value) VALUES ('a', '0'), ('b', '0')")
	var meet sync.WaitGroup
	meet.Add(2)
	crossing := func(first, second string) func() {
		return func() {
			attempt := 0
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				attempt++
				increment := "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = $1"
				if _, err := tx.ExecContext(t.Context(), increment, first); err != nil {
					return err
				}
				if attempt == 1 {
					meet.Done()
					meet.Wait()
				}
				_, err := tx.ExecContext(t.Context(), increment, second)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	var wait sync.WaitGroup
	wait.Go(crossing("a", "b"))
	wait.Go(crossing("b", "a"))
	wait.Wait()
	if got := storetest.Value[string](t, db, "SELECT MIN(value) || MAX(value) FROM meta WHERE key IN ('a', 'b')"); got != "22" {
		t.Errorf("want both rows counted twice, got %s", got)
	}
}

func TestAConnectionThatTurnsReadOnlyIsReplaced(t *testing.T) {
	database := storetest.PostgreSQL(t)
	database.PostgreSQL.MaxConnections = 1
	db := storetest.Open(t, database)
	storetest.Exec(t, db, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
	insert := func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO meta (key, value) VALUES ('test', 'x')")
		return err
	}
	if err := db.Tx(t.Context(), insert); err == nil || !store.Unavailable(err) {
		t.Fatalf("want an outage, got %v", err)
	}
	if err := db.Tx(t.Context(), insert); err != nil {
		t.Errorf("the next transaction must get a new connection: %v", err)
	}
}

func TestAStandbyIsRefused(t *testing.T) {
	database := storetest.PostgreSQL(t)
	storetest.Exec(t, storetest.Open(t, database), "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$")
	if db, err := store.Open(t.Context(), database); err == nil {
		_ = db.Close()
		t.Error("a server that does not accept writes was taken")
	}
}
