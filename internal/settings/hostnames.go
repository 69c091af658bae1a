// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// HostName is a host without its port: two portals cannot share it, whatever their ports.
func HostName(host string) string {
	name, _, _ := strings.Cut(host, ":")
	return name
}

// Hosts are the hosts that a portal claims, without ports: hostname first, then the aliases.
func Hosts(portal *v1alpha1.RegionalPortalSpec) []string {
	return hostNames(portal.Hostname, portal.Aliases)
}

// Hosts are the hosts of the portal, without ports: hostname first, then the aliases.
func (e *Effective) Hosts() []string {
	return hostNames(e.Hostname, e.Aliases)
}

func hostNames(host string, aliases []string) []string {
	hosts := make([]string, 0, 1+len(aliases))
	for _, host := range append([]string{host}, aliases...) {
		hosts = append(hosts, HostName(host))
	}
	return hosts
}

// Claim is a portal that has a host or asks for it.
type Claim struct {
	Portal types.NamespacedName
	// Created is when the portal was.
	Created metav1.Time
	// InForce says that what is applied for the portal carries the host already.
	InForce bool
}

// Holder is the portal that a host belongs to: one that has it before all that ask for it, then the older, then the first
// by namespace and name. The order is total, so that everybody who knows the same claims names the same holder. It is nil
// without claims.
func Holder(claims []Claim) *Claim {
	if len(claims) == 0 {
		return nil
	}
	first := slices.MinFunc(claims, func(a, b Claim) int {
		if a.InForce != b.InForce {
			if a.InForce {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Created.Compare(b.Created.Time), cmp.Compare(a.Portal.Namespace, b.Portal.Namespace), cmp.Compare(a.Portal.Name, b.Portal.Name))
	})
	return &first
}

// Taken is the problem of a portal whose host another portal holds. Of the other portal only its name is told.
func Taken(portal *v1alpha1.RegionalPortalSpec, host string, holder types.NamespacedName) *Problem {
	path, cure := "spec.hostname", "choose another host"
	if host != HostName(portal.Hostname) {
		path, cure = "spec.aliases", "remove it"
	}
	return &Problem{
		Reason: v1alpha1.ReasonHostnameTaken,
		Message: path + ": \"" + host + "\": RegionalPortal " + holder.String() + " holds this host; " + cure +
			", or wait: it is taken over when that portal lets go of it",
	}
}
