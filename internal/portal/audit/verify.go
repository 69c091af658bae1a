// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Report is what Verify found.
type Report struct {
	// Intact is true when no event that was sealed has been touched.
	Intact bool `json:"intact"`
	// Events in the trail, of them Sealed ones and those that are Unsealed: too young, or written since the sealer stopped.
	Events   int64 `json:"events"`
	Sealed   int64 `json:"sealed"`
	Unsealed int64 `json:"unsealed"`
	// Seals in the chain.
	Seals int64 `json:"seals"`
	// Head is the end of the chain in hexadecimal.
	Head string `json:"head,omitempty"`
	// UnsealedSince is when the oldest unsealed event happened; nil when all are sealed.
	UnsealedSince *time.Time `json:"unsealedSince,omitempty"`
	// DroppedThrough is how far events were dropped because their time was over; nil when none were.
	DroppedThrough *time.Time `json:"droppedThrough,omitempty"`
	// Fault is the first one found; nil when the trail is intact.
	Fault *Fault `json:"fault,omitempty"`
}

// Fault is where a trail is broken.
type Fault struct {
	// Seal is the number of the broken seal; 0 when the end of the chain is missing.
	Seal int64 `json:"seal"`
	// Event is the id of the event that was touched, or the one that a missing event came after; empty when the seal itself is broken.
	Event   string `json:"event,omitempty"`
	Problem string `json:"problem"`
}

// Error says it in a sentence.
func (f *Fault) Error() string {
	where := ""
	if f.Seal > 0 {
		where = fmt.Sprintf("seal %d, ", f.Seal)
	}
	if f.Event != "" {
		where += fmt.Sprintf("event %s, ", f.Event)
	}
	return "the audit trail is broken: " + where + f.Problem
}

