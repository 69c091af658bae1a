// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

var (
	addresses = mostly(pick("https://a.example", "https://a.example:8443/b?c=d#e"),
		pick("https://", "https:///b", "https://a.example:99999", "https://%zz", "http://a.example", "https://a b", "https://u@a.example", "https://a.example/ü"))
	keysOf = mostly(pick("current", "a.b", "-"), pick("..", ".", ""))
)

func drawAuth(t *rapid.T) *v1alpha1.AuthSettings {
	auth := &v1alpha1.AuthSettings{
		Password: &v1alpha1.PasswordSettings{MinLength: new(mostly(rapid.Int32Range(15, 64), rapid.Int32Range(6, 66)).Draw(t, "length"))},
		SecondFactor: rapid.SampledFrom([]v1alpha1.SecondFactorPolicy{
			"", v1alpha1.SecondFactorOff, v1alpha1.SecondFactorAdminsOnly, v1alpha1.SecondFactorRequired,
		}).Draw(t, "factor"),
	}
	if rapid.Bool().Draw(t, "recovery") {
		channels := mostly(pick("Mail"), pick("SMS", "Mail SMS", "Mail Mail", "Post"))
		auth.Recovery = &v1alpha1.RecoverySettings{CodeMinutes: new(mostly(rapid.Int32Range(3, 10), rapid.Int32Range(0, 12)).Draw(t, "code"))}
		for _, channel := range strings.Fields(channels.Draw(t, "channels")) {
			auth.Recovery.Channels = append(auth.Recovery.Channels, v1alpha1.RecoveryChannel(channel))
		}
	}
	if rapid.Bool().Draw(t, "sso") {
		auth.SSO = drawSSO(t)
	}
	return auth
}

func drawSSO(t *rapid.T) *v1alpha1.SSOSettings {
	sso := &v1alpha1.SSOSettings{
		IssuerURL: mostly(pick("https://a.example", "https://a.example:8443/realms/staff"),
			pick("https://a.example?b=c", "https://-a.example", "https://a.example:99999", "https://a.example/%zz", "http://a.example")).Draw(t, "issuer"),
		ClientID:        mostly(pick("portals"), pick("a b", "ü")).Draw(t, "client"),
		ClientSecretRef: &v1alpha1.SecretKeyRef{Name: names.Draw(t, "secret"), Key: keysOf.Draw(t, "key")},
		UserGroups:      []string{mostly(pick("staff", "cn=staff, dc=example"), pick("", "a\nb")).Draw(t, "group")},
		Domains:         maybe(t, "domains", rapid.Just([]string{"a.example"})),
	}
	if rapid.Bool().Draw(t, "exchange") {
		sso.PreviousClientSecretRef = &v1alpha1.SecretKeyRef{Name: names.Draw(t, "previous"), Key: keysOf.Draw(t, "previous key")}
	}
	return sso
}

func drawBranding(t *rapid.T) *v1alpha1.BrandingSettings {
	return &v1alpha1.BrandingSettings{LogoConfigMapRef: &v1alpha1.LogoRef{
		Name: names.Draw(t, "logo"), Key: mostly(pick("logo.svg", "a.b.png", "A..webp"), pick("..webp", "logo.gif", ".svg", "a/b.svg")).Draw(t, "image"),
	}}
}

// locales that portals may have, and some that none has.
var localesOf = mostly(pick("en", "fr-CA"), pick("de", "xx", "e", "en_US"))

func drawSupport(t *rapid.T) *v1alpha1.SupportSpec {
	return &v1alpha1.SupportSpec{
		DeskName: "Desk", NewDealerURL: maybe(t, "new dealers", addresses),
		Topics: []v1alpha1.SupportTopic{{
			Title: mostly(pick("Warranty"), pick("", "a\tb")).Draw(t, "topic"), URL: maybe(t, "topic's page", addresses),
			Localized: maybe(t, "topic's texts", rapid.Custom(func(t *rapid.T) []v1alpha1.LocalizedText {
				return []v1alpha1.LocalizedText{{Locale: localesOf.Draw(t, "locale"), Text: "x"}}
			})),
		}},
	}
}

func drawAnnouncements(t *rapid.T) []v1alpha1.Announcement {
	at := func(name string) *metav1.Time {
		return new(metav1.NewTime(time.Unix(rapid.Int64Range(1, 1<<31).Draw(t, name), 0)))
	}
	news := v1alpha1.Announcement{
		Title: "News", Text: mostly(pick("a\nb", "ü"), pick("", "a\tb", "a\rb")).Draw(t, "text"),
		Brands: maybe(t, "brands", rapid.Map(mostly(pick("a"), pick("zenith")), func(name string) []string { return []string{name} })),
	}
	if rapid.Bool().Draw(t, "from") {
		news.From = at("from when")
	}
	if rapid.Bool().Draw(t, "until") {
		news.Until = at("until when")
	}
	return []v1alpha1.Announcement{news}
}
