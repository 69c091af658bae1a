// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// list and fields write lists and objects of YAML.
type (
	list   = []any
	fields = map[string]any
)

// settable are values of the settings, by path. A nil leaves the field unset, as every field may be. A path that is not here is
// given values of its type.
var settable = map[string]list{
	"replicas":                           {int64(0), int64(1), int64(2), int64(3)},
	"scaling.autoscaling.minReplicas":    {int64(1), int64(2), int64(4)},
	"scaling.autoscaling.maxReplicas":    {int64(2), int64(5)},
	"scaling.boost.minReplicas":          {int64(1), int64(3)},
	"scaling.boost.until":                {"2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"},
	"scaling.boost.reason":               {"Launch", "Sale"},
	"workload.resources.requests.cpu":    {"100m", "150m"},
	"workload.resources.requests.memory": {"128Mi", "160Mi"},
	"workload.resources.limits.cpu":      {"1", "2000m"},
	"workload.resources.limits.memory":   {"512Mi", "0.75Gi", "64Mi"}, // the last is less than what is requested
	"workload.logLevel":                  {"Info", "Debug", "Warn"},
	"workload.imagePullSecrets":          {list{fields{"name": "a"}}, list{fields{"name": "a"}, fields{"name": "b"}}},
	"workload.nodeSelector":              {fields{"disk": "ssd"}, fields{"disk": "ssd", "zone": "a"}},
	"workload.tolerations":               {list{fields{"key": "x", "operator": "Exists"}}, list{fields{"key": "y", "operator": "Equal", "value": "z"}}},
	"workload.priorityClassName":         {"high", "low"},
	"exposure.trustedProxyHops":          {int64(1), int64(2)},
	"exposure.type":                      {"None", "Ingress", "HTTPRoute"},
	"exposure.ingressClassName":          {"public", "internal"},
	"exposure.parentRefs":                {list{fields{"name": "edge"}}, list{fields{"name": "edge", "namespace": "gateways", "port": int64(443)}}},
	"exposure.tls.mode":                  {"CertManager", "Secret", "Gateway", "None"},
	"exposure.tls.issuerRef.name":        {"internal", "public"},
	"exposure.tls.issuerRef.kind":        {"Issuer", "ClusterIssuer"},
	"exposure.tls.issuerRef.group":       {"cert-manager.io", "issuers.example"},
	"exposure.tls.secretName":            {"wildcard", "missing"},
	"auth.password.minLength":            {int64(12), int64(15), int64(16), int64(20)},
	"auth.secondFactor":                  {"Off", "Optional", "AdminsOnly", "Required"},
	"auth.recovery.channels":             {list{"Mail"}, list{"SMS"}, list{"Mail", "SMS"}},
	"auth.recovery.linkMinutes":          {int64(15), int64(30)},
	"auth.recovery.codeMinutes":          {int64(5), int64(10)},
	"auth.sso.issuerURL":                 {"https://127.0.0.1:9", "https://127.0.0.1:9/realms/staff"},
	"auth.sso.clientID":                  {"portals", "others"},
	"auth.sso.groupsClaim":               {"groups", "roles"},
	"auth.sso.serviceDeskGroups":         {list{"desk"}, list{"desk", "desk-2"}},
	"auth.sso.userGroups":                {list{"staff"}, list{"field"}},
	"auth.sso.domains":                   {list{"example.com"}, list{"example.com", "mail.example"}},
	"auth.sso.acceptedACR":               {list{"phr"}, list{"phr", "phrh"}},
	"auth.sso.passwordSignIn":            {"BreakGlassOnly", "Allowed"},

	"auth.sso.clientSecretRef.name":         {"login", "missing"},
	"auth.sso.clientSecretRef.key":          {"current", "missing"},
	"auth.sso.previousClientSecretRef.name": {"login", "missing"},
	"auth.sso.previousClientSecretRef.key":  {"previous", "current"},

	"auth.session.idleMinutes":            {int64(10), int64(20), int64(30)},
	"auth.session.absoluteHours":          {int64(8), int64(12), int64(24)},
	"auth.session.maxPerAccount":          {int64(3), int64(4)},
	"auth.throttle.delayFromFailure":      {int64(4), int64(5)},
	"auth.throttle.maxDelayMinutes":       {int64(30), int64(60)},
	"auth.throttle.perAddressPerHour":     {int64(200), int64(300)},
	"inactivity.mode":                     {"Off", "Observe", "Enforce"},
	"inactivity.months":                   {int64(3), int64(6), int64(24)},
	"inactivity.graceDays":                {int64(0), int64(14)},
	"inactivity.schedule":                 {"0 0 29 2 *", "0 1 29 2 *", "0 0 30 2 *"}, // the last never comes
	"inactivity.neverSignedIn":            {"Skip", "CountFromCreation"},
	"inactivity.warnDaysBefore":           {list{int64(14)}, list{int64(20), int64(10)}},
	"inactivity.maxDisabledPercentPerRun": {int64(5), int64(20)},
	"inactivity.maxDisabledPerRun":        {int64(10), int64(100)},
	"network.mode":                        {"Open", "Strict"},
	"network.ingressFrom":                 {list{fields{"namespaceSelector": fields{"matchLabels": fields{"a": "b"}}}}},
	"network.egress":                      {list{fields{"cidr": "10.0.0.0/8", "ports": list{int64(5432)}}}},
	"notify.mail.host":                    {"127.0.0.1", "localhost"},
	"notify.mail.port":                    {int64(25), int64(2525)},
	"notify.mail.from":                    {"a@mail.example", "b@mail.example"},
	"notify.mail.tls":                     {"Required", "None", "Opportunistic"},
	"notify.mail.secretRef.name":          {"mail", "mail-2", "missing"},
	"notify.sms.webhookSecretRef.name":    {"sms", "sms-2", "missing"},
	"branding.accentColor":                {"#7a1f3d", "#1f5fbf"},
	"branding.logoConfigMapRef.name":      {"logo", "missing"},
	"branding.logoConfigMapRef.key":       {"logo.svg", "logo.png"},

	"displayName":                            {"One", "Two"},
	"brands":                                 {list{fields{"name": "aurora", "displayName": "Aurora"}}, list{fields{"name": "borealis", "displayName": "Borealis"}}},
	"locales":                                {list{"en"}, list{"de", "en"}},
	"timeZone":                               {"Europe/Berlin", "Asia/Tokyo", "Mars/Olympus"},
	"aliases":                                {list{"four.example.com"}, list{"five.example.com", "six.elsewhere.example"}},
	"hostname":                               {"one.example.com", "two.example.com", "three.elsewhere.example"},
	"className":                              {},        // see classNames
	"market":                                 {"DE"},    // immutable
	"audience":                               {"Owner"}, // the same
	"image":                                  {"forecourt.test/portal:1.0.8", "registry.example/portal:1.0.8"},
	"imageVersion":                           {"1.0.8", "1.0.9"},
	"database.type":                          {"PostgreSQL"},
	"database.embedded.size":                 {"2Gi", "3Gi", "4Gi", "5Gi"},
	"database.embedded.storageClassName":     {"other"},
	"database.postgresql.secretRef.name":     {"database", "database-2", "missing"},
	"database.postgresql.secretRef.key":      {"dsn", "other", "missing"},
	"database.postgresql.maxConnections":     {int64(5), int64(7)},
	"support.deskName":                       {"Desk", "Help"},
	"support.phones":                         {list{fields{"label": "Toll free", "number": "+18005550100"}}},
	"support.mail":                           {"desk@mail.example"},
	"support.hours":                          {"Mon-Fri"},
	"support.topics":                         {list{fields{"title": "Warranty", "url": "https://www.example.com/warranty"}}, list{fields{"title": "Training"}}},
	"support.careers":                        {list{fields{"location": "Chicago", "url": "https://www.example.com/careers"}}},
	"support.newDealerURL":                   {"https://www.example.com/apply", "https:///apply"}, // the last has no host
	"support.localized":                      {list{fields{"locale": "en", "hours": "9-17"}}, list{fields{"locale": "pt", "hours": "9-17"}}},
	"serviceDesk.invitations.secretRef.name": {"first", "second"},
	"announcements": {
		list{fields{"title": "News", "text": "Read this", "until": "2031-01-01T00:00:00Z"}},
		list{fields{"title": "News", "text": "Read this", "brands": list{"zenith"}}}, // no such brand
	},
	"tenants.requirements.technicians.electrical": {int64(0), int64(1), int64(2)},
	"tenants.requirements.technicians.chassis":    {int64(1)},
	"tenants.requirements.technicians.engine":     {int64(1)},
	"tenants.requirements.technicians.driveline":  {int64(1)},
	"tenants.requirements.documents":              {list{"Franchise agreement"}, list{"Franchise agreement", "Insurance"}},
	"tenants.allowFrom.from":                      {"Same", "All"},
	"tenants.allowFrom.selector":                  {fields{"matchLabels": fields{"dealers": "yes"}}},
	"tenants.max":                                 {int64(1), int64(2), int64(100)},
	"deletionPolicy":                              {"Retain", "Delete"},
	"deletionProtection":                          {"None", "WhileTenantsAttached"},
	"suspend.reason":                              {"Incident", "Freeze"},                           // pauses that have ended: see TestPlanForeseesComingAndGoing
	"suspend.until":                               {"2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"}, // the same
}