// Verify walks seals and events on one snapshot, with every key that has sealed the trail. heads are ends of the chain that were kept outside of the database; those that runs
// noted are looked for as well. The error is about reading; what is broken is in the report.
func Verify(ctx context.Context, db *store.DB, keys []Key, heads ...string) (*Report, error) {
	var report *Report
	err := db.Read(ctx, func(tx *store.Tx) error {
		v := &verifier{tx: tx, keys: map[string]Key{}, report: &Report{}, seen: map[string]bool{}}
		for _, key := range keys {
			v.keys[key.ID] = key
		}
		for _, head := range heads {
			v.wanted = append(v.wanted, wantedHead{strings.ToLower(strings.TrimSpace(head)), "that was given"})
		}
		report = v.report
		return v.run(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("verifying the audit trail: %w", err)
	}
	return report, nil
}

// verifier verifies one trail.
type verifier struct {
	tx     *store.Tx
	keys   map[string]Key
	report *Report
	now    time.Time
	// last is the seal before the one that is looked at; nil at the front.
	last *seal
	// wanted are the heads that must be among those seen.
	wanted []wantedHead
	seen   map[string]bool
}

// wantedHead was an end of the chain once; source says who knows.
type wantedHead struct{ head, source string }

func (v *verifier) run(ctx context.Context) (err error) {
	if v.now, err = v.tx.Now(ctx); err != nil {
		return err
	}
	if err := v.readHeads(ctx); err != nil {
		return err
	}
	if err := v.walk(ctx); err != nil {
		return err
	}
	if v.report.Fault == nil {
		v.findHeads()
	}
	v.report.Intact = v.report.Fault == nil
	return v.count(ctx)
}

// sealsAtOnce is how many seals are read at once.
const sealsAtOnce = 50

// walk looks at every seal and its events until the first fault.
func (v *verifier) walk(ctx context.Context) error {
	for after := int64(math.MinInt64); v.report.Fault == nil; {
		page, err := v.page(ctx, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, s := range page {
			if err := v.look(ctx, s); err != nil || v.report.Fault != nil {
				return err
			}
			v.last, after = s, s.seq
			v.seen[s.hmac] = true
		}
	}
	return nil
}

func (v *verifier) page(ctx context.Context, after int64) ([]*seal, error) {
	rows, err := v.tx.QueryContext(ctx, "SELECT "+sealColumns+" FROM audit_seals WHERE seq > $1 ORDER BY seq LIMIT $2", after, sealsAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []*seal
	for rows.Next() {
		var s seal
		if err := s.scan(rows); err != nil {
			return nil, err
		}
		page = append(page, &s)
	}
	return page, rows.Err()
}

// look looks at one seal: its place in the chain, its own row, then its events.
func (v *verifier) look(ctx context.Context, s *seal) error {
	problem, err := v.row(s)
	if err != nil {
		return err
	}
	if problem != "" {
		v.fault(s, "", problem)
		return nil
	}
	if s.droppedAt.IsZero() {
		return v.events(ctx, s)
	}
	return v.base(ctx, s)
}

// row answers what is wrong with the seal's own row and its place.
func (v *verifier) row(s *seal) (problem string, err error) {
	if problem := v.place(s); problem != "" {
		return problem, nil
	}
	key, known := v.keys[s.keyID]
	if !known {
		return fmt.Sprintf("it was sealed with the key %s, and this portal has %s: restore the entry session.seals of its key Secret",
			s.keyID, strings.Join(slices.Sorted(maps.Keys(v.keys)), ", ")), nil
	}
	if s.mac(key) != s.hmac {
		return "its row was changed", nil
	}
	if key.until.IsZero() {
		return "", nil
	}
	youngest, err := instantOf(s.lastID)
	if err == nil && youngest.After(key.until) {
		problem = fmt.Sprintf("it was sealed with the key %s after that was replaced", s.keyID)
	}
	return problem, err
}

// place answers what is wrong with a seal's place in the chain.
func (v *verifier) place(s *seal) string {
	switch {
	case v.last == nil && s.droppedAt.IsZero() && s.seq != 1:
		return "the seals before it are missing"
	case v.last == nil && s.droppedAt.IsZero() && s.previous != "":
		return "it continues a seal that does not exist"
	case v.last == nil:
		return ""
	case !s.droppedAt.IsZero():
		return "its events were dropped, yet older ones are there"
	case s.seq != v.last.seq+1:
		return fmt.Sprintf("the seal %d before it is missing", s.seq-1)
	case s.previous != v.last.hmac:
		return "it does not continue the seal before it"
	}
	return ""
}

// base looks at the seal of the ranges that were dropped: their time must be over and nothing left of them.
func (v *verifier) base(ctx context.Context, s *seal) error {
	over, err := expired(s, v.now)
	if err != nil || !over {
		v.fault(s, "", "its events were dropped before their time was over")
		return nil
	}
	through, err := instantOf(s.lastID)
	if err != nil {
		return err
	}
	v.report.DroppedThrough = &through
	return eachRecord(ctx, v.tx, func(r *record) {
		v.fault(s, r.id, "it appeared in a range that was dropped")
	}, "id <= $1 ORDER BY id LIMIT 1", s.lastID)
}

// events compares the events of a seal with it.
func (v *verifier) events(ctx context.Context, s *seal) error {
	c := comparison{seal: s, found: newSpan()}
	if v.last != nil {
		c.previous = v.last.lastID
	}
	err := eachRecord(ctx, v.tx, c.take, "id > $1 AND id <= $2 ORDER BY id", c.previous, s.lastID)
	if err != nil {
		return err
	}
	if event, problem := c.result(); problem != "" {
		v.fault(s, event, problem)
	}
	return nil
}

// readHeads reads the heads that runs noted, as far back as the chain reaches.
func (v *verifier) readHeads(ctx context.Context) error {
	rows, err := v.tx.QueryContext(ctx, `
SELECT id, audit_head FROM inactivity_runs WHERE audit_head <> '' AND finished_at >=
COALESCE((SELECT sealed_at FROM audit_seals WHERE dropped_at IS NOT NULL ORDER BY seq LIMIT 1), 0) ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var run, head string
		if err := rows.Scan(&run, &head); err != nil {
			return err
		}
		v.wanted = append(v.wanted, wantedHead{head, "that the inactivity run " + run + " noted"})
	}
	return rows.Err()
}

// findHeads looks whether every wanted head is in the chain: a chain that was cut off is in order up to its end.
func (v *verifier) findHeads() {
	for _, wanted := range v.wanted {
		if !v.seen[wanted.head] {
			v.report.Fault = &Fault{Problem: fmt.Sprintf("its end was cut off or replaced: the head %.64s %s is not in the chain", wanted.head, wanted.source)}
			return
		}
	}
}

// count fills in the figures.
func (v *verifier) count(ctx context.Context) error {
	last, err := lastSeal(ctx, v.tx)
	if err != nil {
		return err
	}
	r := v.report
	r.Head = last.hmac
	if err := v.tx.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM audit_seals), COUNT(*) FROM audit_events").Scan(&r.Seals, &r.Events); err != nil {
		return err
	}
	var since time.Time
	err = v.tx.QueryRowContext(ctx, "SELECT COUNT(*), MIN(at) FROM audit_events WHERE id > $1", last.lastID).Scan(&r.Unsealed, store.ScanTime(&since))
	if !since.IsZero() {
		r.UnsealedSince = &since
	}
	r.Sealed = r.Events - r.Unsealed
	return err
}

// fault notes the first fault.
func (v *verifier) fault(s *seal, event, problem string) {
	if v.report.Fault == nil {
		v.report.Fault = &Fault{Seal: s.seq, Event: event, Problem: problem}
	}
}
