// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalhost

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports below the range that systems give to outgoing connections, so that nobody else takes one while a portal restarts.
const (
	firstPort = 15000
	lastPort  = 31000
)

// reserved ports of this process.
var reserved = struct {
	sync.Mutex
	next int
}{next: firstPort + rand.IntN(lastPort-firstPort)} //nolint:gosec // only keeps test processes apart

// reserve returns free loopback addresses that this process has not given out before.
func reserve(count int) ([]string, error) {
	reserved.Lock()
	defer reserved.Unlock()
	var addresses []string
	for range lastPort - firstPort {
		if reserved.next++; reserved.next >= lastPort {
			reserved.next = firstPort
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(reserved.next))
		probe, err := net.Listen("tcp", address) //nolint:noctx // ends at once
		if err != nil {
			continue
		}
		if err := probe.Close(); err != nil {
			return nil, err
		}
		if addresses = append(addresses, address); len(addresses) == count {
			return addresses, nil
		}
	}
	return nil, errors.New("no free loopback port")
}
