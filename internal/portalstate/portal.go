// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalstate

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// toleratedFailures in a row leave the last answer standing: a restart or a lost packet is no news.
const toleratedFailures = 2

// patience is how long nobody is told that a portal's answer is missing: usually it comes in the next moment.
const patience = 5 * time.Second

// Portal is what is known of one portal. It is safe for concurrent use; the state it hands out is never changed.
type Portal struct {
	uid types.UID

	mu        sync.Mutex
	effective *settings.Effective
	client    *portalclient.Client

	state    *portalapi.State
	etag     string
	failures int
	suspect  bool
	// asleep is true while the portal runs no pod; unclear is since when somebody has waited for its answer, zero when nobody has.
	asleep  bool
	unclear time.Time

	rows     map[string]portalapi.TenantState
	listed   bool
	revision string
	buried   map[string]bool

	countsWritten map[types.UID]time.Time

	// invited is the generation of the portal whose invitations of the service desk were handed over.
	invited int64
	// uninvited says why those of the generation notInvited could not be.
	uninvited  string
	notInvited int64

	// secrets are the key Secrets by name, as they were seen last.
	secrets map[string]*keys.Summary
}

func newPortal(uid types.UID) *Portal {
	return &Portal{
		uid: uid, rows: map[string]portalapi.TenantState{}, buried: map[string]bool{}, countsWritten: map[types.UID]time.Time{},
		secrets: map[string]*keys.Summary{},
	}
}

// Publish sets what is in force. It says whether the tenants' side of it differs from what was published before.
func (p *Portal) Publish(effective *settings.Effective) (tenantsAffected bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tenantsAffected = p.effective == nil || !sameForTenants(p.effective, effective)
	// Where the values came from is the status's business, and takes more memory than all the rest.
	kept := *effective
	kept.Values, kept.Crossings = nil, nil
	p.effective = &kept
	return tenantsAffected
}

// Effective is what was published last, nil before that.
func (p *Portal) Effective() *settings.Effective {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.effective
}

// NoteSecret keeps what was seen of a key Secret.
func (p *Portal) NoteSecret(name string, seen *keys.Summary) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secrets[name] = seen
}

// Secret is what was seen last of a key Secret; nil when nothing was. Nobody may change it.
func (p *Portal) Secret(name string) *keys.Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.secrets[name]
}

// Connect sets the client to use from now on.
func (p *Portal) Connect(client *portalclient.Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.client = client
}

// Client is nil while the portal's credentials have not been read.
func (p *Portal) Client() *portalclient.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client
}

// Usable returns the client when the portal answered the last call and its tenants are known, nil otherwise.
func (p *Portal) Usable() *portalclient.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures > 0 || p.suspect || !p.listed {
		return nil
	}
	return p.client
}

// Suspect notes that a call about a tenant got no answer: no other is made until the portal has answered again.
func (p *Portal) Suspect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.suspect = true
}

// Failed counts a call that got no answer and drops the client: its credentials may be outdated. It returns how many
// calls in a row failed.
func (p *Portal) Failed() int {
	p.disconnect()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures++
	p.etag = ""
	if p.failures > toleratedFailures {
		p.state = nil
	}
	return p.failures
}

// Refresh makes the next read of state and tenants a full one, whatever the portal answered before.
func (p *Portal) Refresh() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.etag, p.revision = "", ""
}

// ETag for the next conditional read of the state.
func (p *Portal) ETag() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.etag
}

// Answered records the answer to a read of the state; a nil state means that nothing has changed.
func (p *Portal) Answered(state *portalapi.State, etag string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.suspect, p.asleep, p.unclear = 0, false, false, time.Time{}
	p.etag = etag
	if state != nil {
		p.state = state
	}
}

// State is the last answer, nil when there is none or it is too old to be told.
func (p *Portal) State() *portalapi.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Asleep forgets the answers of a portal that runs no pod.
func (p *Portal) Asleep() {
	p.disconnect()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.etag, p.failures, p.suspect, p.listed, p.asleep = nil, "", 0, false, false, true
}

// Settling is how long a missing answer is no news yet: the portal has not been asked, or was asked a moment ago. One without a pod
// cannot answer.
func (p *Portal) Settling(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asleep {
		return 0
	}
	if p.unclear.IsZero() {
		p.unclear = now
	}
	return max(0, patience-now.Sub(p.unclear))
}

func (p *Portal) disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil {
		p.client.Close()
		p.client = nil
	}
}

// HasInvited notes that the invitations of a generation of the portal's object were handed over.
func (p *Portal) HasInvited(generation int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.invited, p.uninvited = generation, ""
}

// CouldNotInvite notes why the invitations of a generation were not handed over.
func (p *Portal) CouldNotInvite(generation int64, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notInvited, p.uninvited = generation, why
}

// WhyNotInvited is what was noted last about a generation; empty when nothing is in the way.
func (p *Portal) WhyNotInvited(generation int64) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.notInvited != generation {
		return ""
	}
	return p.uninvited
}

// Invited says whether they were.
func (p *Portal) Invited(generation int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.invited == generation
}
