// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Settings is settings.yaml: policy and content. It is content-addressed (Digest) and carries no generation, so that a change of
// the portal object that does not touch the policy changes nothing here. Every value is explicit: defaults are
// already applied.
type Settings struct {
	Header `json:",inline"`
	// DisplayName of the portal.
	DisplayName string `json:"displayName"`
	// Brands of the market.
	Brands []Brand `json:"brands"`
	// Locales as BCP 47 tags, the first is the default.
	Locales []string `json:"locales"`
	// TimeZone is the IANA name in which pages show times.
	TimeZone string `json:"timeZone"`
	// AccentColor as #rrggbb.
	AccentColor string `json:"accentColor"`
	// Auth is the policy for passwords, sessions and throttling.
	Auth Auth `json:"auth"`
	// Inactivity is the policy for unused accounts.
	Inactivity Inactivity `json:"inactivity"`
	// Support is the desk that pages and messages name.
	Support Support `json:"support"`
	// Announcements for the pages, in the order in which they are shown.
	Announcements []Announcement `json:"announcements,omitempty"`
	// Requirements that a dealership meets before it goes live; nil means none.
	Requirements *Requirements `json:"requirements,omitempty"`
}

// Brand is a brand of the market.
type Brand struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// Auth is the policy for passwords, second factors, recovery, sessions, single sign-on and throttling.
type Auth struct {
	// PasswordMinLength in Unicode code points.
	PasswordMinLength int32 `json:"passwordMinLength"`
	// BlockCommonPasswords refuses common and contextual passwords.
	BlockCommonPasswords bool `json:"blockCommonPasswords"`
	// SessionIdleMinutes, SessionAbsoluteHours and SessionsPerAccount limit sessions.
	SessionIdleMinutes   int32 `json:"sessionIdleMinutes"`
	SessionAbsoluteHours int32 `json:"sessionAbsoluteHours"`
	SessionsPerAccount   int32 `json:"sessionsPerAccount"`
	// ThrottleDelayFromFailure, ThrottleMaxDelayMinutes and ThrottlePerAddressPerHour slow down guessing.
	ThrottleDelayFromFailure  int32 `json:"throttleDelayFromFailure"`
	ThrottleMaxDelayMinutes   int32 `json:"throttleMaxDelayMinutes"`
	ThrottlePerAddressPerHour int32 `json:"throttlePerAddressPerHour"`
	// SecondFactor is Off, Optional, AdminsOnly or Required; empty means AdminsOnly.
	SecondFactor string `json:"secondFactor,omitempty"`
	// Recovery of forgotten passwords; nil means by mail, with links of 30 minutes and codes of 10.
	Recovery *Recovery `json:"recovery,omitempty"`
	// SSO signs corporate people in by their own provider; nil means that there is none.
	SSO *SSO `json:"sso,omitempty"`
}

// Values of Auth.SecondFactor.
const (
	// SecondFactorOff : nobody is asked for one.
	SecondFactorOff = "Off"
	// SecondFactorOptional : who has one is asked for it.
	SecondFactorOptional = "Optional"
	// SecondFactorAdminsOnly : administrators and the service desk need one, others may have one.
	SecondFactorAdminsOnly = "AdminsOnly"
	// SecondFactorRequired : everybody needs one.
	SecondFactorRequired = "Required"
)

// Recovery of forgotten passwords. Who may recover by himself depends on the class of his account and is not configurable.
type Recovery struct {
	// Channels that are offered: Mail, SMS or both, in this order.
	Channels []string `json:"channels"`
	// LinkMinutes a mailed link is good.
	LinkMinutes int32 `json:"linkMinutes"`
	// CodeMinutes a code is good.
	CodeMinutes int32 `json:"codeMinutes"`
}

// Channels of Recovery.
const (
	ChannelMail = "Mail"
	ChannelSMS  = "SMS"
)

// SSO signs corporate people in by OpenID Connect. The client secrets are files of Process.SSO.
type SSO struct {
	// IssuerURL of the provider; its metadata are below it.
	IssuerURL string `json:"issuerURL"`
	ClientID  string `json:"clientID"`
	// GroupsClaim names the claim with a person's groups.
	GroupsClaim string `json:"groupsClaim"`
	// ServiceDeskGroups and UserGroups give the roles; who is in none of them has no account.
	ServiceDeskGroups []string `json:"serviceDeskGroups,omitempty"`
	UserGroups        []string `json:"userGroups,omitempty"`
	// Domains of mail addresses that are let in; empty means all.
	Domains []string `json:"domains,omitempty"`
	// AcceptedACR are values of the claim acr that stand for a second factor; with others the portal asks for its own.
	AcceptedACR []string `json:"acceptedACR,omitempty"`
	// PasswordSignIn of corporate people is BreakGlassOnly or Allowed.
	PasswordSignIn string `json:"passwordSignIn"`
}

