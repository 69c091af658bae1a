// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"slices"
	"strings"
	"time"
)

// Kind of key material that can be rotated.
type Kind string

// Kinds.
const (
	// SessionKey signs forms and keys counters; the audit trail's seals are made with a key derived from it.
	SessionKey Kind = "session"
	// PepperKey is the keyed step of password hashing.
	PepperKey Kind = "pepper"
	// Tokens are the tokens of all roles of the internal API.
	Tokens Kind = "tokens"
	// Certificate is that of the internal API.
	Certificate Kind = "certificate"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{SessionKey, PepperKey, Tokens, Certificate} }

// OfPods says that the kind stands in the Secret that only the portal's pods read, not in that of the internal API.
func (k Kind) OfPods() bool { return k == SessionKey || k == PepperKey }

// Annotation on the Secret records the rotations of the kind.
func (k Kind) Annotation() string { return "portals.forecourt.dev/rotation-" + string(k) }

// Automatic is the name of a rotation that nobody asked for.
const Automatic = "automatic"

// remembered is how many names a Secret remembers, so that a name is acted on once though others came after it.
const remembered = 20

// Record is what a Secret remembers of the rotations of a kind.
type Record struct {
	// Since is when the last step was taken.
	Since time.Time
	// Names of the rotations, the last one first.
	Names []string
}

// ParseRecord reads an annotation's value. What cannot be read is as if it were not there: steps then wait their full time.
func ParseRecord(value string) Record {
	instant, names, _ := strings.Cut(value, " ")
	since, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return Record{}
	}
	return Record{Since: since, Names: strings.FieldsFunc(names, func(r rune) bool { return r == ',' })}
}

// String is the annotation's value.
func (r Record) String() string {
	return r.Since.UTC().Format(time.RFC3339) + " " + strings.Join(r.Names, ",")
}

// Name of the last rotation; empty before the first.
func (r Record) Name() string {
	if len(r.Names) == 0 {
		return ""
	}
	return r.Names[0]
}

// Knows says whether a rotation of that name was begun.
func (r Record) Knows(name string) bool { return slices.Contains(r.Names, name) }

// begun records the beginning of a rotation.
func (r Record) begun(name string, now time.Time) Record {
	names := slices.DeleteFunc(slices.Clone(r.Names), func(known string) bool { return known == name })
	names = append([]string{name}, names...)
	return Record{Since: now, Names: names[:min(len(names), remembered)]}
}
