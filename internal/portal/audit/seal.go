// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Key seals ranges of events.
type Key struct {
	// ID tells keys apart without telling them.
	ID     string
	secret []byte
	// until is when the youngest event may have happened that the key sealed; zero while the key may be in use.
	until time.Time
}

// DeriveKey makes the key of the seals from the portal's session key.
func DeriveKey(session []byte) (Key, error) {
	id, secret, err := keys.SealSecret(session)
	return Key{ID: id, secret: secret}, err
}

// RetiredKey is a key that sealed nothing younger than a certain instant.
func RetiredKey(retired keys.RetiredSeal) Key {
	return Key{ID: retired.ID, secret: retired.Secret, until: retired.Until}
}

// seal is a row of audit_seals.
type seal struct {
	seq             int64
	firstID, lastID string
	events          int64
	digest, marks   string
	previous, hmac  string
	keyID           string
	sealedAt        time.Time
	droppedAt       time.Time
}

const sealColumns = "seq, first_id, last_id, events, digest, marks, previous, hmac, key_id, sealed_at, dropped_at"

// scan reads a row of sealColumns.
func (s *seal) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&s.seq, &s.firstID, &s.lastID, &s.events, &s.digest, &s.marks, &s.previous, &s.hmac, &s.keyID,
		store.ScanTime(&s.sealedAt), store.ScanTime(&s.droppedAt))
}

// mac is the seal's HMAC under a key: over everything in the row that stays when the events are dropped.
func (s *seal) mac(key Key) string {
	code := hmac.New(sha256.New, key.secret)
	for _, field := range []string{
		strconv.FormatInt(s.seq, 10), s.firstID, s.lastID, strconv.FormatInt(s.events, 10), s.digest, s.previous, s.keyID,
		strconv.FormatInt(s.sealedAt.UnixMicro(), 10),
	} {
		writeField(code, field)
	}
	return hex.EncodeToString(code.Sum(nil))
}

// writeField hashes a text with its length, so that fields cannot flow into each other.
func writeField(to hash.Hash, field string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(field)))
	to.Write(length[:])
	to.Write([]byte(field))
}

// record is a row of audit_events as it is sealed.
type record struct {
	id     string
	at     int64
	fields [9]sql.NullString
}

const recordColumns = "id, at, event, actor_class, actor_id, account_id, tenant, run_id, rule, reason, request_id"

// scan reads a row of recordColumns.
func (r *record) scan(row interface{ Scan(...any) error }) error {
	targets := []any{&r.id, &r.at}
	for i := range r.fields {
		targets = append(targets, &r.fields[i])
	}
	return row.Scan(targets...)
}

// hash covers every column; NULL differs from an empty text.
func (r *record) hash() [sha256.Size]byte {
	sum := sha256.New()
	writeField(sum, r.id)
	writeField(sum, strconv.FormatInt(r.at, 10))
	for _, field := range r.fields {
		presence := "-"
		if field.Valid {
			presence = "=" + field.String
		}
		writeField(sum, presence)
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

// markBytes of an event's hash are its mark, markLength characters in base64.
const (
	markBytes  = 6
	markLength = 8
)

// span gathers a range of events.
type span struct {
	first, last string
	events      int64
	digest      hash.Hash
	marks       strings.Builder
}

func newSpan() *span { return &span{digest: sha256.New()} }

// add takes the next event and answers its mark.
func (s *span) add(r *record) string {
	sum := r.hash()
	if s.events == 0 {
		s.first = r.id
	}
	s.last = r.id
	s.events++
	s.digest.Write(sum[:])
	mark := base64.RawURLEncoding.EncodeToString(sum[:markBytes])
	s.marks.WriteString(mark)
	return mark
}

func (s *span) sum() string { return hex.EncodeToString(s.digest.Sum(nil)) }
