// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proc

import (
	"os"
	"os/exec"
	"testing"
)

func TestParseStartTicks(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 100"
	for name, test := range map[string]struct {
		stat    string
		want    uint64
		wantErr bool
	}{
		"an ordinary name":                     {stat: "12 (etcd)" + rest, want: 4711},
		"a name with spaces and parentheses":   {stat: "12 (a) S (b c)" + rest, want: 4711},
		"a line that was cut off":              {stat: "12 (etcd) S 1 2", wantErr: true},
		"a line without a name in parentheses": {stat: "12 etcd" + rest, wantErr: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseStartTicks(test.stat)
			if got != test.want || (err != nil) != test.wantErr {
				t.Errorf("got %d, %v; want %d, error %t", got, err, test.want, test.wantErr)
			}
		})
	}
}

func startSleeper(t *testing.T) (*exec.Cmd, ID) {
	t.Helper()
	cmd := exec.Command("sleep", "300")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, id
}

func TestKillEndsTheProcessThatWasIdentified(t *testing.T) {
	cmd, id := startSleeper(t)
	if !id.Alive() {
		t.Fatal("the process is not alive")
	}
	if err := id.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if id.Alive() {
		t.Error("an ended process counts as alive")
	}
	_ = cmd.Wait()
	if err := id.Kill(t.Context()); err != nil {
		t.Errorf("ending an ended process: %v", err)
	}
}

func TestKillSparesAnotherProcessWithTheSameNumber(t *testing.T) {
	_, id := startSleeper(t)
	for name, other := range map[string]ID{
		"started at another time":  {PID: id.PID, StartTicks: id.StartTicks + 1, BootID: id.BootID},
		"started in another boot":  {PID: id.PID, StartTicks: id.StartTicks, BootID: "another"},
		"never recorded":           {},
		"no process of the number": {PID: os.Getpid() + 1<<21, StartTicks: 1, BootID: id.BootID},
	} {
		t.Run(name, func(t *testing.T) {
			if other.Alive() {
				t.Error("another process counts as alive")
			}
			if err := other.Kill(t.Context()); err != nil {
				t.Error(err)
			}
			if !id.Alive() {
				t.Error("another process was ended")
			}
		})
	}
}
