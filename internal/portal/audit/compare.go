// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// comparison compares a range of events with its seal. The digest decides; the marks only tell which event it was.
type comparison struct {
	seal  *seal
	found *span
	// previous is the id of the event before the next one.
	previous string
	// differs is the first event that is not the one that was sealed in its place, and before the one before it.
	differs, before string
}

// take takes the next event.
func (c *comparison) take(r *record) {
	mark := c.found.add(r)
	if c.differs == "" && mark != c.sealedMark(c.found.events-1) {
		c.differs, c.before = r.id, c.previous
	}
	c.previous = r.id
}

// sealedMark is the mark that was sealed at a place.
func (c *comparison) sealedMark(place int64) string {
	if end := (place + 1) * markLength; end <= int64(len(c.seal.marks)) {
		return c.seal.marks[end-markLength : end]
	}
	return ""
}

// result says which event was touched and how; no problem when none was.
func (c *comparison) result() (event, problem string) {
	missing := c.seal.events - c.found.events
	switch {
	case c.found.sum() == c.seal.digest:
		return "", ""
	case missing > 0 && c.found.first != c.seal.firstID:
		return c.seal.firstID, "it was deleted"
	case missing > 0 && c.differs == "":
		return c.seal.lastID, "it was deleted"
	case missing > 0:
		return c.before, "an event after it was deleted"
	case missing < 0:
		return c.differs, "it was inserted"
	case c.differs != "":
		return c.differs, "it was changed"
	default:
		return "", "one of its events was changed"
	}
}
