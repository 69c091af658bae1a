// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package keys

import "time"

// Summary is what there is to know about one version of a key Secret without its secrets.
type Summary struct {
	// Version is the resource version of the Secret.
	Version string
	// InUse are the fingerprints of the keys in use, Steps how far rotations are, by kind.
	InUse map[Kind]string
	Steps map[Kind]Step
	// NotAfter is when the certificate in use ends; zero where there is none.
	NotAfter time.Time
}

// Summarize reads the data of a Secret of a version that holds some kinds.
func Summarize(version string, data map[string][]byte, kinds ...Kind) *Summary {
	s := &Summary{Version: version, InUse: map[Kind]string{}, Steps: map[Kind]Step{}, NotAfter: NotAfter(data[TLSCert])}
	for _, kind := range kinds {
		s.InUse[kind], s.Steps[kind] = FingerprintsOf(kind, data).InUse, StepOf(kind, data)
	}
	return s
}

// Resting says that no key of the Secret is rotated.
func (s *Summary) Resting() bool {
	for _, step := range s.Steps {
		if step != Resting {
			return false
		}
	}
	return true
}

// Expiring says whether the certificate in use has to be replaced.
func (s *Summary) Expiring(now time.Time) bool {
	return !s.NotAfter.IsZero() && now.Add(renewBefore).After(s.NotAfter)
}
