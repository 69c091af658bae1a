// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package specs

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// PriorityClass is the only one that drawn specs name: a cluster must have it before pods of theirs can be made.
const PriorityClass = "business-critical"

// of draws one of some values.
func of[T any](values ...T) func(*rapid.T, string) any {
	return func(t *rapid.T, at string) any { return any(rapid.SampledFrom(values).Draw(t, at)) }
}

// matching draws text by a pattern.
func matching(pattern string) func(*rapid.T, string) any {
	return func(t *rapid.T, at string) any { return rapid.StringMatching(pattern).Draw(t, at) }
}

// mend changes an object that was drawn field by field, so that the rules between its fields hold.
func mend(how func(fields map[string]any) map[string]any) func(*rapid.T, string) any {
	return func(*rapid.T, string) any { return how }
}

// settingsByHand draws what class and portal share, below a prefix.
func settingsByHand(prefix string) byHand {
	return byHand{
		prefix + "workload.resources":               resources,
		prefix + "workload.nodeSelector":            labels,
		prefix + "workload.priorityClassName":       of(PriorityClass),
		prefix + "workload.tolerations[].key":       matching(`([a-z]{1,9}\.example/)?[a-z]{1,9}`),
		prefix + "workload.tolerations[].value":     matching(`[a-z0-9]{1,9}`),
		prefix + "workload.tolerations[]{}":         mend(toleration),
		prefix + "inactivity.schedule":              of("17 5 * * *", "*/15 * * * *", "0 0 29 2 *", "30 4 * * 1-5"),
		prefix + "inactivity.warnDaysBefore":        falling,
		prefix + "network{}":                        mend(network),
		prefix + "network.egress[].cidr":            of("10.1.2.0/24", "192.0.2.1/32", "2001:db8::/32", "0.0.0.0/0"),
		prefix + "network.egress[]{}":               mend(egress),
		prefix + "notify.mail{}":                    mend(mail),
		prefix + "notify.mail.from":                 of("portal@mail.example", "a@b.example"),
		prefix + "notify.mail.host":                 of("mail.example", "192.0.2.7", "mail"),
		prefix + "workload.imagePullSecrets[].name": matching(`[a-z]([-a-z0-9]{0,9}[a-z0-9])?(\.[a-z0-9]{1,5})?`),
		prefix + "auth.password.minLength":          lengths,
		prefix + "auth.sso":                         sso,
		prefix + "exposure":                         exposure,
		prefix + "scaling.autoscaling{}":            mend(autoscaling),
	}
}

func classByHand() byHand {
	hand := settingsByHand("defaults.")
	hand["release.image"] = image
	hand["defaults.scaling.boost"] = func(*rapid.T, string) any { return nil } // a boost is one portal's
	hand["defaults.scaling{}"] = mend(filled)
	hand["defaults{}"] = mend(func(fields map[string]any) map[string]any { return textMessages(onePodCount(fields)) })
	hand["bounds.auth.allowedIssuers[]"] = of(issuers...)
	hand["allowedNamespaces{}"] = mend(func(fields map[string]any) map[string]any {
		if fields["from"] == "Same" {
			fields["from"] = "All"
		}
		return selected(fields)
	})
	hand["bounds.replicas{}"] = mend(func(fields map[string]any) map[string]any {
		if fewest, greatest := fields["min"], fields["max"]; fewest != nil && greatest != nil && fewest.(int64) > greatest.(int64) {
			fields["min"], fields["max"] = greatest, fewest
		}
		return fields
	})
	return hand
}

func portalByHand() byHand {
	hand := settingsByHand("")
	hand["{}"] = mend(portal)
	hand["image"] = image
	hand["timeZone"] = of("UTC", "America/Chicago", "Asia/Tokyo", "Europe/Berlin", "Australia/Lord_Howe")
	hand["locales"] = func(t *rapid.T, at string) any {
		return anys(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"en-US", "es-US", "fr-CA", "de", "ja-JP", "zh-Hant-TW"}), 1, 4, rapid.ID).Draw(t, at))
	}
	hand["scaling{}"] = mend(filled)
	hand["scaling.boost.until"] = of("2026-11-28T06:00:00Z", "2031-01-01T00:00:00+09:00", "2020-02-29T12:00:00Z")
	hand["suspend.until"] = hand["scaling.boost.until"]
	hand["aliases[]"] = matching(aliasPattern)
	hand["hostname"] = matching(`[a-z]([-a-z0-9]{0,20}[a-z0-9])?(\.[a-z]{1,9}){0,2}\.(example|localhost(:[1-9][0-9]{1,3})?)`)
	hand["database"] = database
	hand["support.mail"] = of("desk@dealers.example", "help@us.example")
	for _, path := range []string{"support.newDealerURL", "support.topics[].url", "support.careers[].url"} {
		hand[path] = of("https://www.us.example/page", "https://us.example:8443/?a=b#c")
	}
	hand["support.localized[]{}"] = mend(func(fields map[string]any) map[string]any {
		if fields["deskName"] == nil && fields["hours"] == nil {
			fields["hours"] = "9-17"
		}
		return fields
	})
	hand["announcements[].from"] = of("2020-02-29T12:00:00Z", "2026-01-01T00:00:00+09:00")
	hand["announcements[].until"] = of("2026-11-28T06:00:00Z", "2031-01-01T00:00:00Z")
	hand["tenants.allowFrom{}"] = mend(selected)
	return hand
}

