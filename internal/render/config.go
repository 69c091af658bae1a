// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"net"
	"strconv"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Ports of a portal's pods and of its Service.
const (
	// PortPublic serves the pages.
	PortPublic = 8080
	// PortInternal serves the internal API over TLS.
	PortInternal = 8443
	// PortMetrics serves probes and metrics.
	PortMetrics = 9090
)

// Where the pods find their files.
const (
	dirConfig     = "/etc/forecourt"
	dirKeys       = "/etc/forecourt-keys/keys"
	dirInternal   = "/etc/forecourt-keys/internal"
	dirPostgreSQL = "/etc/forecourt-secrets/postgresql"
	dirMail       = "/etc/forecourt-secrets/mail"
	dirSMS        = "/etc/forecourt-secrets/sms"
	dirSSO        = "/etc/forecourt-secrets/sso"
	dirSSOBefore  = "/etc/forecourt-secrets/sso-previous"
	dirLogo       = "/etc/forecourt-logo"
	dirData       = "/var/lib/forecourt"
	dirTmp        = "/tmp"

	fileDSN          = "dsn"
	fileClientSecret = "client-secret"
)

// Keys of the data of the key Secrets, which are also file names in the pods.
const (
	// KeySession and KeyPepper are in the Secret ChildNames.Keys.
	KeySession = keys.Session
	KeyPepper  = keys.Pepper
	// KeyTLSCert and KeyTLSKey are in the Secret ChildNames.Internal, beside one token per role of the internal API,
	// named after the role.
	KeyTLSCert = keys.TLSCert
	KeyTLSKey  = keys.TLSKey
)

// Keys of users' Secrets for the mail server and for the gateway for text messages.
const (
	mailUsername = "username"
	mailPassword = "password"
	smsURL       = "url"
	smsSecret    = "secret"
)

// Process answers process.yaml as the pods of a portal get it.
func Process(e *settings.Effective) portalconfig.Process {
	return portalconfig.Process{
		Header: portalconfig.Header{APIVersion: portalconfig.APIVersion, Kind: portalconfig.KindProcess},
		Portal: portalconfig.PortalIdentity{
			Namespace: e.Portal.Namespace, Name: e.Portal.Name, Market: e.Market, Audience: string(e.Audience),
		},
		PublicURL:        e.PublicURL,
		Aliases:          e.Aliases,
		TrustedProxyHops: e.TrustedProxyHops,
		Listen:           portalconfig.Listen{Public: anyAddress(PortPublic), Internal: anyAddress(PortInternal), Metrics: anyAddress(PortMetrics)},
		Database:         processDatabase(e),
		Keys: portalconfig.Keys{
			SessionKeyFile: dirKeys + "/" + KeySession,
			PepperFile:     dirKeys + "/" + KeyPepper,
			TLSCertFile:    dirInternal + "/" + KeyTLSCert,
			TLSKeyFile:     dirInternal + "/" + KeyTLSKey,
			TokenDir:       dirInternal,
		},
		Mail:     processMail(e.Mail),
		SMS:      processSMS(e.SMS),
		SSO:      processSSO(e.SSO),
		LogoFile: processLogo(e.Logo),
		LogLevel: string(e.Workload.LogLevel),
	}
}

func anyAddress(port int) string {
	return net.JoinHostPort("", strconv.Itoa(port))
}

func processDatabase(e *settings.Effective) portalconfig.Database {
	if e.Database.Type == v1alpha1.DatabasePostgreSQL {
		return portalconfig.Database{PostgreSQL: &portalconfig.PostgreSQL{
			DSNFile: dirPostgreSQL + "/" + fileDSN, MaxConnections: e.Database.MaxConnections,
		}}
	}
	return portalconfig.Database{SQLite: &portalconfig.SQLite{Path: dirData + "/portal.db"}}
}

func processMail(mail *settings.Mail) *portalconfig.Mail {
	if mail == nil {
		return nil
	}
	wired := &portalconfig.Mail{Host: mail.Host, Port: mail.Port, From: mail.From, TLS: string(mail.TLS)}
	if mail.SecretName != "" {
		wired.UsernameFile, wired.PasswordFile = dirMail+"/"+mailUsername, dirMail+"/"+mailPassword
	}
	return wired
}

func processSMS(sms *settings.SMS) *portalconfig.SMS {
	if sms == nil {
		return nil
	}
	return &portalconfig.SMS{URLFile: dirSMS + "/" + smsURL, SecretFile: dirSMS + "/" + smsSecret}
}

func processSSO(secrets *settings.SSOSecrets) *portalconfig.SSOSecrets {
	if secrets == nil {
		return nil
	}
	wired := &portalconfig.SSOSecrets{ClientSecretFile: dirSSO + "/" + fileClientSecret}
	if secrets.Previous != nil {
		wired.PreviousClientSecretFile = dirSSOBefore + "/" + fileClientSecret
	}
	return wired
}

// processLogo keeps the name of the key, whose end tells what kind of image it is.
func processLogo(logo *v1alpha1.LogoRef) string {
	if logo == nil {
		return ""
	}
	return dirLogo + "/" + logo.Key
}

func processFile(e *settings.Effective) (string, error) {
	process := Process(e)
	raw, err := yaml.Marshal(&process)
	if err != nil {
		return "", fmt.Errorf("encoding %s: %w", portalconfig.ProcessFile, err)
	}
	return string(raw), nil
}

func settingsFile(e *settings.Effective) (string, error) {
	raw, err := yaml.Marshal(&e.Settings)
	if err != nil {
		return "", fmt.Errorf("encoding %s: %w", portalconfig.SettingsFile, err)
	}
	return string(raw), nil
}

func (b *builder) configMap() any {
	return corev1ac.ConfigMap(b.names.Config, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithData(map[string]string{portalconfig.ProcessFile: b.process, portalconfig.SettingsFile: b.settings})
}
