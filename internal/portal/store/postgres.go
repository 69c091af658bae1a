// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// reconnectTimeout is how long the check of another connection string may take.
const reconnectTimeout = 10 * time.Second

// server is where new connections go.
type server struct {
	// config is replaced as a whole; a connection made with another one is not used again.
	config atomic.Pointer[pgx.ConnConfig]
	// storeID is the identity of the database, as CheckSchema found it.
	storeID atomic.Pointer[string]
}

// madeWith is the key of a connection's custom data that names the config it was made with.
const madeWith = "forecourt.config"

// openPostgres opens a pool of connections to a server that accepts writes. A session that hangs in a statement, for a lock or within a
// transaction ends by itself.
func openPostgres(ctx context.Context, database portalconfig.PostgreSQL) (*DB, error) {
	dsn, err := os.ReadFile(database.DSNFile)
	if err != nil {
		return nil, fmt.Errorf("reading database.postgresql.dsnFile: %w", err)
	}
	config, err := parseDSN(string(dsn))
	if err != nil {
		return nil, fmt.Errorf("reading database.postgresql.dsnFile %s: %w", database.DSNFile, err)
	}
	to := &server{}
	to.config.Store(config)
	pool := stdlib.OpenDB(*config, stdlib.OptionBeforeConnect(to.choose), stdlib.OptionAfterConnect(to.mark), stdlib.OptionResetSession(to.current))
	pool.SetMaxOpenConns(int(database.MaxConnections))
	pool.SetMaxIdleConns(int(database.MaxConnections))
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return &DB{writer: pool, reader: pool, dialect: postgresDialect, server: to, idle: int(database.MaxConnections)}, nil
}

// parseDSN reads a connection string. The error never quotes it.
func parseDSN(dsn string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(strings.TrimSpace(dsn))
	if err != nil {
		// The parser's text may quote the connection string, which holds a password.
		return nil, errors.New("this is no PostgreSQL connection string")
	}
	for name, value := range map[string]string{
		"application_name":                    "forecourt-portal",
		"jit":                                 "off", // compiling costs more than it saves in short statements
		"statement_timeout":                   "60s",
		"lock_timeout":                        "15s",
		"idle_in_transaction_session_timeout": "60s",
	} {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	if config.ValidateConnect == nil { // the connection string says nothing about it
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return config, nil
}

// choose gives a new connection the config in use.
func (s *server) choose(_ context.Context, config *pgx.ConnConfig) error {
	*config = *s.config.Load().Copy()
	return nil
}

// mark remembers the config in use. A connection that was begun just before a change is at worst made again.
func (s *server) mark(_ context.Context, conn *pgx.Conn) error {
	conn.PgConn().CustomData()[madeWith] = conn.Config().ConnString()
	return nil
}

// current keeps a connection that was made with another connection string from being used again.
func (s *server) current(_ context.Context, conn *pgx.Conn) error {
	if conn.PgConn().CustomData()[madeWith] != s.config.Load().ConnString() {
		return driver.ErrBadConn
	}
	return nil
}

// Reconnect lets new connections use another connection string, once it has led to this very database; until then, and when it does not,
// everything stays as it is. Transactions under way end on the connections that they have. The error says why in words
// that hold nothing of the connection string.
func (db *DB) Reconnect(ctx context.Context, dsn string) error {
	if db.server == nil {
		return errors.New("there is no server to connect to")
	}
	config, err := parseDSN(dsn)
	if err != nil {
		return err
	}
	known := db.server.storeID.Load()
	if known == nil {
		return errors.New("the portal's database has not been reached yet")
	}
	if err := tryServer(ctx, config, *known); err != nil {
		return err
	}
	db.server.config.Store(config)
	db.writer.SetMaxIdleConns(0) // closes the idle ones
	db.writer.SetMaxIdleConns(db.idle)
	return nil
}

// tryServer connects once and looks whether it is the database with that identity.
func tryServer(ctx context.Context, config *pgx.ConnConfig, storeID string) error {
	ctx, cancel := context.WithTimeout(ctx, reconnectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return refusalOf(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var found string
	if err := conn.QueryRow(ctx, "SELECT value FROM meta WHERE key = 'store_id'").Scan(&found); err != nil {
		return errors.New("it leads to a database that is not this portal's, or lets it read nothing")
	}
	if found != storeID {
		return errors.New("it leads to the database of another portal")
	}
	return nil
}

// refusalOf says why there is no connection, without the server's text: that may quote names.
func refusalOf(err error) error {
	refused, answered := errors.AsType[*pgconn.PgError](err)
	switch {
	case !answered:
		return errors.New("the server does not answer, or not as the connection string demands")
	case strings.HasPrefix(refused.Code, "28"): // invalid authorization
		return errors.New("the server refuses the user or the password")
	case refused.Code == "3D000": // invalid catalog name
		return errors.New("the server has no such database")
	default:
		return fmt.Errorf("the server refuses with SQLSTATE %s", refused.Code)
	}
}
