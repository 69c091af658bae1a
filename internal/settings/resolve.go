// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Resolve computes what is in force for a portal of a class. The error is a *Faults (values that only the person who wrote
// them can mend) or a *Refusal (values that a bound of the class refuses).
func Resolve(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) (*Effective, error) {
	effective, faults := Explain(class, portal)
	if err := faults.err(); err != nil {
		return nil, err
	}
	if refused := effective.Refused(); len(refused) > 0 {
		return nil, &Refusal{refused}
	}
	return effective, nil
}

// Explain computes the same as Resolve, also when values cannot be used or are refused: then the result is for people to
// read and must not be applied.
func Explain(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) (*Effective, *Faults) {
	m := merge(layersOf(class, portal)...)
	check := &checker{merged: m, class: class.Name}
	check.portal(&portal.Spec)
	check.settings()
	crossings := m.bound(class)
	check.passwords()
	effective := m.effective(portal)
	check.size(&effective.Settings)
	effective.Class = v1alpha1.ClassStatus{Name: class.Name, Generation: class.Generation}
	effective.Crossings = crossings
	effective.Values = m.explain(map[v1alpha1.ValueSource]*Object{
		v1alpha1.SourceClass: classObject(class), v1alpha1.SourcePortal: portalObject(effective.Portal, portal.Generation),
	}, crossings)
	if bounds := class.Spec.Bounds; bounds != nil && bounds.Inactivity != nil && !Audits(class) {
		effective.Settings.Inactivity.MaxExemptionDays = valueOr(bounds.Inactivity.MaxExemptionDays, defaultMaxExemptionDays)
	}
	effective.Class.Resolved = effective.digest()
	return effective, &check.faults
}

// effective is what the merged layers mean.
func (m *merged) effective(portal *v1alpha1.RegionalPortal) *Effective {
	return &Effective{
		Portal:           types.NamespacedName{Namespace: portal.Namespace, Name: portal.Name},
		UID:              portal.UID,
		Generation:       portal.Generation,
		Release:          v1alpha1.PortalRelease{Version: m.ImageVersion, Image: m.Image},
		Market:           m.Market,
		Audience:         m.Audience,
		Hostname:         m.Hostname,
		Aliases:          m.Aliases,
		Exposure:         m.exposure(portal.Namespace),
		PublicURL:        publicURL(m.Hostname),
		Replicas:         m.replicas(),
		Autoscaling:      m.autoscaled(),
		Boost:            m.boosted(),
		Workload:         m.workload(),
		TrustedProxyHops: *m.Exposure.TrustedProxyHops,
		Network:          *m.Network,
		Database:         m.database(),
		Mail:             m.mail(),
		SMS:              m.sms(),
		SSO:              m.ssoSecrets(),
		Logo:             m.logo(),
		Schedule:         m.Inactivity.Schedule,
		Settings:         m.portalSettings(),
		Tenants:          Tenants{From: m.Tenants.AllowFrom.From, Selector: m.Tenants.AllowFrom.Selector, Max: valueOr(m.Tenants.Max, 0)},
		DeletionPolicy:   m.DeletionPolicy,
	}
}

