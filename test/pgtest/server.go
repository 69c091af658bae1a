// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// superuser of every server that this package starts.
const superuser = "postgres"

// server is a running PostgreSQL.
type server struct {
	dir string
	// alive is the keeper's standard input. As long as it is reachable it stays open.
	alive io.Closer
}

// keeper runs the server until its standard input closes, which the kernel does when the test process ends, in whatever way.
// Then it stops the server and removes the directory.
const keeper = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off   -c max_connections=200 >"$2/log" 2>&1 &
pid=$!
cat >/dev/null
kill -QUIT "$pid"
wait "$pid"
cd / && rm -rf "$2"
`

// start makes a cluster and a server on it, and waits until it answers.
func start() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "forecourt-pg-")
	if err != nil {
		return nil, err
	}
	owner, err := ownerOf(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata", filepath.Join(dir, "data"), "--username", superuser, //nolint:noctx // ends by itself
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, owner
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, output), os.RemoveAll(dir))
	}
	run := exec.Command("/bin/sh", "-c", keeper, "sh", bin, dir) //nolint:noctx // ends with this process
	run.Dir, run.SysProcAttr = dir, owner
	alive, err := run.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := run.Start(); err != nil {
		return nil, err
	}
	s := &server{dir: dir, alive: alive}
	return s, s.await(run)
}

// await asks until the server answers.
func (s *server) await(keeper *exec.Cmd) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(deadline)
	for {
		err := s.run("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-timeout:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("no answer within %s: %w; log of process %d:\n%s", deadline, err, keeper.Process.Pid, log)
		case <-ticker.C:
		}
	}
}

// ownerOf gives the directory to the account that the server runs as: PostgreSQL refuses to run as root.
func ownerOf(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{Setpgid: true}, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	credential := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return &syscall.SysProcAttr{Setpgid: true, Credential: credential}, nil
}
