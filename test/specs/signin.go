// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package specs

import (
	"slices"

	"pgregory.net/rapid"
)

// lengths draws what is good with every second factor.
func lengths(t *rapid.T, at string) any { return rapid.Int64Range(15, 64).Draw(t, at) }

// issuers are providers of single sign-on.
var issuers = []string{"https://login.example", "https://login.example:8443/realms/staff"}

// sso draws all that single sign-on needs, so that class and portal fit each other.
func sso(t *rapid.T, at string) any {
	drawn := map[string]any{
		"issuerURL": rapid.SampledFrom(issuers).Draw(t, at+".issuerURL"), "clientID": "portals",
		"clientSecretRef":   map[string]any{"name": "login", "key": "current"},
		"serviceDeskGroups": []any{"desk"},
	}
	for _, more := range []struct {
		field string
		value any
	}{
		{"previousClientSecretRef", map[string]any{"name": "login", "key": "previous"}},
		{"groupsClaim", "roles"},
		{"userGroups", []any{"staff", "field staff"}},
		{"domains", []any{"us.example"}},
		{"acceptedACR", []any{"phr", "urn:example:mfa"}},
		{"passwordSignIn", "Allowed"},
	} {
		if rapid.Bool().Draw(t, at+"."+more.field+" is set") {
			drawn[more.field] = more.value
		}
	}
	return drawn
}

// textMessages adds a gateway where people can be sent codes.
func textMessages(fields map[string]any) map[string]any {
	auth, _ := fields["auth"].(map[string]any)
	recovery, _ := auth["recovery"].(map[string]any)
	if channels, _ := recovery["channels"].([]any); slices.Contains(channels, any("SMS")) {
		notify, _ := fields["notify"].(map[string]any)
		if notify == nil {
			notify = map[string]any{}
			fields["notify"] = notify
		}
		notify["sms"] = map[string]any{"webhookSecretRef": map[string]any{"name": "sms"}}
	}
	return fields
}

// readable puts texts into the portal's locales, and announcements under its brands.
func readable(fields map[string]any) {
	locales, brands := fields["locales"].([]any), fields["brands"].([]any)
	into(fields["support"], locales, brands)
	into(fields["announcements"], locales, brands)
}

func into(value any, locales, brands []any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			into(item, locales, brands)
		}
	case map[string]any:
		if texts, found := v["localized"].([]any); found {
			texts = texts[:min(len(texts), len(locales))]
			for i := range texts {
				texts[i].(map[string]any)["locale"] = locales[i]
			}
			v["localized"] = texts
		}
		if v["brands"] != nil {
			v["brands"] = []any{brands[0].(map[string]any)["name"]}
		}
		for _, inner := range v {
			into(inner, locales, brands)
		}
	}
}
