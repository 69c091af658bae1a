// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package netplan

import (
	"net/netip"
	"testing"
)

func TestChoose(t *testing.T) {
	for name, test := range map[string]struct {
		used    []string
		want    string
		wantErr bool
	}{
		"an empty machine":                       {want: "10.240.0.0/16"},
		"a default route does not count":         {used: []string{"0.0.0.0/0"}, want: "10.240.0.0/16"},
		"a network elsewhere does not count":     {used: []string{"192.168.0.0/16", "172.17.0.0/16"}, want: "10.240.0.0/16"},
		"another cluster is avoided":             {used: []string{"10.240.0.0/16"}, want: "10.241.0.0/16"},
		"one address is enough to avoid a block": {used: []string{"10.240.3.7/32", "10.241.255.0/30"}, want: "10.242.0.0/16"},
		"a wide network leaves the lower blocks": {used: []string{"10.128.0.0/9"}, want: "10.127.0.0/16"},
		"everything is taken":                    {used: []string{"10.0.0.0/8"}, wantErr: true},
	} {
		t.Run(name, func(t *testing.T) {
			var used []netip.Prefix
			for _, u := range test.used {
				used = append(used, netip.MustParsePrefix(u))
			}
			got, err := Choose(used)
			if (err != nil) != test.wantErr {
				t.Fatalf("got error %v, want error %t", err, test.wantErr)
			}
			if err == nil && got.Block.String() != test.want {
				t.Errorf("got block %s, want %s", got.Block, test.want)
			}
		})
	}
}

func TestPlanIsConsistent(t *testing.T) {
	plan, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	link := netip.PrefixFrom(plan.HostIP, LinkBits).Masked()
	if !link.Contains(plan.NodeIP) {
		t.Errorf("node %s is not on the link %s", plan.NodeIP, link)
	}
	for _, p := range []netip.Prefix{plan.Pods, plan.Services, link} {
		if !plan.Block.Contains(p.Addr()) || p.Bits() < plan.Block.Bits() {
			t.Errorf("%s is not within %s", p, plan.Block)
		}
	}
	if plan.Pods.Overlaps(plan.Services) || plan.Pods.Overlaps(link) || plan.Services.Overlaps(link) {
		t.Errorf("pods %s, services %s and link %s overlap", plan.Pods, plan.Services, link)
	}
	if !plan.Services.Contains(plan.DNS) || plan.API != plan.Services.Addr().Next() {
		t.Errorf("DNS %s or API %s is not where Services %s expect it", plan.DNS, plan.API, plan.Services)
	}
}
