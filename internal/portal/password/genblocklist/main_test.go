// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"
)

func TestTheListIsUpToDate(t *testing.T) {
	written, err := os.ReadFile("../blocklist.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != strings.Join(list(), "\n")+"\n" {
		t.Error("blocklist.txt is not what this program writes: run go generate ./internal/portal/password")
	}
}
