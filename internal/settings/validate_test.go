// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

func quantity(text string) *resource.Quantity {
	return new(resource.MustParse(text))
}

func resources(requests, limits v1alpha1.ResourceAmounts) *v1alpha1.WorkloadSettings {
	return &v1alpha1.WorkloadSettings{Resources: &v1alpha1.ResourceSettings{Requests: &requests, Limits: &limits}}
}

func schedule(text string) *v1alpha1.InactivitySettings {
	return &v1alpha1.InactivitySettings{Schedule: text}
}

func badSelector() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "In"}}}
}

// invalid are portals that the schema admits and that cannot work; each names its field, value and cure.
var invalid = map[string]struct {
	change func(*v1alpha1.RegionalPortalSpec)
	want   string
}{
	"a time zone that does not exist": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.TimeZone = "America/Springfield" },
		want:   `spec.timeZone: "America/Springfield": unknown time zone; use an IANA name`,
	},
	"the time zone of the machine": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.TimeZone = "Local" }, want: `spec.timeZone: "Local"`,
	},
	"a time zone that only some machines have": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.TimeZone = "right/Asia/Tokyo" }, want: `spec.timeZone: "right/Asia/Tokyo"`,
	},
	"a schedule with a wrong field": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Inactivity = schedule("61 5 * * *") },
		want:   `spec.inactivity.schedule: "61 5 * * *": not a schedule of five cron fields`,
	},
	"a schedule that never fires": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Inactivity = schedule("17 5 30 2 *") },
		want:   `spec.inactivity.schedule: "17 5 30 2 *": this date never comes`,
	},
	"a schedule with a time zone of its own": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Inactivity = schedule("TZ=UTC 5 * * * *") },
		want:   `the time zone belongs into spec.timeZone`,
	},
	"two pods on an Embedded database": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Replicas = new(int32(2)) },
		want:   `spec.replicas: "2": an Embedded database allows one pod; set 0 or 1, or use database.type PostgreSQL`,
	},
	"a request above the limit": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = resources(v1alpha1.ResourceAmounts{CPU: quantity("2")}, v1alpha1.ResourceAmounts{CPU: quantity("1")})
		},
		want: `spec.workload.resources.requests.cpu: "2": more than the limit of 1; lower it, or raise limits.cpu`,
	},
	"a request above the built-in limit": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{Resources: &v1alpha1.ResourceSettings{
				Requests: &v1alpha1.ResourceAmounts{Memory: quantity("1Gi")},
			}}
		},
		want: `spec.workload.resources.requests.memory: "1Gi": more than the limit of 512Mi`,
	},
	"a limit below the built-in request": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{Resources: &v1alpha1.ResourceSettings{
				Limits: &v1alpha1.ResourceAmounts{Memory: quantity("100Mi")},
			}}
		},
		want: `spec.workload.resources.limits.memory: "100Mi": less than the request of 128Mi; raise it, or lower requests.memory`,
	},
	"memory in thousandths of a byte": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = resources(v1alpha1.ResourceAmounts{Memory: quantity("256m")}, v1alpha1.ResourceAmounts{})
		},
		want: `spec.workload.resources.requests.memory: "256m": too little; use at least 64Mi`,
	},
	"negative CPU": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = resources(v1alpha1.ResourceAmounts{CPU: quantity("-1")}, v1alpha1.ResourceAmounts{})
		},
		want: `spec.workload.resources.requests.cpu: "-1": too little`,
	},
	"a locale that is no language": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Locales = []string{"en-US", "qx-12345678"} },
		want:   `spec.locales[1]: "qx-12345678": not a known language`,
	},
	"the same locale in two spellings": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Locales = []string{"en-US", "EN-us"} },
		want:   `spec.locales[1]: "EN-us": the same language twice; remove one of them`,
	},
	"a port that does not exist": {
		change: func(s *v1alpha1.RegionalPortalSpec) { s.Hostname = "a.localhost:70000" },
		want:   `spec.hostname: "a.localhost:70000": no such port`,
	},
	"a selector without values": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: badSelector()}}
		},
		want: `spec.tenants.allowFrom.selector`,
	},
	"a network peer with a bad selector": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict, IngressFrom: []v1alpha1.NetworkPeer{{PodSelector: badSelector()}}}
		},
		want: `spec.network.ingressFrom[0].podSelector`,
	},
	"an address in place of a range": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict, Egress: []v1alpha1.NetworkEgress{{CIDR: "10.1.2.3/24"}}}
		},
		want: `spec.network.egress[0].cidr: "10.1.2.3/24": an address within a range, not the range; use 10.1.2.0/24`,
	},
	"a node label that is none": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{NodeSelector: map[string]string{"a b": "c"}}
		},
		want: `spec.workload.nodeSelector[a b]: "a b": not a label key`,
	},
	"a node label's value that is none": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{NodeSelector: map[string]string{"zone": "c d"}}
		},
		want: `spec.workload.nodeSelector[zone]: "c d": not a label value`,
	},
	"a taint that is none": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{Tolerations: []v1alpha1.Toleration{{Key: "-"}}}
		},
		want: `spec.workload.tolerations[0]: "-": not a label key`,
	},
	"a priority class in capitals": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{PriorityClassName: "High"}
		},
		want: `spec.workload.priorityClassName: "High": not a name of an object`,
	},
	"a secret with two dots in a row": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Workload = &v1alpha1.WorkloadSettings{ImagePullSecrets: []v1alpha1.SecretNameRef{{Name: "a..b"}}}
		},
		want: `spec.workload.imagePullSecrets[0].name: "a..b": not a name of an object`,
	},
	"a volume that is too small": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Database = &v1alpha1.DatabaseSpec{Embedded: &v1alpha1.EmbeddedDatabase{Size: quantity("10")}}
		},
		want: `spec.database.embedded.size: "10": too little; use at least 16Mi`,
	},
	"a storage class in capitals": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Database = &v1alpha1.DatabaseSpec{Embedded: &v1alpha1.EmbeddedDatabase{StorageClassName: "Fast"}}
		},
		want: `spec.database.embedded.storageClassName: "Fast"`,
	},
	"a database key that is a path": {
		change: func(s *v1alpha1.RegionalPortalSpec) {
			s.Database = &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
				SecretRef: v1alpha1.SecretKeyRef{Name: "db", Key: ".."},
			}}
		},
		want: `spec.database.postgresql.secretRef.key: "..": not a key of a Secret`,
	},
}

