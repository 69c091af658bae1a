// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package hostnet makes and removes the one link between the host and the
// network namespace in which a cluster lives.
package hostnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
)

// NodeLink is the name of the link inside the node's network namespace.
const NodeLink = "node0"

// LinkName is the host's end of the link of the cluster with that name.
func LinkName(cluster string) string {
	return "fc-" + cluster
}

// Used lists the IPv4 networks that the host has addresses in or routes to.
func Used() ([]netip.Prefix, error) {
	var out []netip.Prefix
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, fmt.Errorf("listing the host's addresses: %w", err)
	}
	for _, a := range addrs {
		out = appendPrefix(out, a.IPNet)
	}
	filter := &netlink.Route{Table: 0}
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V4, filter, netlink.RT_FILTER_TABLE)
	if err != nil {
		return nil, fmt.Errorf("listing the host's routes: %w", err)
	}
	for _, r := range routes {
		out = appendPrefix(out, r.Dst)
	}
	return out, nil
}

func appendPrefix(list []netip.Prefix, n *net.IPNet) []netip.Prefix {
	if n == nil {
		return list
	}
	addr, ok := netip.AddrFromSlice(n.IP)
	if !ok {
		return list
	}
	ones, _ := n.Mask.Size()
	return append(list, netip.PrefixFrom(addr.Unmap(), ones).Masked())
}

// Connect makes the link between the host and the network namespace of the
// process pid and routes the plan's addresses over it.
func Connect(cluster string, pid int, plan netplan.Plan) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = LinkName(cluster)
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: NodeLink, PeerNamespace: netlink.NsPid(pid)}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("making link %s: %w", attrs.Name, err)
	}
	link, err := netlink.LinkByName(attrs.Name)
	if err != nil {
		return fmt.Errorf("finding link %s: %w", attrs.Name, err)
	}
	if err := setUp(link, plan.HostIP); err != nil {
		return err
	}
	route := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: ipNet(plan.Block), Gw: plan.NodeIP.AsSlice()}
	if err := netlink.RouteAdd(route); err != nil {
		return fmt.Errorf("routing %s to the node: %w", plan.Block, err)
	}
	return nil
}

// SetUpNode configures the node's end. It runs in the node's network namespace.
func SetUpNode(plan netplan.Plan) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback link: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("starting the loopback link: %w", err)
	}
	link, err := netlink.LinkByName(NodeLink)
	if err != nil {
		return fmt.Errorf("finding link %s: %w", NodeLink, err)
	}
	if err := setUp(link, plan.NodeIP); err != nil {
		return err
	}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: plan.HostIP.AsSlice()}); err != nil {
		return fmt.Errorf("adding the default route: %w", err)
	}
	return nil
}

func setUp(link netlink.Link, ip netip.Addr) error {
	name := link.Attrs().Name
	address := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(ip, netplan.LinkBits))}
	if err := netlink.AddrAdd(link, address); err != nil {
		return fmt.Errorf("giving link %s the address %s: %w", name, ip, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("starting link %s: %w", name, err)
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Disconnect removes the link of the cluster; that there is none is fine. The
// kernel removes the node's end, the addresses and the route with it.
func Disconnect(cluster string) error {
	link, err := netlink.LinkByName(LinkName(cluster))
	var notFound netlink.LinkNotFoundError
	if errors.As(err, &notFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finding link %s: %w", LinkName(cluster), err)
	}
	// The link may go away by itself at this very moment, together with the
	// node's network namespace.
	if err := netlink.LinkDel(link); err != nil && !gone(cluster) {
		return fmt.Errorf("removing link %s: %w", LinkName(cluster), err)
	}
	return nil
}

func gone(cluster string) bool {
	_, err := netlink.LinkByName(LinkName(cluster))
	var notFound netlink.LinkNotFoundError
	return errors.As(err, &notFound)
}
