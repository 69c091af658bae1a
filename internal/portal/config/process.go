// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// CheckProcess lists what is wrong with a wiring, each fault with its path.
func CheckProcess(p *portalconfig.Process) []error {
	var f faults
	f.header(p.Header, portalconfig.KindProcess)
	f.required("portal.namespace", p.Portal.Namespace)
	f.required("portal.name", p.Portal.Name)
	if !market.MatchString(p.Portal.Market) {
		f.add("portal.market", "%q is no ISO 3166-1 code: use two capital letters", p.Portal.Market)
	}
	f.oneOf("portal.audience", p.Portal.Audience, "Dealer")
	f.publicURL(p.PublicURL)
	f.aliases(p)
	between(&f, "trustedProxyHops", p.TrustedProxyHops, 0, 8)
	f.address("listen.public", p.Listen.Public)
	f.address("listen.internal", p.Listen.Internal)
	f.address("listen.metrics", p.Listen.Metrics)
	f.database(p.Database)
	f.required("keys.sessionKeyFile", p.Keys.SessionKeyFile)
	f.required("keys.pepperFile", p.Keys.PepperFile)
	f.required("keys.tlsCertFile", p.Keys.TLSCertFile)
	f.required("keys.tlsKeyFile", p.Keys.TLSKeyFile)
	f.required("keys.tokenDir", p.Keys.TokenDir)
	if p.Mail != nil {
		f.mail(p.Mail)
	}
	if p.SMS != nil {
		f.required("sms.urlFile", p.SMS.URLFile)
		f.required("sms.secretFile", p.SMS.SecretFile)
	}
	f.sms(p.SMS)
	f.ssoSecrets(p.SSO)
	f.logo(p.LogoFile)
	f.oneOf("logLevel", p.LogLevel, "Debug", "Info", "Warn", "Error")
	return f
}

var market = regexp.MustCompile("^[A-Z]{2}$")

func (f *faults) header(h portalconfig.Header, kind string) {
	if h.APIVersion != portalconfig.APIVersion {
		f.add("apiVersion", "%q is unknown: this portal reads %s", h.APIVersion, portalconfig.APIVersion)
	}
	if h.Kind != kind {
		f.add("kind", "%q is wrong here: want %s", h.Kind, kind)
	}
}

// publicURL accepts https://HOST[:PORT], and http only for names under .localhost, which browsers keep on the machine.
func (f *faults) publicURL(value string) {
	if !f.required("publicURL", value) {
		return
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Hostname() == "":
		f.add("publicURL", "%q is no URL: use https://HOST", value)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "":
		f.add("publicURL", "%q has more than scheme, host and port: leave the rest out, also a trailing slash", value)
	case u.Scheme == "http" && !strings.HasSuffix(u.Hostname(), ".localhost"):
		f.add("publicURL", "%q has no TLS: use https, or a host name that ends in .localhost", value)
	case u.Scheme != "https" && u.Scheme != "http":
		f.add("publicURL", "%q has an unknown scheme: use https", value)
	case u.Host != strings.ToLower(u.Host):
		f.add("publicURL", "%q has capital letters in its host: use small ones", value)
	}
}

// aliases accepts hosts of the same kind as that of the public URL, each once.
func (f *faults) aliases(p *portalconfig.Process) {
	scheme, host, _ := strings.Cut(p.PublicURL, "://")
	seen := map[string]bool{host: true}
	for i, alias := range p.Aliases {
		path := fmt.Sprintf("aliases[%d]", i)
		switch u, err := url.Parse(scheme + "://" + alias); {
		case err != nil || u.Host != alias || u.Hostname() == "" || alias != strings.ToLower(alias):
			f.add(path, "%q is no host: use small letters, digits, - and dots", alias)
		case scheme == "http" && !strings.HasSuffix(u.Hostname(), ".localhost"):
			f.add(path, "%q is not below .localhost, as publicURL is", alias)
		case seen[alias]:
			f.add(path, "%q stands there twice, or is the host of publicURL", alias)
		}
		seen[alias] = true
	}
}

func (f *faults) address(path, value string) {
	if !f.required(path, value) {
		return
	}
	if _, _, err := net.SplitHostPort(value); err != nil {
		f.add(path, "%q is no HOST:PORT, for example :8080", value)
	}
}

func (f *faults) database(d portalconfig.Database) {
	switch {
	case d.SQLite != nil && d.PostgreSQL != nil, d.SQLite == nil && d.PostgreSQL == nil:
		f.add("database", "set exactly one of sqlite and postgresql")
	case d.SQLite != nil:
		f.required("database.sqlite.path", d.SQLite.Path)
	default:
		f.required("database.postgresql.dsnFile", d.PostgreSQL.DSNFile)
		between(f, "database.postgresql.maxConnections", d.PostgreSQL.MaxConnections, 2, 1000)
	}
}

func (f *faults) mail(m *portalconfig.Mail) {
	f.required("mail.host", m.Host)
	between(f, "mail.port", m.Port, 1, 65535)
	if _, err := mail.ParseAddress(m.From); err != nil {
		f.add("mail.from", "%q is no mail address", m.From)
	}
	f.oneOf("mail.tls", m.TLS, "Required", "Opportunistic", "None")
	if (m.UsernameFile == "") != (m.PasswordFile == "") {
		f.add("mail", "usernameFile and passwordFile belong together: set both or none")
	}
}
