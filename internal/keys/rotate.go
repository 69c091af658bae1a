// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Step of a rotation, as the data of the Secret shows it.
type Step string

// Steps.
const (
	// Resting : one key is valid.
	Resting Step = "Resting"
	// Offered : the next key is accepted and not in use yet.
	Offered Step = "Offered"
	// Replaced : the new key is in use, the old one still accepted.
	Replaced Step = "Replaced"
)

// StepOf reads the step from the data of the Secret.
func StepOf(kind Kind, data map[string][]byte) Step {
	switch prints := FingerprintsOf(kind, data); {
	case prints.Next != "":
		return Offered
	case len(prints.Previous) > 0:
		return Replaced
	default:
		return Resting
	}
}

// Replica is what a live replica says about one kind.
type Replica struct {
	// InUse is the fingerprint of the key in use; Accepted are those of the others.
	InUse    string
	Accepted []string
}

func (r Replica) accepts(fingerprint string) bool {
	return r.InUse == fingerprint || slices.Contains(r.Accepted, fingerprint)
}

// Report is what is known of those who use the keys.
type Report struct {
	// Complete is true when every pod there is has reported, or none is there.
	Complete bool
	// Replicas that live.
	Replicas []Replica
	// OldPeppers is true while stored passwords need a pepper that is not in use.
	OldPeppers bool
}

// Overlaps say how long a step lasts at least.
type Overlaps struct {
	// Offered is how long a next key is accepted before it is used, at least: files of pods that nobody hears of, such as those of
	// a Job, follow within it.
	Offered time.Duration
	// Replaced is how long an old key is accepted after its replacement, by kind.
	Replaced map[Kind]time.Duration
}

// DefaultOverlaps are those of the shipped operator. A form or a counter made with a session key lives a day at the most (the longest
// session and the longest memory of failures). Tokens and certificates are read from mounted files, which follow within two minutes.
// A pepper is kept until no password needs it; its time only covers passwords that are being hashed at the moment.
func DefaultOverlaps() Overlaps {
	return Overlaps{
		Offered: 3 * time.Minute,
		Replaced: map[Kind]time.Duration{
			SessionKey: 25 * time.Hour, PepperKey: 5 * time.Minute, Tokens: 15 * time.Minute, Certificate: 15 * time.Minute,
		},
	}
}

// ErrUnderWay says that a rotation of the kind has not ended.
var ErrUnderWay = errors.New("the rotation before it is under way")

// Begin answers the data of the Secret with a next key, and the record of it. Several old peppers may be accepted at a
// time, of everything else only one. serverName is the name that a certificate is for.
func Begin(kind Kind, data map[string][]byte, record Record, name, serverName string, now time.Time) (map[string][]byte, Record, error) {
	if step := StepOf(kind, data); step == Offered || (step == Replaced && kind != PepperKey) {
		return nil, record, ErrUnderWay
	}
	changed := maps.Clone(data)
	switch kind {
	case SessionKey:
		changed[Session+Next] = encode(random())
	case PepperKey:
		changed[Pepper+Next] = newPepper()
	case Tokens:
		for _, role := range Roles() {
			changed[role+Next] = encode(random())
		}
	case Certificate:
		certificate, key, err := selfSigned(serverName, now)
		if err != nil {
			return nil, record, fmt.Errorf("making the certificate of the internal API: %w", err)
		}
		changed[TLSCert] = append(firstCertificate(data[TLSCert]), certificate...)
		changed[nextTLSKey] = key
	}
	return changed, record.begun(name, now), nil
}

// Verdict is what Advance decided.
type Verdict struct {
	// Data of the Secret after the step, nil when it is not time for one.
	Data map[string][]byte
	// Record with Data.
	Record Record
	// Step that the Secret is at, after Data.
	Step Step
	// Wait is how long until time alone allows the next step; 0 when it does, or when something else is waited for.
	Wait time.Duration
	// Waits says what is waited for; empty when nothing is.
	Waits string
	// Kept is true when only stored passwords need an old pepper.
	Kept bool
}

