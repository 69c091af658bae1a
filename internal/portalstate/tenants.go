// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalstate

import (
	"reflect"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Wanted is the version of a tenant that should be in force.
type Wanted struct {
	UID        types.UID
	Generation int64
	Digest     string
}

// InForce says whether the portal has exactly this version of the tenant in force.
func InForce(row portalapi.TenantState, want Wanted) bool {
	return !row.Closed && row.UID == string(want.UID) && row.Generation == want.Generation && row.Digest == want.Digest
}

// Tenant returns what the portal has in force under a dealer code.
func (p *Portal) Tenant(dealerCode string) (portalapi.TenantState, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	row, found := p.rows[dealerCode]
	return row, found
}

// Listed says whether the portal's tenants have been read.
func (p *Portal) Listed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.listed
}

// Outdated says whether the tenants have to be listed again to know those of the given revision.
func (p *Portal) Outdated(revision string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.listed || p.revision != revision
}

// Record notes the portal's answer for one tenant.
func (p *Portal) Record(row portalapi.TenantState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows[row.DealerCode] = row
}

// Closed notes that the portal closed a tenant.
func (p *Portal) Closed(dealerCode, uid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if row, found := p.rows[dealerCode]; found && row.UID == uid {
		row.Closed = true
		p.rows[dealerCode] = row
	}
	delete(p.countsWritten, types.UID(uid))
	delete(p.buried, uid)
}

// Replace takes over a complete list. The result says for a dealer code whether its row differs from what was known;
// for the first list that is every code.
func (p *Portal) Replace(list []portalapi.TenantState, revision string) (changed func(dealerCode string) bool) {
	rows := make(map[string]portalapi.TenantState, len(list))
	for _, row := range list {
		rows[row.DealerCode] = row
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	first, differs := !p.listed, difference(p.rows, rows)
	p.rows, p.revision, p.listed = rows, revision, true
	return func(dealerCode string) bool { return first || differs[dealerCode] }
}

// difference are the dealer codes whose rows are not the same in both.
func difference(before, after map[string]portalapi.TenantState) map[string]bool {
	differs := map[string]bool{}
	for code, row := range after {
		if old, had := before[code]; !had || !reflect.DeepEqual(old, row) {
			differs[code] = true
		}
	}
	for code := range before {
		if _, has := after[code]; !has {
			differs[code] = true
		}
	}
	return differs
}

// Leftovers are the tenants in force whose object is not among the known ones.
func (p *Portal) Leftovers(known func(uid string) bool) []portalapi.TenantState {
	var leftovers []portalapi.TenantState
	for _, row := range p.open() {
		if !known(row.UID) {
			leftovers = append(leftovers, row)
		}
	}
	return leftovers
}

// open returns the tenants in force.
func (p *Portal) open() []portalapi.TenantState {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := make([]portalapi.TenantState, 0, len(p.rows))
	for _, row := range p.rows {
		if !row.Closed {
			open = append(open, row)
		}
	}
	return open
}

// MayWriteCounts says how long to wait until account counts may be written to a tenant's status again; 0 means now.
func (p *Portal) MayWriteCounts(uid types.UID, now time.Time, interval time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	written, found := p.countsWritten[uid]
	if !found {
		return 0
	}
	return max(0, written.Add(interval).Sub(now))
}

// CountsWritten notes that account counts were written to a tenant's status.
func (p *Portal) CountsWritten(uid types.UID, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.countsWritten[uid] = now
}

// sameForTenants compares what the verdict on a tenant and its status depend on.
func sameForTenants(a, b *settings.Effective) bool {
	return a.PublicURL == b.PublicURL &&
		reflect.DeepEqual(a.Settings.Brands, b.Settings.Brands) &&
		a.Settings.Inactivity.Months == b.Settings.Inactivity.Months &&
		a.SecondFactor() == b.SecondFactor() &&
		(a.Settings.Requirements == nil) == (b.Settings.Requirements == nil) &&
		reflect.DeepEqual(a.Tenants, b.Tenants)
}