// settableOfClasses are values of what only classes have, by path below spec.
var settableOfClasses = map[string]list{
	"release.version":                            {"1.0.1", "1.0.2"},
	"release.image":                              {"forecourt.test/portal:1.0.1", "registry.example/portal:1"},
	"bounds.mode":                                {"Enforce", "Audit"},
	"bounds.replicas.min":                        {int64(1), int64(2)},
	"bounds.replicas.max":                        {int64(1), int64(4)},
	"bounds.database.maxConnections":             {int64(20), int64(30), int64(100)},
	"bounds.hostnameSuffixes":                    {list{"example.com"}, list{"elsewhere.example"}},
	"bounds.allowedRegistries":                   {list{"forecourt.test"}, list{"registry.example", "forecourt.test"}},
	"bounds.auth.minPasswordLength":              {int64(8), int64(15), int64(17)},
	"bounds.auth.secondFactor":                   {"Off", "AdminsOnly", "Required"},
	"bounds.auth.allowedIssuers":                 {list{"https://127.0.0.1:9"}, list{"https://127.0.0.1:9/realms/staff"}},
	"bounds.auth.maxSessionHours":                {int64(10), int64(24)},
	"bounds.auth.maxIdleMinutes":                 {int64(15), int64(60)},
	"bounds.inactivity.maxMonths":                {int64(4), int64(12)},
	"bounds.inactivity.minWarnings":              {int64(1), int64(3)},
	"bounds.inactivity.maxDisabledPercentPerRun": {int64(3), int64(10)},
	"bounds.inactivity.maxExemptionDays":         {int64(90), int64(180)},
	"allowedNamespaces.from":                     {"All"},
	"allowedNamespaces.selector":                 {fields{"matchLabels": fields{"nobody": "has-it"}}, fields{"matchExpressions": list{fields{"key": "nobody", "operator": "DoesNotExist"}}}},
}