// digest identifies what is in force, whatever generations of the objects it came from.
func (e *Effective) digest() string {
	same := *e
	same.Generation, same.Class.Generation, same.Values, same.Crossings = 0, 0, nil, nil
	raw, err := json.Marshal(struct {
		Effective
		Policy    []v1alpha1.EffectiveValue
		Crossings string
	}{same, e.Policy(), Lines(e.Crossings)})
	if err != nil {
		panic(fmt.Sprintf("settings: encoding the effective settings: %v", err)) // plain data: cannot fail
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

func (m *merged) database() Database {
	if embedded(&m.spec) {
		return Database{Type: v1alpha1.DatabaseEmbedded, Size: *m.Database.Embedded.Size, StorageClassName: m.Database.Embedded.StorageClassName}
	}
	postgresql := m.Database.PostgreSQL
	return Database{Type: v1alpha1.DatabasePostgreSQL, Secret: postgresql.SecretRef, MaxConnections: *postgresql.MaxConnections}
}

func (m *merged) workload() Workload {
	w := m.Workload
	secrets := make([]string, 0, len(w.ImagePullSecrets))
	for _, secret := range w.ImagePullSecrets {
		secrets = append(secrets, secret.Name)
	}
	return Workload{
		Requests:          *w.Resources.Requests,
		Limits:            *w.Resources.Limits,
		LogLevel:          w.LogLevel,
		ImagePullSecrets:  secrets,
		NodeSelector:      w.NodeSelector,
		Tolerations:       w.Tolerations,
		PriorityClassName: w.PriorityClassName,
	}
}

func (m *merged) mail() *Mail {
	if m.Notify == nil || m.Notify.Mail.Host == "" {
		return nil
	}
	mail := m.Notify.Mail
	effective := &Mail{
		Host: mail.Host, Port: *mail.Port, From: mail.From, TLS: mail.TLS,
	}
	if mail.SecretRef != nil {
		effective.SecretName = mail.SecretRef.Name
	}
	return effective
}

func (m *merged) portalSettings() portalconfig.Settings {
	brands := make([]portalconfig.Brand, 0, len(m.Brands))
	for _, brand := range m.Brands {
		brands = append(brands, portalconfig.Brand{Name: brand.Name, DisplayName: brand.DisplayName})
	}
	return portalconfig.Settings{
		Header:      portalconfig.Header{APIVersion: portalconfig.APIVersion, Kind: portalconfig.KindSettings},
		DisplayName: m.DisplayName,
		Brands:      brands,
		Locales:     append([]string{}, m.Locales...),
		TimeZone:    m.TimeZone,
		AccentColor: m.Branding.AccentColor,
		Auth: portalconfig.Auth{
			PasswordMinLength:         *m.Auth.Password.MinLength,
			BlockCommonPasswords:      *m.Auth.Password.BlockCommon,
			SessionIdleMinutes:        *m.Auth.Session.IdleMinutes,
			SessionAbsoluteHours:      *m.Auth.Session.AbsoluteHours,
			SessionsPerAccount:        *m.Auth.Session.MaxPerAccount,
			ThrottleDelayFromFailure:  *m.Auth.Throttle.DelayFromFailure,
			ThrottleMaxDelayMinutes:   *m.Auth.Throttle.MaxDelayMinutes,
			ThrottlePerAddressPerHour: *m.Auth.Throttle.PerAddressPerHour,
			SecondFactor:              m.secondFactor(),
			Recovery:                  m.recovery(),
			SSO:                       m.sso(),
		},
		Inactivity: portalconfig.Inactivity{
			Mode:          string(m.Inactivity.Mode),
			Months:        *m.Inactivity.Months,
			GraceDays:     *m.Inactivity.GraceDays,
			NeverSignedIn: string(m.Inactivity.NeverSignedIn),

			WarnDaysBefore:           m.Inactivity.WarnDaysBefore,
			MaxDisabledPercentPerRun: *m.Inactivity.MaxDisabledPercentPerRun,
			MaxDisabledPerRun:        valueOr(m.Inactivity.MaxDisabledPerRun, 0),
			MaxExemptionDays:         defaultMaxExemptionDays,
		},
		Support:       support(m.Support),
		Announcements: m.announcements(),
		Requirements:  m.requirements(),
	}
}

// localhost matches the hosts that are served without TLS, for development.
var localhost = regexp.MustCompile(`\.localhost(:\d+)?$`)

// publicURL is where browsers reach a host name.
func publicURL(hostname string) string {
	if localhost.MatchString(hostname) {
		return "http://" + strings.TrimSuffix(hostname, ":80")
	}
	return "https://" + hostname
}

// or answers the value, or the default when it is empty.
func or[T ~string](value, otherwise T) T {
	if value == "" {
		return otherwise
	}
	return value
}

// valueOr answers what the pointer points to, or the default when it is nil.
func valueOr(value *int32, otherwise int32) int32 {
	if value == nil {
		return otherwise
	}
	return *value
}
