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

// Reference is a Secret or a ConfigMap in the portal's namespace that what is in force names: without it nothing is written, since
// pods that mount a missing one never start.
type Reference struct {
	// Kind is Secret or ConfigMap.
	Kind string
	// Path of the field that names it.
	Path string
	Name string
	// Keys that it must have, with content.
	Keys []string
	// Condition of the portal that tells of it; empty for Ready alone.
	Condition string
}

// References lists the Secrets and ConfigMaps that what is in force names.
func (e *Effective) References() []Reference {
	var named []Reference
	if e.Database.Type == v1alpha1.DatabasePostgreSQL {
		named = append(named, Reference{
			Kind: kindSecret, Path: "spec.database.postgresql.secretRef", Name: e.Database.Secret.Name, Keys: []string{e.Database.Secret.Key},
			Condition: v1alpha1.ConditionDatabaseReady,
		})
	}
	if e.Mail != nil && e.Mail.SecretName != "" {
		named = append(named, Reference{
			Kind: kindSecret, Path: "notify.mail.secretRef", Name: e.Mail.SecretName, Keys: []string{"username", "password"},
			Condition: v1alpha1.ConditionNotificationsReady,
		})
	}
	if e.SMS != nil {
		named = append(named, Reference{
			Kind: kindSecret, Path: "notify.sms.webhookSecretRef", Name: e.SMS.SecretName, Keys: []string{"url", "secret"},
			Condition: v1alpha1.ConditionNotificationsReady,
		})
	}
	if e.SSO != nil {
		named = append(named, ssoReference("clientSecretRef", e.SSO.Client))
		if e.SSO.Previous != nil {
			named = append(named, ssoReference("previousClientSecretRef", *e.SSO.Previous))
		}
	}
	if e.Logo != nil {
		named = append(named, Reference{Kind: kindConfigMap, Path: "branding.logoConfigMapRef", Name: e.Logo.Name, Keys: []string{e.Logo.Key}})
	}
	return named
}

func ssoReference(field string, ref v1alpha1.SecretKeyRef) Reference {
	return Reference{Kind: kindSecret, Path: pathSSO + field, Name: ref.Name, Keys: []string{ref.Key}, Condition: v1alpha1.ConditionAuthReady}
}

// Kinds of references.
const (
	kindSecret    = "Secret"
	kindConfigMap = "ConfigMap"
)

// Check says what an object lacks; nil when it has all keys. found is false when it does not exist, keys are those with content.
func (r Reference) Check(found bool, keys []string) *Problem {
	reason := v1alpha1.ReasonSecretMissing
	if r.Kind == kindConfigMap {
		reason = v1alpha1.ReasonConfigMapMissing
	}
	if !found {
		return &Problem{Reason: reason, Message: fmt.Sprintf("%s: %s %q does not exist: create it", r.Path, r.Kind, r.Name)}
	}
	for _, key := range r.Keys {
		if !slices.Contains(keys, key) {
			return &Problem{Reason: reason, Message: fmt.Sprintf("%s: %s %q has no key %q: add it", r.Path, r.Kind, r.Name, key)}
		}
	}
	return nil
}