// settableOfTenants are values of tenants, by path below spec.
var settableOfTenants = map[string]list{
	"portalRef.name": {"b"}, "portalRef.namespace": {"default"}, "dealerCode": {"OTHER-1"}, // immutable
	"displayName":                {"Other", "Another"},
	"brands":                     {list{"aurora"}, list{"borealis"}, list{"unknown"}},
	"phone":                      {"+18005550100"},
	"hours":                      {"Mon-Sat"},
	"state":                      {"Active", "Suspended", "Offboarding"},
	"invitations.secretRef.name": {"first", "second"},
	"seats":                      {int64(10), int64(20)},
	"inactivity.months":          {int64(1), int64(60)},
	"auth.secondFactor":          {"Off", "Optional", "Required"},
	"departments":                {list{fields{"name": "Service", "mail": "service@mail.example"}}, list{fields{"name": "Parts", "phone": "+18005550101"}}},
	"certification.documents":    {list{fields{"name": "Franchise agreement", "validUntil": "2031-12-31"}}, list{fields{"name": "Insurance", "reference": "1"}}},
	"deletionPolicy":             {"Retain", "Delete"},
	"location.street":            {"Main Street"}, "location.city": {"Springfield"}, "location.region": {"IL"},
	"location.postalCode": {"60601"}, "location.country": {"US"}, "location.latitude": {"41.8"}, "location.longitude": {"-87.6"},
}

