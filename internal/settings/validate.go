// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// ValidateClass checks what a class says on its own: its values, and that its release and defaults respect its bounds. The
// error is a *Faults.
func ValidateClass(class *v1alpha1.PortalClass) error {
	says := classLayer(class)
	// Replicas beyond one are for portals with a PostgreSQL database.
	scalable := &spec{Database: &v1alpha1.DatabaseSpec{PostgreSQL: &v1alpha1.PostgreSQLDatabase{}}}
	m := merge(builtinLayer(says.spec, scalable, ""), says)
	check := &checker{merged: m, prefix: "spec.defaults."}
	check.settings()
	check.ownScaling(says.spec, false)
	if boost(says.spec) != nil {
		check.fault("scaling.boost", number(valueOr(boost(says.spec).MinReplicas, 0)), "a boost belongs to a portal",
			"remove it, or raise replicas for all portals")
	}
	check.bounds(class)
	check.passwords()
	check.prefix = "spec."
	check.selector("allowedNamespaces.selector", allowedSelector(class))
	return check.faults.err()
}

// bounds checks what the class says itself against its bounds, in Audit mode too: Audit is for others.
func (c *checker) bounds(class *v1alpha1.PortalClass) {
	for _, crossing := range c.bound(class) {
		if crossing.Source != v1alpha1.SourceClass {
			continue
		}
		path, value, reckoning := crossing.Path, Text(crossing.Wanted), ""
		if crossing.Bound == boundConnections {
			most, why := c.mostPods(class.Spec.Bounds.Replicas)
			path, value, reckoning = why, number(most), fmt.Sprintf("maxConnections is %s %s and ", Text(crossing.Wanted), crossing.Reckoning)
		}
		c.faults.add(c.place(path), value, fmt.Sprintf("%sthe class's own spec.%s is %s", reckoning, crossing.Bound, Text(crossing.Limit)),
			"change one of them")
	}
}

// checker finds values that the API's schema cannot judge and that a child object or the portal would refuse.
type checker struct {
	*merged
	// class names the class that defaults come from; prefix is where the settings stand in the object.
	class, prefix string
	faults        Faults
}

// fault notes a value of the settings; where it came from the class, the problem says so.
func (c *checker) fault(path, value, problem, cure string) {
	if c.class != "" && c.originOf(path) == v1alpha1.SourceClass {
		problem += " (a default of PortalClass " + c.class + ")"
	}
	c.faults.add(c.place(path), value, problem, cure)
}

// place is where a value stands in the object that is checked.
func (c *checker) place(path string) string {
	switch {
	case c.prefix == "":
		return "spec." + path
	case path == "image":
		return "spec.release.image"
	default:
		return c.prefix + path
	}
}

// originOf answers the source of the value at a path or of the list or map that holds it.
func (m *merged) originOf(path string) v1alpha1.ValueSource {
	for {
		if from, found := m.origin[path]; found {
			return from
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return v1alpha1.SourceBuiltIn
		}
		path = path[:cut]
	}
}

// portal checks what only a portal has.
func (c *checker) portal(spec *v1alpha1.RegionalPortalSpec) {
	if embedded(spec) && spec.Replicas != nil && *spec.Replicas > 1 {
		c.fault("replicas", strconv.Itoa(int(*c.Replicas)), "an Embedded database allows one pod",
			"set 0 or 1, or use database.type PostgreSQL")
	}
	c.ownScaling(spec, embedded(spec))
	c.timeZone(spec.TimeZone)
	c.locales(spec.Locales)
	c.hosts(spec)
	c.exposure()
	c.signIn()
	c.content(spec)
	if database := spec.Database; database != nil {
		c.database(database)
	}
	if tenants := spec.Tenants; tenants != nil && tenants.AllowFrom != nil {
		c.selector("tenants.allowFrom.selector", tenants.AllowFrom.Selector)
	}
}

func (c *checker) timeZone(name string) {
	_, err := time.LoadLocation(name)
	foreign := name == "Local" || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/")
	if err != nil || foreign {
		c.fault("timeZone", name, "unknown time zone", "use an IANA name such as America/Chicago, in its exact spelling")
	}
}