// Values of SSO.PasswordSignIn.
const (
	// PasswordBreakGlassOnly : corporate people sign in with a password only if their account has never signed in by SSO.
	PasswordBreakGlassOnly = "BreakGlassOnly"
	// PasswordAllowed : both ways are open.
	PasswordAllowed = "Allowed"
)

// Inactivity is the policy for unused accounts.
type Inactivity struct {
	// Mode is Off, Observe or Enforce.
	Mode string `json:"mode"`
	// Months is the number of calendar months.
	Months int32 `json:"months"`
	// GraceDays after the policy became stricter for an account.
	GraceDays int32 `json:"graceDays"`
	// NeverSignedIn is CountFromCreation or Skip.
	NeverSignedIn string `json:"neverSignedIn"`
	// WarnDaysBefore the deadline a warning is mailed, in falling order; empty means none.
	WarnDaysBefore []int32 `json:"warnDaysBefore,omitempty"`
	// MaxDisabledPercentPerRun of the active accounts may be disabled by one run without an approval.
	MaxDisabledPercentPerRun int32 `json:"maxDisabledPercentPerRun,omitempty"`
	// MaxDisabledPerRun is the same as a number of accounts; 0 means no such limit.
	MaxDisabledPerRun int32 `json:"maxDisabledPerRun,omitempty"`
	// MaxExemptionDays is the longest exemption that can be given.
	MaxExemptionDays int32 `json:"maxExemptionDays,omitempty"`
}

// Support is the desk that pages and messages name.
type Support struct {
	DeskName string         `json:"deskName"`
	Phones   []SupportPhone `json:"phones,omitempty"`
	Mail     string         `json:"mail,omitempty"`
	Hours    string         `json:"hours,omitempty"`
	// Topics that lead elsewhere, for example finance or warranty; the message form offers them, too.
	Topics []SupportTopic `json:"topics,omitempty"`
	// Careers by location.
	Careers []SupportCareer `json:"careers,omitempty"`
	// NewDealerURL is where applications of new dealerships go; empty means the portal's own form.
	NewDealerURL string `json:"newDealerURL,omitempty"`
	// Localized are the desk's name and hours in further locales.
	Localized []SupportTexts `json:"localized,omitempty"`
}

// SupportPhone is a phone line of the desk; Number is in E.164 form.
type SupportPhone struct {
	Label     string          `json:"label"`
	Number    string          `json:"number"`
	Localized []LocalizedText `json:"localized,omitempty"`
}

// SupportTopic is what people ask about, and the page that answers; URL is empty when there is none.
type SupportTopic struct {
	Title     string          `json:"title"`
	URL       string          `json:"url,omitempty"`
	Localized []LocalizedText `json:"localized,omitempty"`
}

// SupportCareer is where open positions of a location are listed.
type SupportCareer struct {
	Location  string          `json:"location"`
	URL       string          `json:"url"`
	Localized []LocalizedText `json:"localized,omitempty"`
}

// SupportTexts are the desk's texts in one locale; empty ones are as everywhere.
type SupportTexts struct {
	Locale   string `json:"locale"`
	DeskName string `json:"deskName,omitempty"`
	Hours    string `json:"hours,omitempty"`
}

// LocalizedText is a text in one locale.
type LocalizedText struct {
	Locale string `json:"locale"`
	Text   string `json:"text"`
}

// Announcement is news on the pages for a while.
type Announcement struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	// Brands that it concerns, by name; empty means all.
	Brands []string `json:"brands,omitempty"`
	// From and Until in RFC 3339; empty means always.
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	// Severity is Information, Warning or Critical.
	Severity  string             `json:"severity"`
	Localized []AnnouncementText `json:"localized,omitempty"`
}

// AnnouncementText is an announcement in one locale.
type AnnouncementText struct {
	Locale string `json:"locale"`
	Title  string `json:"title"`
	Text   string `json:"text"`
}

// Requirements that a dealership meets before it goes live.
type Requirements struct {
	// Technicians who are certified, at least, by skill.
	Technicians Technicians `json:"technicians,omitzero"`
	// Documents by name.
	Documents []string `json:"documents,omitempty"`
}

// Technicians are numbers of certified technicians by skill.
type Technicians struct {
	Electrical int32 `json:"electrical,omitempty"`
	Chassis    int32 `json:"chassis,omitempty"`
	Engine     int32 `json:"engine,omitempty"`
	Driveline  int32 `json:"driveline,omitempty"`
}
