// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package onboarding judges what a dealership has against what its market requires. The judgement is pure: the same declaration, requirements
// and day give the same answer, for the pages and for the operator. What is missing keeps a dealership from going live; later it only warns.
package onboarding

import (
	"fmt"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Skills of technicians, in the order in which they are listed.
const (
	Electrical = "electrical"
	Chassis    = "chassis"
	Engine     = "engine"
	Driveline  = "driveline"
)

// Item is one requirement of the market and what the dealership has of it: either technicians of a skill or a document.
type Item struct {
	// Skill of the technicians; empty for a document. Need is how many there must be, Have how many there are.
	Skill      string
	Need, Have int32
	// Document is its name; empty for technicians.
	Document string
	// Declared is true when the dealership names the document, Expired when its last day is over. ValidUntil is that day, or empty.
	Declared, Expired bool
	ValidUntil        string
}

// Met says whether the requirement is met.
func (i Item) Met() bool {
	if i.Document != "" {
		return i.Declared && !i.Expired
	}
	return i.Have >= i.Need
}

// String says what is missing in English, for people who look after the cluster.
func (i Item) String() string {
	switch {
	case i.Document == "":
		return fmt.Sprintf("%s technicians: %d of %d", i.Skill, i.Have, i.Need)
	case i.Expired:
		return fmt.Sprintf("%s: expired on %s", i.Document, i.ValidUntil)
	case i.Declared:
		return i.Document + ": there"
	default:
		return i.Document + ": missing"
	}
}

// Day is the calendar day of an instant in a market's time zone, as documents name their last day. A machine that has lost its zone data
// counts in UTC; settings were checked before they came into force.
func Day(at time.Time, timeZone string) string {
	zone, err := time.LoadLocation(timeZone)
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format(time.DateOnly)
}

// Checklist lists every requirement, in the order of the settings, with what the dealership has. today is a calendar day (2006-01-02) in the
// market's time zone; a document holds through its last day.
func Checklist(required *portalconfig.Requirements, has *portalapi.TenantCertification, today string) []Item {
	if required == nil {
		return nil
	}
	if has == nil {
		has = &portalapi.TenantCertification{}
	}
	items := technicians(required.Technicians, has.Technicians)
	for _, name := range required.Documents {
		items = append(items, document(name, has.Documents, today))
	}
	return items
}

// technicians lists the skills that are required.
func technicians(need, have portalconfig.Technicians) []Item {
	var items []Item
	for _, item := range []Item{
		{Skill: Electrical, Need: need.Electrical, Have: have.Electrical},
		{Skill: Chassis, Need: need.Chassis, Have: have.Chassis},
		{Skill: Engine, Need: need.Engine, Have: have.Engine},
		{Skill: Driveline, Need: need.Driveline, Have: have.Driveline},
	} {
		if item.Need > 0 {
			items = append(items, item)
		}
	}
	return items
}

// document finds the best of the documents with a name: one without an end, or with the last day that is farthest away.
func document(name string, has []portalapi.TenantDocument, today string) Item {
	item := Item{Document: name}
	for _, candidate := range has {
		if candidate.Name != name {
			continue
		}
		better := !item.Declared || item.ValidUntil != "" && (candidate.ValidUntil == "" || candidate.ValidUntil > item.ValidUntil)
		if better {
			item.Declared, item.ValidUntil = true, candidate.ValidUntil
			item.Expired = candidate.ValidUntil != "" && candidate.ValidUntil < today
		}
	}
	return item
}

// Missing lists what of a checklist is not met.
func Missing(items []Item) []Item {
	var missing []Item
	for _, item := range items {
		if !item.Met() {
			missing = append(missing, item)
		}
	}
	return missing
}

// Sentences are items in English, one for each; nil for none.
func Sentences(items []Item) []string {
	var sentences []string
	for _, item := range items {
		sentences = append(sentences, item.String())
	}
	return sentences
}