// together are fields that the API wants to be set or unset at the same time, and the value to set beside.
var together = map[string]fields{
	"image":                        {"imageVersion": "1.0.9"},
	"imageVersion":                 {"image": "forecourt.test/portal:1.0.9"},
	"scaling.boost.minReplicas":    {"scaling.boost.until": "2099-01-01T00:00:00Z", "scaling.boost.reason": "Launch"},
	"scaling.boost.until":          {"scaling.boost.minReplicas": int64(3), "scaling.boost.reason": "Launch"},
	"scaling.boost.reason":         {"scaling.boost.until": "2099-01-01T00:00:00Z", "scaling.boost.minReplicas": int64(3)},
	"exposure.tls.issuerRef.kind":  {"exposure.tls.issuerRef.name": "internal"},
	"exposure.tls.issuerRef.group": {"exposure.tls.issuerRef.name": "internal"},

	"auth.recovery.channels":                {"notify.sms.webhookSecretRef.name": "sms"},
	"auth.sso.issuerURL":                    ssoBeside("auth.sso.issuerURL"),
	"auth.sso.clientID":                     ssoBeside("auth.sso.clientID"),
	"auth.sso.clientSecretRef.name":         ssoBeside("auth.sso.clientSecretRef.name"),
	"auth.sso.clientSecretRef.key":          ssoBeside("auth.sso.clientSecretRef.key"),
	"auth.sso.serviceDeskGroups":            ssoBeside("auth.sso.serviceDeskGroups"),
	"auth.sso.previousClientSecretRef.name": {"auth.sso.previousClientSecretRef.key": "previous"},
	"auth.sso.previousClientSecretRef.key":  {"auth.sso.previousClientSecretRef.name": "login"},
	"branding.logoConfigMapRef.name":        {"branding.logoConfigMapRef.key": "logo.svg"},
	"branding.logoConfigMapRef.key":         {"branding.logoConfigMapRef.name": "logo"},

	"suspend.reason":             {"suspend.until": "2025-06-01T00:00:00Z"},
	"suspend.until":              {"suspend.reason": "Incident"},
	"location.latitude":          {"location.longitude": "-87.6"},
	"location.longitude":         {"location.latitude": "41.8"},
	"tenants.allowFrom.selector": {"tenants.allowFrom.from": "Selector"},
	"allowedNamespaces.selector": {"allowedNamespaces.from": "Selector"},
	"network.ingressFrom":        {"network.mode": "Strict"},
	"network.egress":             {"network.mode": "Strict"},
}

// ssoBeside is what single sign-on needs besides one of its values.
func ssoBeside(path string) fields {
	beside := fields{
		"auth.sso.issuerURL": "https://127.0.0.1:9", "auth.sso.clientID": "portals", "auth.sso.serviceDeskGroups": list{"desk"},
		"auth.sso.clientSecretRef.name": "login", "auth.sso.clientSecretRef.key": "current",
	}
	delete(beside, path)
	return beside
}

// mutation sets one path of an object to a value; nil unsets it.
type mutation struct {
	kind, name string
	path       []string
	value      any
}

func (m mutation) String() string {
	return fmt.Sprintf("%s %s: spec.%s = %v", m.kind, m.name, strings.Join(m.path, "."), m.value)
}