func (c *checker) locales(tags []string) {
	seen := map[language.Tag]bool{}
	for i, text := range tags {
		path := fmt.Sprintf("locales[%d]", i)
		tag, err := language.Parse(text)
		switch {
		case err != nil:
			c.fault(path, text, "not a known language", "use a BCP 47 tag such as en-US or fr-CA")
		case seen[tag]:
			c.fault(path, text, "the same language twice", "remove one of them")
		}
		seen[tag] = true
	}
}

// hosts checks hostname and aliases, which a route and a certificate cover together.
func (c *checker) hosts(spec *v1alpha1.RegionalPortalSpec) {
	c.host("hostname", spec.Hostname)
	seen := map[string]bool{HostName(spec.Hostname): true}
	for i, alias := range spec.Aliases {
		path := fmt.Sprintf("aliases[%d]", i)
		c.host(path, alias)
		if seen[HostName(alias)] {
			c.fault(path, alias, "the same host twice", "remove one of them")
		}
		seen[HostName(alias)] = true
		if localhost.MatchString(alias) != localhost.MatchString(spec.Hostname) {
			c.fault(path, alias, "below .localhost only when hostname is, too", "use a host of the same kind as hostname")
		}
	}
}

func (c *checker) host(path, host string) {
	name, port, found := strings.Cut(host, ":")
	if number, err := strconv.Atoi(port); found && (err != nil || number < 1 || number > 65535) {
		c.fault(path, host, "no such port", "use a port from 1 to 65535")
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		c.fault(path, host, "not a host name", "use lower-case labels of letters, digits and - with dots between")
	}
}

func (c *checker) database(spec *v1alpha1.DatabaseSpec) {
	if embedded := spec.Embedded; embedded != nil {
		c.atLeast("database.embedded.size", embedded.Size, minSize)
		c.objectName("database.embedded.storageClassName", embedded.StorageClassName)
	}
	if postgresql := spec.PostgreSQL; postgresql != nil {
		c.objectName("database.postgresql.secretRef.name", postgresql.SecretRef.Name)
		key := postgresql.SecretRef.Key
		if problems := validation.IsConfigMapKey(key); len(problems) > 0 {
			c.fault("database.postgresql.secretRef.key", key, "not a key of a Secret", "use letters, digits, -, _ and .")
		}
	}
}

// settings checks what class and portal share.
func (c *checker) settings() {
	if _, readable := parseImage(c.Image); !readable {
		c.fault("image", c.Image, "not the name of an image",
			"use a name such as registry.example/portal:1.4.0 or registry.example/portal@sha256: with 64 hexadecimal digits")
	}
	if _, err := ParseSchedule(c.Inactivity.Schedule); err != nil {
		c.fault("inactivity.schedule", c.Inactivity.Schedule, err.Error(),
			"use five cron fields that fire, such as \"17 5 * * *\" for 05:17 every day")
	}
	c.scaling()
	c.resources()
	c.workloadNames()
	c.network()
	c.exposureNames()
	c.signInNames()
	if c.logo() != nil {
		c.objectName("branding.logoConfigMapRef.name", c.logo().Name)
	}
	if c.Notify != nil {
		c.mailServer(&c.Notify.Mail)
	}
}

// Least amounts that a portal can start with.
var (
	minMemory = resource.MustParse("64Mi")
	minCPU    = resource.MustParse("1m")
	minSize   = resource.MustParse("16Mi")
)

func (c *checker) resources() {
	requests, limits := c.Workload.Resources.Requests, c.Workload.Resources.Limits
	const path = "workload.resources."
	c.atLeast(path+"requests.cpu", requests.CPU, minCPU)
	c.atLeast(path+"requests.memory", requests.Memory, minMemory)
	c.atLeast(path+"limits.cpu", limits.CPU, minCPU)
	c.atLeast(path+"limits.memory", limits.Memory, minMemory)
	c.ordered("cpu", requests.CPU, limits.CPU)
	c.ordered("memory", requests.Memory, limits.Memory)
}

func (c *checker) atLeast(path string, amount *resource.Quantity, least resource.Quantity) {
	if amount != nil && amount.Cmp(least) < 0 {
		c.fault(path, amount.String(), "too little", "use at least "+least.String())
	}
}

