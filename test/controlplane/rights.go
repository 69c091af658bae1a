// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"fmt"
	"slices"
	"strings"
)

// maxShown is how many offending requests an error shows.
const maxShown = 5

// CheckRights looks at everything that the operator has asked for since the plane started: the shipped role covered it, and no
// Secret was listed or watched. Main does so after the tests of every package; together with a test that uses every right
// of the role this says that what is granted is what is used.
func (p *Plane) CheckRights() error {
	if p.operatorID == "" {
		return nil // no operator has run
	}
	asked, err := p.Requests(Mark{}, func(r Request) bool { return r.User == p.operatorID && offends(r) })
	if err != nil || len(asked) == 0 {
		return err
	}
	lines := make([]string, 0, maxShown)
	for _, request := range asked[:min(len(asked), maxShown)] {
		lines = append(lines, request.String())
	}
	return fmt.Errorf("the operator asked %d times for what it must not: %s", len(asked), strings.Join(lines, "; "))
}

// offends says whether a request went beyond the shipped role, or would read the Secrets of others.
func offends(r Request) bool {
	return r.Denied || (r.Resource == "secrets" && slices.Contains([]string{"list", "watch", "deletecollection"}, r.Verb))
}