// id names the path, whatever the object.
func (m mutation) id() string { return m.kind + " " + strings.Join(m.path, ".") }

// apply changes a spec; what becomes empty goes, too.
func (m mutation) apply(spec fields) {
	setField(spec, m.path, m.value)
	path := strings.Join(m.path, ".")
	bare := strings.TrimPrefix(path, "defaults.")
	for other, beside := range together[bare] {
		at := strings.Split(strings.TrimSuffix(path, bare)+other, ".")
		_, found, _ := unstructured.NestedFieldNoCopy(spec, at...)
		switch {
		case m.value == nil:
			setField(spec, at, nil)
		case !found || strings.HasSuffix(other, ".from") || strings.HasSuffix(other, ".mode"):
			setField(spec, at, beside)
		}
	}
}

func setField(spec fields, path []string, value any) {
	if value != nil {
		_ = unstructured.SetNestedField(spec, runtime.DeepCopyJSONValue(value), path...)
		return
	}
	unstructured.RemoveNestedField(spec, path...)
	for end := len(path) - 1; end > 0; end-- {
		if parent, found, _ := unstructured.NestedMap(spec, path[:end]...); found && len(parent) == 0 {
			unstructured.RemoveNestedField(spec, path[:end]...)
		}
	}
}

// mutationsOf lists for every field of a spec the values that it may be given.
func mutationsOf(kind, name string, spec any, values map[string]list, prefix ...string) []mutation {
	var all []mutation
	for path, zero := range leavesOf(reflect.TypeOf(spec), "") {
		given, known := values[path]
		if !known {
			given = byType(zero)
		}
		for _, value := range append(slices.Clone(given), nil) {
			all = append(all, mutation{kind: kind, name: name, path: append(slices.Clone(prefix), strings.Split(path, ".")...), value: value})
		}
	}
	slices.SortFunc(all, func(a, b mutation) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// byType are values of fields that no table knows.
func byType(field reflect.Type) list {
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	switch field.Kind() { //nolint:exhaustive // the others are too various to be guessed
	case reflect.Bool:
		return list{true, false}
	case reflect.Int32, reflect.Int64:
		return list{int64(1), int64(2), int64(20)}
	case reflect.String:
		return list{"x", "y"}
	}
	return nil
}

// leavesOf are the paths of the values of a struct of the API.
func leavesOf(t reflect.Type, prefix string) map[string]reflect.Type {
	found := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		path := strings.TrimPrefix(prefix+"."+name, ".")
		if name == "" {
			path = prefix
		}
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		whole := []reflect.Type{reflect.TypeFor[resource.Quantity](), reflect.TypeFor[metav1.LabelSelector](), reflect.TypeFor[metav1.Time]()}
		if inner.Kind() == reflect.Struct && !slices.Contains(whole, inner) {
			maps.Copy(found, leavesOf(inner, path))
			continue
		}
		found[path] = field.Type
	}
	return found
}

// everyMutation lists all mutations of the scene's objects.
func everyMutation(classA, classB string) []mutation {
	var all []mutation
	for _, class := range []string{classA, classB} {
		all = append(all, mutationsOf("PortalClass", class, v1alpha1.PortalSettings{}, settable, "defaults")...)
		for _, m := range mutationsOf("PortalClass", class, v1alpha1.PortalClassSpec{}, settableOfClasses) {
			if m.path[0] != "defaults" {
				all = append(all, m)
			}
		}
	}
	for _, portal := range []string{"a", "b", "c"} {
		all = append(all, mutationsOf("RegionalPortal", portal, v1alpha1.RegionalPortalSpec{}, settable)...)
		for _, class := range []string{classA, classB, "missing"} {
			all = append(all, mutation{"RegionalPortal", portal, []string{"className"}, class})
		}
	}
	for _, tenant := range []string{"a-00001", "a-00002", "c-00003"} {
		all = append(all, mutationsOf("DealerTenant", tenant, v1alpha1.DealerTenantSpec{}, settableOfTenants)...)
	}
	return all
}