func TestInvalidPortals(t *testing.T) {
	for name, test := range invalid {
		t.Run(name, func(t *testing.T) {
			portal := smallPortal(t)
			test.change(&portal.Spec)
			effective, err := settings.Resolve(smallClass(t), portal)
			var faults *settings.Faults
			if !errors.As(err, &faults) || effective != nil {
				t.Fatalf("Resolve gave %v, %v; want faults only", effective, err)
			}
			if len(faults.List) != 1 || !strings.Contains(faults.List[0].String(), test.want) {
				t.Errorf("faults are %v; want one with %q", err, test.want)
			}
			if fault := faults.List[0]; fault.Problem == "" || fault.Cure == "" {
				t.Errorf("a fault without problem or cure: %+v", fault)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	portal := smallPortal(t)
	portal.Spec.TimeZone, portal.Spec.Inactivity, portal.Spec.Replicas = "Mars/Base", schedule("x x x x x"), new(int32(9))
	_, err := settings.Resolve(smallClass(t), portal)
	var faults *settings.Faults
	if !errors.As(err, &faults) || len(faults.List) != 3 {
		t.Errorf("want three faults, got: %v", err)
	}
}

// TestClassMeetsPortal checks what is only wrong when class and portal come together, and that the text names the class.
func TestClassMeetsPortal(t *testing.T) {
	for name, test := range map[string]struct {
		class  func(*v1alpha1.PortalSettings)
		portal func(*v1alpha1.RegionalPortalSpec)
		want   string
	}{
		"credentials of the class over the portal's plain connection": {
			class: func(d *v1alpha1.PortalSettings) {
				d.Notify = &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{
					Host: "a", From: "a@b", SecretRef: &v1alpha1.SecretNameRef{Name: "mail"},
				}}
			},
			portal: func(s *v1alpha1.RegionalPortalSpec) {
				s.Notify = &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{Host: "b", From: "a@b", TLS: v1alpha1.MailTLSNone}}
			},
			want: `spec.notify.mail.tls: "None": credentials are only sent over verified TLS`,
		},
		"a limit of the class below the portal's request": {
			class: func(d *v1alpha1.PortalSettings) {
				d.Workload = resources(v1alpha1.ResourceAmounts{}, v1alpha1.ResourceAmounts{Memory: quantity("256Mi")})
			},
			portal: func(s *v1alpha1.RegionalPortalSpec) {
				s.Workload = resources(v1alpha1.ResourceAmounts{Memory: quantity("1Gi")}, v1alpha1.ResourceAmounts{})
			},
			want: `spec.workload.resources.requests.memory: "1Gi": more than the limit of 256Mi`,
		},
		"a broken schedule of the class": {
			class: func(d *v1alpha1.PortalSettings) { d.Inactivity = schedule("0 0 31 2 *") },
			want:  `(a default of PortalClass standard)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			class, portal := smallClass(t), smallPortal(t)
			class.Spec.Defaults = &v1alpha1.PortalSettings{}
			test.class(class.Spec.Defaults)
			if test.portal != nil {
				test.portal(&portal.Spec)
			}
			_, err := settings.Resolve(class, portal)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Resolve says %v, want %q", err, test.want)
			}
		})
	}
}

func TestStrictListsWaitForStrict(t *testing.T) {
	class, portal := smallClass(t), smallPortal(t)
	class.Spec.Defaults = &v1alpha1.PortalSettings{Network: &v1alpha1.NetworkSettings{
		Mode: v1alpha1.NetworkStrict, Egress: []v1alpha1.NetworkEgress{{CIDR: "10.0.0.0/8"}},
	}}
	portal.Spec.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkOpen}
	if got := resolve(t, class, portal).Network.Mode; got != v1alpha1.NetworkOpen {
		t.Errorf("the portal's mode lost to the class's: %s", got)
	}
}

func TestValidateClass(t *testing.T) {
	for name, test := range map[string]struct {
		defaults *v1alpha1.PortalSettings
		want     string
	}{
		"a class without defaults":                                  {},
		"a class with good ones":                                    {defaults: fullClass(t).Spec.Defaults},
		"a class with many pods, which Embedded portals cut to one": {defaults: &v1alpha1.PortalSettings{Replicas: new(int32(5))}},
		"a schedule that never fires": {
			defaults: &v1alpha1.PortalSettings{Inactivity: schedule("0 0 31 4 *")},
			want:     `spec.defaults.inactivity.schedule: "0 0 31 4 *": this date never comes`,
		},
		"a request above the limit": {
			defaults: &v1alpha1.PortalSettings{
				Workload: resources(v1alpha1.ResourceAmounts{CPU: quantity("2")}, v1alpha1.ResourceAmounts{CPU: quantity("1")}),
			},
			want: `spec.defaults.workload.resources.requests.cpu: "2": more than the limit of 1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			class := smallClass(t)
			class.Spec.Defaults = test.defaults
			err := settings.ValidateClass(class)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("ValidateClass says %v, want %q", err, test.want)
			}
		})
	}
}
