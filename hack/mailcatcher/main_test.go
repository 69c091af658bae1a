// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestRunServesUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	output, printed := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0"}, printed) }()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ := strings.Cut(strings.TrimSpace(line), "showing it on ")
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("the page is still there after the end")
	}
}

func TestRunRefusesLimitsThatKeepNothing(t *testing.T) {
	for _, args := range [][]string{{"--max-messages", "0"}, {"--max-bytes", "10"}} {
		err := run(t.Context(), args, t.Output())
		if err == nil || !strings.Contains(err.Error(), "--max-messages must be at least 1") {
			t.Errorf("%v: got %v", args, err)
		}
	}
}
