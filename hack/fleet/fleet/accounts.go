// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"fmt"
	"math"
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Account is one line of accounts.csv; zero times mean unknown or never.
type Account struct {
	Username, Tenant, Name, Mail, Phone, Role string
	CreatedAt, LastSignInAt, ExemptUntil      time.Time
	ExemptReason                              string
	ServiceAccount                            bool
}

// Roles of accounts in a dealership.
const (
	RoleUser          = "user"
	RoleAdministrator = "administrator"
)

// accounts spreads people over the tenants. Every tenant but the first, whose
// administrator is invited, has at least one administrator.
func (g *generator) accounts(tenants []*v1alpha1.DealerTenant, count int, people []person, invited Invitation) []Account {
	all := make([]Account, 0, count)
	taken := map[string]int{invited.Username: 1}
	for i, size := range g.sizes(len(tenants), count) {
		administrators := max(1, size/12)
		if i == 0 {
			administrators = 0
		}
		for n := range size {
			role := RoleUser
			if n < administrators {
				role = RoleAdministrator
			}
			all = append(all, g.account(tenants[i], role, people, taken))
		}
	}
	return all
}

// sizes splits the count over the tenants: one each, and the rest by chance,
// with large and small dealerships.
func (g *generator) sizes(tenants, count int) []int {
	weights := make([]float64, tenants)
	total := 0.0
	for i := range weights {
		weights[i] = 0.3 + g.random.ExpFloat64()
		total += weights[i]
	}
	sizes := make([]int, tenants)
	rest, sum, given := float64(count-tenants), 0.0, 0
	for i, weight := range weights {
		sum += weight
		upTo := int(math.Round(rest * sum / total))
		sizes[i] = 1 + upTo - given
		given = upTo
	}
	return sizes
}

func (g *generator) account(tenant *v1alpha1.DealerTenant, role string, people []person, taken map[string]int) Account {
	given, family := pick(g.random, people), pick(g.random, people)
	p := person{given.given, family.family, given.givenLatin, family.familyLatin}
	local := p.givenLatin + "." + p.familyLatin
	username := local + "." + tenant.Name
	taken[username]++
	if n := taken[username]; n > 1 {
		local = fmt.Sprintf("%s%d", local, n)
		username = local + "." + tenant.Name
	}
	a := Account{
		Username: username, Tenant: tenant.Spec.DealerCode, Name: g.fullName(p),
		Mail: fmt.Sprintf("%s@%s.example", local, tenant.Name), Role: role,
	}
	if g.random.IntN(3) > 0 {
		a.Phone = tenant.Spec.Phone
	}
	g.setDates(&a)
	if role == RoleUser {
		g.setSpecialCase(&a)
	}
	return a
}

func (g *generator) fullName(p person) string {
	if g.market.people == "people-ja" {
		return p.family + " " + p.given
	}
	return p.given + " " + p.family
}

// horizon is how far back dates go.
const horizon = 2 * 365 * 24 * time.Hour

// setDates makes up when the account was created and last used: most people
// sign in often, some have stopped at some time, a few never came.
func (g *generator) setDates(a *Account) {
	now := g.options.Now.UTC().Truncate(time.Second)
	day := 24 * time.Hour
	age := time.Duration(g.random.Int64N(int64(horizon-day))) + day
	a.CreatedAt = now.Add(-age).Truncate(time.Second)
	var idle time.Duration
	switch share := g.random.IntN(100); {
	case share < 5 && a.Role == RoleUser:
		return
	case share < 75:
		idle = time.Duration(g.random.ExpFloat64() * float64(9*day))
	case share < 88:
		idle = time.Duration(g.random.Int64N(int64(180 * day)))
	default:
		idle = time.Duration(g.random.Int64N(int64(horizon)))
	}
	idle = min(idle+time.Minute, age)
	a.LastSignInAt = now.Add(-idle).Truncate(time.Second)
	if a.LastSignInAt.Before(a.CreatedAt) {
		a.LastSignInAt = a.CreatedAt
	}
}

// setSpecialCase makes a few accounts exempt and a few those of machines.
func (g *generator) setSpecialCase(a *Account) {
	switch share := g.random.IntN(1000); {
	case share < 4:
		a.ExemptUntil = g.options.Now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 30+g.random.IntN(300))
		a.ExemptReason = pick(g.random, []string{"Parental leave", "Long sick leave", "Seasonal staff", "Military service"})
	case share < 7:
		a.ServiceAccount = true
	}
}
