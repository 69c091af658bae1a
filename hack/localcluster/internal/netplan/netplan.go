// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package netplan chooses the addresses of a cluster so that they do not
// collide with the networks that the host already reaches.
package netplan

import (
	"fmt"
	"net/netip"
)

// Plan holds the addresses of one cluster. All lie in one /16.
type Plan struct {
	// Block holds all the others; the host routes it to the node.
	Block netip.Prefix `json:"block"`
	// Pods is the range of pod addresses.
	Pods netip.Prefix `json:"pods"`
	// Services is the range of Service addresses.
	Services netip.Prefix `json:"services"`
	// HostIP is the host's address on the link to the node: pods reach servers
	// of the host at this address.
	HostIP netip.Addr `json:"hostIP"`
	// NodeIP is the node's address on that link; the API server listens there.
	NodeIP netip.Addr `json:"nodeIP"`
	// DNS is the address of the cluster's DNS Service.
	DNS netip.Addr `json:"dns"`
	// API is the address of the Service "kubernetes".
	API netip.Addr `json:"api"`
}

// LinkBits is the length of the prefix of the link between host and node.
const LinkBits = 30

// Choose returns the first plan that overlaps none of the networks in use.
func Choose(used []netip.Prefix) (Plan, error) {
	for _, second := range candidates() {
		plan := forBlock(second)
		if plan.Free(used) {
			return plan, nil
		}
	}
	return Plan{}, fmt.Errorf("no /16 of 10.0.0.0/8 is free of the host's %d networks: remove a route or a VPN that covers all of it", len(used))
}

// candidates are the second bytes of 10.x.0.0/16, the rarely used ones first.
func candidates() []byte {
	var out []byte
	for i := 240; i < 255; i++ {
		out = append(out, byte(i))
	}
	for i := 239; i > 0; i-- {
		out = append(out, byte(i))
	}
	return out
}

func forBlock(second byte) Plan {
	return Plan{
		Block:    netip.PrefixFrom(netip.AddrFrom4([4]byte{10, second, 0, 0}), 16),
		Pods:     netip.PrefixFrom(netip.AddrFrom4([4]byte{10, second, 0, 0}), 18),
		Services: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, second, 128, 0}), 18),
		HostIP:   netip.AddrFrom4([4]byte{10, second, 255, 1}),
		NodeIP:   netip.AddrFrom4([4]byte{10, second, 255, 2}),
		DNS:      netip.AddrFrom4([4]byte{10, second, 128, 10}),
		API:      netip.AddrFrom4([4]byte{10, second, 128, 1}),
	}
}

// Free tells whether the plan overlaps none of the networks in use. A default
// route overlaps everything and therefore says nothing.
func (p Plan) Free(used []netip.Prefix) bool {
	for _, u := range used {
		if u.Bits() > 0 && u.Overlaps(p.Block) {
			return false
		}
	}
	return true
}
