// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress answers where a request came from: the peer's address, or, behind hops trusted proxies, the address that the
// outermost of them saw. Each proxy appends to X-Forwarded-For, so the entries count from the right; what stands further
// left was written by the client and is not believed. With fewer entries than proxies the leftmost one counts. An
// entry that is no address gives the peer's.
func clientAddress(r *http.Request, hops int) netip.Addr {
	var peer netip.Addr
	if remote, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		peer = remote.Addr()
	}
	if hops <= 0 {
		return peer
	}
	entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	seen, err := netip.ParseAddr(strings.TrimSpace(entries[max(len(entries)-hops, 0)]))
	if err != nil {
		return peer
	}
	return seen
}

// hostOf writes a host with its port in one way only: lower case, without a final dot and without the scheme's own port.
func hostOf(host string, https bool) string {
	host = strings.ToLower(host)
	port := ":80"
	if https {
		port = ":443"
	}
	return strings.TrimSuffix(strings.TrimSuffix(host, port), ".")
}