// ordered checks that a request fits its limit and names the field that is easier to mend: the one that was set.
func (c *checker) ordered(name string, request, limit *resource.Quantity) {
	if request == nil || limit == nil || request.Cmp(*limit) <= 0 {
		return
	}
	requests, limits := "workload.resources.requests."+name, "workload.resources.limits."+name
	if above(c.originOf(limits), c.originOf(requests)) {
		c.fault(limits, limit.String(), "less than the request of "+request.String(), "raise it, or lower requests."+name)
		return
	}
	c.fault(requests, request.String(), "more than the limit of "+limit.String(), "lower it, or raise limits."+name)
}

// above says whether a source overrides another.
func above(a, b v1alpha1.ValueSource) bool {
	order := []v1alpha1.ValueSource{v1alpha1.SourceBuiltIn, v1alpha1.SourceClass, v1alpha1.SourcePortal, v1alpha1.SourceTenant}
	return slices.Index(order, a) > slices.Index(order, b)
}

func (c *checker) workloadNames() {
	for i, secret := range c.Workload.ImagePullSecrets {
		c.objectName(fmt.Sprintf("workload.imagePullSecrets[%d].name", i), secret.Name)
	}
	c.objectName("workload.priorityClassName", c.Workload.PriorityClassName)
	for _, key := range sortedKeys(c.Workload.NodeSelector) {
		path := fmt.Sprintf("workload.nodeSelector[%s]", key)
		c.label(path, key, c.Workload.NodeSelector[key])
	}
	for i, toleration := range c.Workload.Tolerations {
		if toleration.Key != "" {
			c.label(fmt.Sprintf("workload.tolerations[%d]", i), toleration.Key, toleration.Value)
		}
	}
}

func (c *checker) label(path, key, value string) {
	if problems := validation.IsQualifiedName(key); len(problems) > 0 {
		c.fault(path, key, "not a label key", "use a key such as topology.kubernetes.io/zone")
	}
	if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
		c.fault(path, value, "not a label value", "use at most 63 letters, digits, -, _ and .")
	}
}

// objectName checks the name of another object; empty means that there is none.
func (c *checker) objectName(path, name string) {
	if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
		c.fault(path, name, "not a name of an object", "use lower-case letters, digits, - and single dots")
	}
}

func (c *checker) network() {
	if c.Network.Mode != v1alpha1.NetworkStrict {
		return
	}
	for i, peer := range c.Network.IngressFrom {
		path := fmt.Sprintf("network.ingressFrom[%d].", i)
		c.selector(path+"namespaceSelector", peer.NamespaceSelector)
		c.selector(path+"podSelector", peer.PodSelector)
	}
	for i, egress := range c.Network.Egress {
		path := fmt.Sprintf("network.egress[%d].", i)
		c.selector(path+"namespaceSelector", egress.NamespaceSelector)
		if egress.CIDR != "" {
			c.cidr(path+"cidr", egress.CIDR)
		}
	}
}

func (c *checker) cidr(path, text string) {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		c.fault(path, text, "not an address range", "use a range such as 10.1.2.0/24 or 2001:db8::/32")
	case prefix.Masked() != prefix:
		c.fault(path, text, "an address within a range, not the range", "use "+prefix.Masked().String())
	}
}

func (c *checker) selector(path string, selector *metav1.LabelSelector) {
	if selector == nil {
		return
	}
	if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
		c.fault(path, metav1.FormatLabelSelector(selector), "not a label selector: "+err.Error(),
			"use valid keys and values, with values for In and NotIn and none for Exists and DoesNotExist")
	}
}

// mailServer repeats a rule of the schema, which sees class and portal apart.
func (c *checker) mailServer(mail *v1alpha1.MailSettings) {
	if mail.SecretRef == nil {
		return
	}
	c.objectName("notify.mail.secretRef.name", mail.SecretRef.Name)
	if tls := or(mail.TLS, v1alpha1.MailTLSRequired); tls != v1alpha1.MailTLSRequired {
		c.fault("notify.mail.tls", string(tls), "credentials are only sent over verified TLS",
			"set tls to Required, or remove secretRef")
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
