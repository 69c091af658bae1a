// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Process is process.yaml: how one portal process is wired. A change rolls the pods.
type Process struct {
	Header `json:",inline"`
	// Portal identifies the RegionalPortal.
	Portal PortalIdentity `json:"portal"`
	// PublicURL is where browsers reach the portal, without a trailing slash: https://HOST, or http://NAME.localhost[:PORT].
	// Links in messages are built from it and from nothing else. Requests for other hosts are refused.
	PublicURL string `json:"publicURL"`
	// Aliases are further hosts, as HOST or NAME.localhost[:PORT]: requests for them are sent to PublicURL.
	Aliases []string `json:"aliases,omitempty"`
	// TrustedProxyHops is the number of proxies whose X-Forwarded-For entries are believed.
	TrustedProxyHops int32 `json:"trustedProxyHops,omitempty"`
	// Listen holds the addresses of the three listeners.
	Listen Listen `json:"listen"`
	// Database says where accounts are stored.
	Database Database `json:"database"`
	// Keys are the files of the two key Secrets.
	Keys Keys `json:"keys"`
	// Mail is the mail server for outgoing mail; nil means messages wait in the outbox.
	Mail *Mail `json:"mail,omitempty"`
	// SMS is the gateway for text messages; nil means that none are sent.
	SMS *SMS `json:"sms,omitempty"`
	// SSO holds the client secrets for the provider in the settings; nil means that there is none.
	SSO *SSOSecrets `json:"sso,omitempty"`
	// LogoFile is an image for the top of the pages (SVG, PNG or WebP); empty means none.
	LogoFile string `json:"logoFile,omitempty"`
	// LogLevel is Debug, Info, Warn or Error.
	LogLevel string `json:"logLevel"`
}

// PortalIdentity identifies the RegionalPortal that a process serves.
type PortalIdentity struct {
	// Namespace and Name of the RegionalPortal.
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Market is the ISO 3166-1 alpha-2 code.
	Market string `json:"market"`
	// Audience is Dealer.
	Audience string `json:"audience"`
}

// Listen holds the addresses of the three listeners as HOST:PORT.
type Listen struct {
	// Public serves the pages over plain HTTP; TLS ends in front of it.
	Public string `json:"public"`
	// Internal serves the internal API over TLS.
	Internal string `json:"internal"`
	// Metrics serves probes and metrics over plain HTTP.
	Metrics string `json:"metrics"`
}

// Database says where accounts are stored. Exactly one field is set.
type Database struct {
	// SQLite is the embedded database.
	SQLite *SQLite `json:"sqlite,omitempty"`
	// PostgreSQL is a server.
	PostgreSQL *PostgreSQL `json:"postgresql,omitempty"`
}

// SQLite is the embedded database.
type SQLite struct {
	// Path of the database file.
	Path string `json:"path"`
}

// PostgreSQL is a server.
type PostgreSQL struct {
	// DSNFile holds the connection string.
	DSNFile string `json:"dsnFile"`
	// MaxConnections that this process opens at most.
	MaxConnections int32 `json:"maxConnections"`
}

// Keys are directories of mounted key Secrets and the files in them.
type Keys struct {
	// SessionKeyFile holds at least 32 random bytes, base64: keys throttle buckets, form tokens, flow cookies and the
	// seals of the audit trail.
	SessionKeyFile string `json:"sessionKeyFile"`
	// PepperFile holds "<key id>:<32 random bytes, base64>": the keyed step of password hashing.
	PepperFile string `json:"pepperFile"`
	// TLSCertFile and TLSKeyFile serve the internal API.
	TLSCertFile string `json:"tlsCertFile"`
	TLSKeyFile  string `json:"tlsKeyFile"`
	// TokenDir holds one file per role of the internal API, named after the role (operator, sweep, import, reader).
	TokenDir string `json:"tokenDir"`
}

// Mail is the mail server for outgoing mail.
type Mail struct {
	// Host and Port of the server.
	Host string `json:"host"`
	Port int32  `json:"port"`
	// From is the sender's address.
	From string `json:"from"`
	// TLS is Required, Opportunistic or None.
	TLS string `json:"tls"`
	// UsernameFile and PasswordFile hold credentials; both or none.
	UsernameFile string `json:"usernameFile,omitempty"`
	PasswordFile string `json:"passwordFile,omitempty"`
}

// SMS is the gateway for text messages: a webhook that takes signed JSON.
type SMS struct {
	// URLFile holds the address, SecretFile the key of the signature.
	URLFile    string `json:"urlFile"`
	SecretFile string `json:"secretFile"`
}

// SSOSecrets are the client secrets for the provider. While the provider exchanges one for the other both are tried, the first one first.
type SSOSecrets struct {
	ClientSecretFile string `json:"clientSecretFile"`
	// PreviousClientSecretFile is empty but during an exchange.
	PreviousClientSecretFile string `json:"previousClientSecretFile,omitempty"`
}