// aliasPattern draws what hostname draws, with another end, so that no alias is the hostname.
const aliasPattern = `[a-z]([-a-z0-9]{0,20}[a-z0-9])?(\.[a-z]{1,9}){0,2}\.alias`

// portal mends rules over the whole spec.
func portal(fields map[string]any) map[string]any {
	if (fields["image"] == nil) != (fields["imageVersion"] == nil) {
		delete(fields, "image")
		delete(fields, "imageVersion")
	}
	database, _ := fields["database"].(map[string]any)
	if replicas, set := fields["replicas"].(int64); set && database["type"] != "PostgreSQL" {
		fields["replicas"] = min(replicas, 1)
	}
	if scaling, set := fields["scaling"].(map[string]any); set && database["type"] != "PostgreSQL" {
		delete(scaling, "autoscaling")
		if len(scaling) == 0 {
			delete(fields, "scaling")
		}
	}
	if host, _ := fields["hostname"].(string); strings.Contains(host+":", ".localhost:") {
		local(fields)
	}
	readable(fields)
	return textMessages(onePodCount(fields))
}

// local mends what a *.localhost host has no use for, or needs alike.
func local(fields map[string]any) {
	aliases, _ := fields["aliases"].([]any)
	for i := range aliases {
		aliases[i] = aliases[i].(string) + ".localhost"
	}
	exposure, _ := fields["exposure"].(map[string]any)
	if exposure["tls"] != nil {
		exposure["tls"] = map[string]any{"mode": "None"}
	}
}

// onePodCount leaves out an autoscaler beside a number of pods.
func onePodCount(fields map[string]any) map[string]any {
	if scaling, set := fields["scaling"].(map[string]any); set && fields["replicas"] != nil {
		delete(scaling, "autoscaling")
		if len(scaling) == 0 {
			delete(fields, "scaling")
		}
	}
	return fields
}

// filled leaves out an object without fields.
func filled(fields map[string]any) map[string]any {
	if len(fields) == 0 {
		return nil
	}
	return fields
}

func autoscaling(fields map[string]any) map[string]any {
	if least, most := fields["minReplicas"], fields["maxReplicas"]; least != nil && most != nil && least.(int64) > most.(int64) {
		fields["minReplicas"], fields["maxReplicas"] = most, least
	}
	return fields
}

// exposure draws a route with all that it needs, so that class and portal fit each other.
func exposure(t *rapid.T, at string) any {
	drawn := map[string]any{"trustedProxyHops": rapid.Int64Range(0, 8).Draw(t, at+".trustedProxyHops")}
	switch kind := rapid.SampledFrom([]string{"", "None", "Ingress", "HTTPRoute"}).Draw(t, at+".type"); kind {
	case "":
	case "Ingress":
		drawn["type"] = kind
		drawn["ingressClassName"] = rapid.SampledFrom([]string{"edge", "nginx.internal"}).Draw(t, at+".ingressClassName")
		drawn["tls"] = rapid.SampledFrom([]map[string]any{
			{"mode": "None"},
			{"mode": "Secret", "secretName": "portal-tls"},
			{"mode": "CertManager", "issuerRef": map[string]any{"name": "letsencrypt", "kind": "ClusterIssuer"}},
		}).Draw(t, at+".tls")
	case "HTTPRoute":
		drawn["type"] = kind
		drawn["parentRefs"] = []any{map[string]any{"name": "edge", "namespace": "gateways"}, map[string]any{"name": "internal"}}
		drawn["tls"] = map[string]any{"mode": rapid.SampledFrom([]string{"None", "Gateway"}).Draw(t, at+".tls")}
	default:
		drawn["type"] = kind
	}
	return drawn
}

