// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// failing finds the first pod that cannot use one of the given credentials, and says why; empty when all can.
func (s *scope) failing(names ...string) string {
	if s.state == nil {
		return ""
	}
	for _, replica := range s.state.Replicas {
		for _, credential := range replica.Credentials {
			if credential.Check == portalapi.CheckFailing && slices.Contains(names, credential.Name) {
				before := "; what was in force before still is"
				if credential.Name == portalapi.CredentialSSO { // it is used at once: only the provider can tell whether it is good
					before = ""
				}
				return fmt.Sprintf("Pod %s cannot use the %s that is mounted%s: %s", replica.ID, spoken(credential.Name), before, credential.Reason)
			}
		}
	}
	return ""
}

// spoken is a credential's name in a sentence.
func spoken(name string) string {
	switch name {
	case portalapi.CredentialSession:
		return "session key"
	case portalapi.CredentialTokens:
		return "tokens of the internal API"
	case portalapi.CredentialCertificate:
		return "certificate of the internal API"
	case portalapi.CredentialDatabase:
		return "connection string of the database"
	case portalapi.CredentialMail:
		return "login at the mail server"
	case portalapi.CredentialSMS:
		return "address and secret of the gateway for text messages"
	case portalapi.CredentialSSO:
		return "client secret of single sign-on"
	default:
		return name
	}
}

// keysInForce sets AuthReady of a portal whose policy is in force: by its keys. A rotation that is under way is no fault.
func (s *scope) keysInForce(set *conditions.Set) {
	kind := v1alpha1.ConditionAuthReady
	message := "The declared policy is in force"
	for _, rotation := range s.rotations {
		switch rotation.Outcome {
		case v1alpha1.KeyRotationRunning:
			message += fmt.Sprintf(". The rotation %s is under way: see status.keyRotations", rotation.Request)
		case v1alpha1.KeyRotationRefused:
			message += ". " + rotationRefusal(rotation)
		case v1alpha1.KeyRotationWaiting, v1alpha1.KeyRotationDone:
		}
	}
	failing := s.failing(portalapi.CredentialSession, portalapi.CredentialPepper, portalapi.CredentialTokens, portalapi.CredentialCertificate)
	switch pending := s.keysPending(); {
	case failing != "":
		set.False(kind, v1alpha1.ReasonCredentialFailing, failing)
	case len(pending) > 0:
		set.False(kind, v1alpha1.ReasonKeysPending,
			"The pods have other keys in force than their Secrets hold, and take them over within two minutes: "+strings.Join(pending, ", "))
	case s.notInvited != "":
		set.False(kind, v1alpha1.ReasonInvitationsInvalid, s.notInvited)
	case s.failing(portalapi.CredentialSSO) != "":
		set.False(kind, v1alpha1.ReasonCredentialFailing, s.failing(portalapi.CredentialSSO))
	default:
		set.True(kind, v1alpha1.ReasonAsExpected, message+s.remarks(portalapi.CredentialSSO))
	}
}

// remarks are what pods say about a credential that is in force, each once.
func (s *scope) remarks(name string) string {
	var said []string
	for _, replica := range s.state.Replicas {
		for _, credential := range replica.Credentials {
			remark := fmt.Sprintf(". The %s: %s", spoken(name), credential.Reason)
			if credential.Name == name && credential.Check != portalapi.CheckFailing && credential.Reason != "" && !slices.Contains(said, remark) {
				said = append(said, remark)
			}
		}
	}
	return strings.Join(said, "")
}

// keysPending lists the kinds of which a pod has another key in use than the Secret, though none is rotated.
func (s *scope) keysPending() []string {
	if s.state == nil || s.known == nil {
		return nil
	}
	var pending []string
	names := render.Names(s.portal.Name)
	for _, kind := range keys.Kinds() {
		name := names.Internal
		if kind.OfPods() {
			name = names.Keys
		}
		seen, meta := s.known.Secret(name), s.keyMeta(name)
		if seen == nil || meta == nil || seen.Version != meta.ResourceVersion || seen.Steps[kind] != keys.Resting {
			continue
		}
		wanted := seen.InUse[kind]
		differs := func(c portalapi.Credential) bool { return c.Name == string(kind) && c.Fingerprint != wanted }
		if slices.ContainsFunc(s.state.Replicas, func(r portalapi.Replica) bool { return slices.ContainsFunc(r.Credentials, differs) }) {
			pending = append(pending, spoken(string(kind)))
		}
	}
	return pending
}
