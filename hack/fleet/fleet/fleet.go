// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package fleet makes up the portals, dealerships and accounts of three markets,
// the same from the same options every time. All brands, people, numbers and
// addresses are invented; only the cities exist.
package fleet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Options say how large the fleet is and where it runs.
type Options struct {
	// Seed changes every invented detail.
	Seed uint64
	// Now is the moment that the dates of accounts lie before.
	Now time.Time
	// Dealers and Accounts of each market, in the order US, CA, JP.
	Dealers, Accounts [3]int
	// Port is added to the host names when it is not 0.
	Port int
	// SMTP is the host:port of the mail server; empty means that no mail is sent.
	SMTP string
	// Image and Version are the release that the class runs.
	Image, Version string
}

// DefaultOptions are a large market and two smaller ones.
func DefaultOptions(now time.Time) Options {
	return Options{
		Seed: 1, Now: now, Dealers: [3]int{1211, 85, 60}, Accounts: [3]int{40_000, 2_800, 2_000},
		Image: "forecourt.dev/portal:dev", Version: "0.1.0",
	}
}

// Shrink makes the fleet small enough for a quick test on a real cluster.
func (o *Options) Shrink() {
	o.Dealers, o.Accounts = [3]int{24, 6, 4}, [3]int{480, 80, 50}
}

func (o *Options) validate() error {
	for i, m := range markets {
		if o.Dealers[i] < 1 || o.Dealers[i] > 20_000 {
			return fmt.Errorf("%s dealers must be from 1 to 20000, not %d", m.country, o.Dealers[i])
		}
		if o.Accounts[i] < o.Dealers[i] || o.Accounts[i] > 2_000_000 {
			return fmt.Errorf("%s accounts must be from %d (one for each dealer) to 2000000, not %d", m.country, o.Dealers[i], o.Accounts[i])
		}
	}
	if o.Port < 0 || o.Port > math.MaxUint16 {
		return fmt.Errorf("port must be from 0 to 65535, not %d", o.Port)
	}
	if o.SMTP != "" {
		if _, _, err := splitHostPort(o.SMTP); err != nil {
			return err
		}
	}
	return nil
}

func splitHostPort(address string) (string, int32, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("mail server %q must be host:port: %w", address, err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil || number < 1 || number > math.MaxUint16 || host == "" {
		return "", 0, fmt.Errorf("mail server %q must be host:port with a port from 1 to 65535", address)
	}
	return host, int32(number), nil
}

// Fleet is a class and its markets.
type Fleet struct {
	Class   *v1alpha1.PortalClass
	Markets []Market
}

// Market is a portal, its dealerships and their people.
type Market struct {
	// Code names the market's folder, for example us.
	Code      string
	Namespace *corev1.Namespace
	Portal    *v1alpha1.RegionalPortal
	Tenants   []*v1alpha1.DealerTenant
	// Invitations belong to the first tenant, which has no administrator yet.
	Invitations *corev1.Secret
	Invited     Invitation
	Accounts    []Account
}

// Invitation is the first administrator of a market's first tenant.
type Invitation struct {
	DealerCode, Username, Name, Mail, Phone string
}

// Generate makes up a fleet; it reads nothing but its options.
func Generate(o Options) (*Fleet, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	class, err := portalClass(o)
	if err != nil {
		return nil, err
	}
	f := &Fleet{Class: class}
	for i, m := range markets {
		random := rand.New(rand.NewPCG(o.Seed, uint64(i)+1)) //nolint:gosec // repeatable on purpose, nothing secret comes from it
		g := generator{market: m, options: o, random: random}
		generated, err := g.generate(o.Dealers[i], o.Accounts[i])
		if err != nil {
			return nil, fmt.Errorf("making up market %s: %w", m.country, err)
		}
		f.Markets = append(f.Markets, *generated)
	}
	return f, nil
}

// generator makes up one market.
type generator struct {
	market  market
	options Options
	random  *rand.Rand
}

func (g *generator) generate(dealers, accounts int) (*Market, error) {
	places, err := readPlaces(g.market.code)
	if err != nil {
		return nil, err
	}
	people, err := readPeople(g.market.people)
	if err != nil {
		return nil, err
	}
	m := &Market{Code: g.market.code, Namespace: g.namespace(), Portal: g.portal(), Tenants: g.tenants(dealers, places, people)}
	m.Invited = g.invitation(m.Tenants[0], people)
	m.Invitations = g.invitationSecret(m.Tenants[0], m.Invited)
	m.Accounts = g.accounts(m.Tenants, accounts, people, m.Invited)
	return m, nil
}

// pick answers one of the choices.
func pick[T any](random *rand.Rand, choices []T) T { return choices[random.IntN(len(choices))] }