// Advance takes the next step of a rotation when it is time: the next key is used once every replica accepts it, and the old one
// is dropped when nobody can need it. Everything follows from its arguments, so that it does not matter who asks or how often.
func (o Overlaps) Advance(kind Kind, data map[string][]byte, record Record, report Report, now time.Time) (Verdict, error) {
	step := StepOf(kind, data)
	verdict := Verdict{Step: step, Record: record}
	if step == Resting {
		return verdict, nil
	}
	prints := FingerprintsOf(kind, data)
	since := func(least time.Duration) time.Duration { return max(0, record.Since.Add(least).Sub(now)) }
	if step == Offered {
		switch wait := since(o.Offered); {
		case !report.all(func(r Replica) bool { return r.accepts(prints.Next) }):
			verdict.Waits = "every pod to have the new key"
		case wait > 0 && o.timed(kind, report):
			verdict.Wait, verdict.Waits = wait, "the files of other pods to have the new key"
		default:
			changed, err := o.use(kind, data, now)
			if err != nil {
				return verdict, err
			}
			return Verdict{Data: changed, Record: Record{Since: now, Names: record.Names}, Step: StepOf(kind, changed)}, nil
		}
		return verdict, nil
	}
	switch wait := since(o.Replaced[kind]); {
	case !report.all(func(r Replica) bool { return r.InUse == prints.InUse }):
		verdict.Waits = "every pod to use the new key"
	case wait > 0:
		verdict.Wait, verdict.Waits = wait, "what was made with the old key to end"
	case kind == PepperKey && (report.OldPeppers || len(report.Replicas) == 0):
		verdict.Kept, verdict.Waits = true, "passwords to move on with the next sign-ins of their owners"
	default:
		changed := drop(kind, data, now)
		return Verdict{Data: changed, Record: Record{Since: now, Names: record.Names}, Step: StepOf(kind, changed)}, nil
	}
	return verdict, nil
}

// all says whether every pod has reported and says so. Where there is no pod there is nobody to ask.
func (r Report) all(is func(Replica) bool) bool {
	return r.Complete && !slices.ContainsFunc(r.Replicas, func(replica Replica) bool { return !is(replica) })
}

// timed says whether a next key has to be offered for some time: it has for what other pods read too, and when no pod
// reports, as one may be starting.
func (o Overlaps) timed(kind Kind, report Report) bool {
	return !kind.OfPods() || len(report.Replicas) == 0
}

// use puts the next key in use; the old one stays accepted.
func (o Overlaps) use(kind Kind, data map[string][]byte, now time.Time) (map[string][]byte, error) {
	changed := maps.Clone(data)
	replace := func(name string) {
		if len(bytes.TrimSpace(data[name+Next])) == 0 {
			return // somebody took it out: a key is never replaced by nothing
		}
		changed[name+Previous], changed[name] = data[name], data[name+Next]
		delete(changed, name+Next)
	}
	switch kind {
	case SessionKey:
		old, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(data[Session])))
		if err != nil {
			return nil, errors.New("the session key in use is no base64")
		}
		id, secret, err := SealSecret(old)
		if err != nil {
			return nil, err
		}
		retired := RetiredSeal{ID: id, Secret: secret, Until: now.Add(o.Replaced[kind])}
		changed[Session+Seals] = append(bytes.Clone(data[Session+Seals]), retired.String()...)
		replace(Session)
	case PepperKey:
		replace(Pepper)
		changed[Pepper+Previous] = append(append(bytes.TrimSpace(data[Pepper]), '\n'), data[Pepper+Previous]...)
	case Tokens:
		for _, role := range Roles() {
			replace(role)
		}
	case Certificate:
		blocks := certificates(data[TLSCert])
		changed[TLSCert] = append(pem.EncodeToMemory(blocks[1]), pem.EncodeToMemory(blocks[0])...)
		changed[TLSKey] = data[nextTLSKey]
		delete(changed, nextTLSKey)
	}
	return changed, nil
}

// drop forgets the old key. The last replica may have sealed with the old session key until now.
func drop(kind Kind, data map[string][]byte, now time.Time) map[string][]byte {
	changed := maps.Clone(data)
	for _, entry := range kind.Entries() {
		if bytes.HasSuffix([]byte(entry), []byte(Previous)) {
			delete(changed, entry)
		}
	}
	switch kind {
	case Certificate:
		changed[TLSCert] = firstCertificate(data[TLSCert])
	case SessionKey:
		changed[Session+Seals] = sealedUntil(data[Session+Seals], now)
	case PepperKey, Tokens:
	}
	return changed
}

// sealedUntil moves the end of the last line to now, if it lies before.
func sealedUntil(entry []byte, now time.Time) []byte {
	seals, err := RetiredSeals(entry)
	if err != nil || len(seals) == 0 || !seals[len(seals)-1].Until.Before(now) {
		return entry
	}
	seals[len(seals)-1].Until = now
	var moved []byte
	for _, seal := range seals {
		moved = append(moved, seal.String()...)
	}
	return moved
}

// firstCertificate is the one in use.
func firstCertificate(file []byte) []byte {
	if blocks := certificates(file); len(blocks) > 0 {
		return pem.EncodeToMemory(blocks[0])
	}
	return nil
}