func database(t *rapid.T, at string) any {
	switch rapid.IntRange(0, 2).Draw(t, at) {
	case 0:
		return map[string]any{"type": "Embedded"}
	case 1:
		return map[string]any{"type": "Embedded", "embedded": map[string]any{
			"size":             rapid.SampledFrom([]string{"64Mi", "1Gi", "1500M"}).Draw(t, at+".size"),
			"storageClassName": rapid.SampledFrom([]string{"fast", "slow.example"}).Draw(t, at+".class"),
		}}
	default:
		return map[string]any{"type": "PostgreSQL", "postgresql": map[string]any{
			"secretRef":      map[string]any{"name": "database", "key": "dsn"},
			"maxConnections": rapid.Int64Range(2, 50).Draw(t, at+".connections"),
		}}
	}
}

// resources draws requests that are below the limits, the built-in ones included.
func resources(t *rapid.T, at string) any {
	return map[string]any{
		"requests": map[string]any{
			"cpu":    rapid.SampledFrom([]string{"1m", "100m", "0.25"}).Draw(t, at+".requests.cpu"),
			"memory": rapid.SampledFrom([]string{"64Mi", "100M", "256Mi"}).Draw(t, at+".requests.memory"),
		},
		"limits": map[string]any{
			"cpu":    rapid.SampledFrom([]string{"500m", "2", "1e1"}).Draw(t, at+".limits.cpu"),
			"memory": rapid.SampledFrom([]string{"256Mi", "1Gi", "2G"}).Draw(t, at+".limits.memory"),
		},
	}
}

func toleration(fields map[string]any) map[string]any {
	if fields["key"] == nil {
		fields["operator"] = "Exists"
	}
	if fields["operator"] == "Exists" {
		delete(fields, "value")
	}
	return fields
}

func network(fields map[string]any) map[string]any {
	if fields["ingressFrom"] != nil || fields["egress"] != nil {
		fields["mode"] = "Strict"
	}
	return fields
}

func egress(fields map[string]any) map[string]any {
	if fields["cidr"] == nil && fields["namespaceSelector"] == nil {
		fields["cidr"] = "10.0.0.0/8"
	}
	if fields["cidr"] != nil {
		delete(fields, "namespaceSelector")
	}
	return fields
}

func mail(fields map[string]any) map[string]any {
	if fields["secretRef"] != nil {
		fields["tls"] = "Required"
	}
	return fields
}

// selected mends a selector of namespaces: the selector is there with from: Selector only.
func selected(fields map[string]any) map[string]any {
	delete(fields, "selector")
	if fields["from"] == "Selector" {
		fields["selector"] = map[string]any{"matchLabels": map[string]any{"team": "dealers"}}
	}
	return fields
}

func image(t *rapid.T, at string) any {
	name := rapid.StringMatching(`(registry\.example(:5000)?/)?[a-z0-9]{1,9}([._-][a-z0-9]{1,5})?(/[a-z0-9]{1,9})?`).Draw(t, at)
	if rapid.Bool().Draw(t, at+" by digest") {
		return name + "@sha256:" + rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, at+" digest")
	}
	return name + ":" + rapid.StringMatching(`[0-9a-z][0-9a-z.-]{0,9}[0-9a-z]`).Draw(t, at+" tag")
}

func falling(t *rapid.T, at string) any {
	days := rapid.SliceOfNDistinct(rapid.Int64Range(1, 180), 1, 8, rapid.ID).Draw(t, at)
	slices.Sort(days)
	slices.Reverse(days)
	return anys(days)
}

func labels(t *rapid.T, at string) any {
	drawn := map[string]any{}
	for i := range rapid.IntRange(1, most).Draw(t, at) {
		drawn[fmt.Sprintf("label-%d", i)] = rapid.StringMatching(`([a-z0-9]{1,9})?`).Draw(t, at+" value")
	}
	return drawn
}

func selector(t *rapid.T, at string) any {
	drawn := map[string]any{"matchLabels": labels(t, at)}
	if rapid.Bool().Draw(t, at+" expression") {
		operator := rapid.SampledFrom([]string{"In", "NotIn", "Exists", "DoesNotExist"}).Draw(t, at+" operator")
		expression := map[string]any{"key": "zone.example/name", "operator": operator}
		if operator == "In" || operator == "NotIn" {
			expression["values"] = []any{"a", "b"}
		}
		drawn["matchExpressions"] = []any{expression}
	}
	return drawn
}

func anys[T any](values []T) []any {
	list := make([]any, 0, len(values))
	for _, value := range values {
		list = append(list, value)
	}
	return list
}
