// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Problem is why what is declared does not come into force: what is there stays as it is.
type Problem struct {
	// Reason of the portal's or tenant's conditions.
	Reason string `json:"reason"`
	// Message names field, value and cure.
	Message string `json:"message"`
	// OfClass is true when the class cannot be used, whatever the portal says.
	OfClass bool `json:"-"`
}

// Judge decides what a class means for a portal in a namespace with these labels: what shall be in force, or the problem that keeps
// it from being. The operator and the plan ask it, so that they agree.
func Judge(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, namespace labels.Set) (*Effective, *Problem) {
	err := Usable(class, portal.Namespace, namespace)
	if unusable, ok := errors.AsType[*Unusable](err); ok {
		return nil, &Problem{Reason: unusable.Reason, Message: unusable.Message, OfClass: true}
	}
	effective, err := Resolve(class, portal)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return nil, &Problem{Reason: v1alpha1.ReasonOutOfBounds, Message: refusal.Error()}
	}
	if err != nil {
		return nil, &Problem{Reason: v1alpha1.ReasonInvalidSpec, Message: err.Error()}
	}
	return effective, nil
}

// SecretUse is a Secret in the portal's namespace that what is in force names: without it nothing is written, since pods that mount
// a missing one never start.
type SecretUse struct {
	// Path of the field that names it.
	Path string
	Name string
	// Keys that it must have, with content.
	Keys []string
	// OfDatabase is true for the connection string.
	OfDatabase bool
}

// Secrets lists the Secrets that what is in force names.
func (e *Effective) Secrets() []SecretUse {
	var uses []SecretUse
	if e.Database.Type == v1alpha1.DatabasePostgreSQL {
		uses = append(uses, SecretUse{
			Path: "spec.database.postgresql.secretRef", Name: e.Database.Secret.Name, Keys: []string{e.Database.Secret.Key}, OfDatabase: true,
		})
	}
	if e.Mail != nil && e.Mail.SecretName != "" {
		uses = append(uses, SecretUse{Path: "notify.mail.secretRef", Name: e.Mail.SecretName, Keys: []string{"username", "password"}})
	}
	return uses
}

// Check says what a Secret lacks; nil when it has all keys. found is false when it does not exist, keys are those with content.
func (u SecretUse) Check(found bool, keys []string) *Problem {
	if !found {
		return &Problem{Reason: v1alpha1.ReasonSecretMissing, Message: fmt.Sprintf("%s: Secret %q does not exist: create it", u.Path, u.Name)}
	}
	for _, key := range u.Keys {
		if !slices.Contains(keys, key) {
			return &Problem{Reason: v1alpha1.ReasonSecretMissing, Message: fmt.Sprintf("%s: Secret %q has no key %q: add it", u.Path, u.Name, key)}
		}
	}
	return nil
}
