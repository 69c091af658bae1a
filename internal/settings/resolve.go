// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Resolve computes what is in force for a portal of a class. The error is a *Faults: values that only the person who
// wrote them can mend.
func Resolve(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) (*Effective, error) {
	spec := &portal.Spec
	m := merge(class.Spec.Defaults, &spec.PortalSettings)
	database := resolveDatabase(spec.Database)
	m.complete(database.Type, portal.UID)

	check := &checker{merged: m, class: class.Name}
	check.portal(spec)
	check.settings()
	if err := check.faults.err(); err != nil {
		return nil, err
	}
	return &Effective{
		Portal:           types.NamespacedName{Namespace: portal.Namespace, Name: portal.Name},
		UID:              portal.UID,
		Generation:       portal.Generation,
		Class:            v1alpha1.ClassStatus{Name: class.Name, Generation: class.Generation},
		Release:          resolveRelease(class, spec),
		Market:           spec.Market,
		Audience:         spec.Audience,
		PublicURL:        publicURL(spec.Hostname),
		Replicas:         *m.Replicas,
		Workload:         m.workload(),
		TrustedProxyHops: *m.Exposure.TrustedProxyHops,
		Network:          *m.Network,
		Database:         database,
		Mail:             m.mail(),
		Schedule:         m.Inactivity.Schedule,
		Settings:         m.portalSettings(spec),
		Tenants:          resolveTenants(spec.Tenants),
		DeletionPolicy:   or(spec.DeletionPolicy, v1alpha1.DeletionRetain),
	}, nil
}

// complete adds the defaults that depend on the portal. A class's replicas that an Embedded database cannot have
// resolve to 1: the class speaks to portals of both kinds.
func (m *merged) complete(database v1alpha1.DatabaseType, uid types.UID) {
	embedded := database == v1alpha1.DatabaseEmbedded
	switch {
	case m.Replicas == nil && embedded:
		m.Replicas = new(int32(1))
	case m.Replicas == nil:
		m.Replicas = new(int32(2))
	case embedded && m.origin["replicas"] == layerClass:
		m.Replicas = new(min(*m.Replicas, 1))
	}
	if m.Inactivity.Schedule == "" {
		m.Inactivity.Schedule = builtinSchedule(uid)
	}
}

func resolveRelease(class *v1alpha1.PortalClass, spec *v1alpha1.RegionalPortalSpec) v1alpha1.PortalRelease {
	if spec.Image != "" {
		return v1alpha1.PortalRelease{Version: spec.ImageVersion, Image: spec.Image}
	}
	return class.Spec.Release
}

func resolveDatabase(spec *v1alpha1.DatabaseSpec) Database {
	database := Database{Type: v1alpha1.DatabaseEmbedded, Size: resource.MustParse(defaultSize)}
	if spec == nil {
		return database
	}
	if embedded := spec.Embedded; embedded != nil {
		database.StorageClassName = embedded.StorageClassName
		if embedded.Size != nil {
			database.Size = *embedded.Size
		}
	}
	if postgresql := spec.PostgreSQL; postgresql != nil {
		return Database{
			Type:           v1alpha1.DatabasePostgreSQL,
			Secret:         postgresql.SecretRef,
			MaxConnections: valueOr(postgresql.MaxConnections, defaultMaxConnections),
		}
	}
	return database
}

func resolveTenants(spec *v1alpha1.TenantsSpec) Tenants {
	tenants := Tenants{From: v1alpha1.FromSame}
	if spec == nil {
		return tenants
	}
	tenants.Max = valueOr(spec.Max, 0)
	if spec.AllowFrom != nil {
		tenants.From, tenants.Selector = spec.AllowFrom.From, spec.AllowFrom.Selector
	}
	return tenants
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
	if m.Notify == nil {
		return nil
	}
	mail := m.Notify.Mail
	effective := &Mail{
		Host: mail.Host, Port: valueOr(mail.Port, defaultMailPort), From: mail.From, TLS: or(mail.TLS, v1alpha1.MailTLSRequired),
	}
	if mail.SecretRef != nil {
		effective.SecretName = mail.SecretRef.Name
	}
	return effective
}

func (m *merged) portalSettings(spec *v1alpha1.RegionalPortalSpec) portalconfig.Settings {
	brands := make([]portalconfig.Brand, 0, len(spec.Brands))
	for _, brand := range spec.Brands {
		brands = append(brands, portalconfig.Brand{Name: brand.Name, DisplayName: brand.DisplayName})
	}
	return portalconfig.Settings{
		Header:      portalconfig.Header{APIVersion: portalconfig.APIVersion, Kind: portalconfig.KindSettings},
		DisplayName: spec.DisplayName,
		Brands:      brands,
		Locales:     append([]string{}, spec.Locales...),
		TimeZone:    spec.TimeZone,
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
		Support: support(spec.Support),
	}
}

func support(spec *v1alpha1.SupportSpec) portalconfig.Support {
	if spec == nil {
		return portalconfig.Support{DeskName: defaultDeskName}
	}
	desk := portalconfig.Support{DeskName: or(spec.DeskName, defaultDeskName), Mail: spec.Mail, Hours: spec.Hours}
	for _, phone := range spec.Phones {
		desk.Phones = append(desk.Phones, portalconfig.SupportPhone{Label: phone.Label, Number: phone.Number})
	}
	return desk
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
