// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"fmt"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// rules are objects that break a rule over several fields; the message is the rule's. With was, the object exists like that
// and the change is what is refused.
var rules = map[string]struct {
	of      string // a key of valid
	was     string // merge patch before the object is created
	change  string // merge patch that breaks the rule
	message string
}{
	"a portal name that is no Service name":           {of: "portal", change: `{"metadata":{"name":"1-dealers"}}`, message: "metadata.name must start with a letter"},
	"a portal name with a dot":                        {of: "portal", change: `{"metadata":{"name":"us.dealers"}}`, message: "metadata.name must start with a letter"},
	"an image without its version":                    {of: "portal", change: `{"spec":{"imageVersion":null}}`, message: "image and imageVersion go together"},
	"a version without its image":                     {of: "portal", change: `{"spec":{"image":null}}`, message: "image and imageVersion go together"},
	"two replicas on an embedded database":            {of: "embedded", change: `{"spec":{"replicas":2}}`, message: "replicas must be at most 1 with an Embedded database"},
	"two replicas and no word on the database":        {of: "portal", change: `{"spec":{"database":null,"replicas":2}}`, message: "replicas must be at most 1 with an Embedded database"},
	"PostgreSQL without saying where":                 {of: "portal", change: `{"spec":{"database":{"postgresql":null}}}`, message: "postgresql is needed with type: PostgreSQL"},
	"a PostgreSQL server for an embedded database":    {of: "embedded", change: `{"spec":{"database":{"embedded":null,"postgresql":{"secretRef":{"name":"a","key":"b"}}}}}`, message: "postgresql is needed with type: PostgreSQL"},
	"a volume for PostgreSQL":                         {of: "portal", change: `{"spec":{"database":{"embedded":{"size":"1Gi"}}}}`, message: "embedded only works with type: Embedded"},
	"a volume of nothing":                             {of: "embedded", change: `{"spec":{"database":{"embedded":{"size":"0"}}}}`, message: "size must be greater than 0"},
	"a volume of less than nothing":                   {of: "embedded", change: `{"spec":{"database":{"embedded":{"size":"-1Gi"}}}}`, message: "size must be greater than 0"},
	"a port on a public host":                         {of: "portal", change: `{"spec":{"hostname":"dealers.us.example:8080"}}`, message: "hostname may carry a port only below .localhost"},
	"network peers in an open network":                {of: "portal", change: `{"spec":{"network":{"mode":"Open"}}}`, message: "ingressFrom and egress only work with mode: Strict"},
	"network peers without a mode":                    {of: "portal", change: `{"spec":{"network":{"mode":null}}}`, message: "ingressFrom and egress only work with mode: Strict"},
	"a destination that is range and pods":            {of: "portal", change: `{"spec":{"network":{"egress":[{"cidr":"10.0.0.0/8","namespaceSelector":{}}]}}}`, message: "set exactly one of cidr and namespaceSelector"},
	"a destination that is nothing":                   {of: "portal", change: `{"spec":{"network":{"egress":[{"ports":[443]}]}}}`, message: "set exactly one of cidr and namespaceSelector"},
	"a destination that is an address":                {of: "portal", change: `{"spec":{"network":{"egress":[{"cidr":"10.0.0.1"}]}}}`, message: "cidr must be an address range"},
	"mail credentials without TLS":                    {of: "portal", change: `{"spec":{"notify":{"mail":{"tls":"None"}}}}`, message: "credentials are only sent over verified TLS"},
	"mail credentials with TLS at the server's leave": {of: "portal", change: `{"spec":{"notify":{"mail":{"tls":"Opportunistic"}}}}`, message: "credentials are only sent over verified TLS"},
	"a selector that is not asked for":                {of: "portal", change: `{"spec":{"tenants":{"allowFrom":{"from":"All"}}}}`, message: "selector is needed with from: Selector"},
	"a selector that is missing":                      {of: "portal", change: `{"spec":{"tenants":{"allowFrom":{"selector":null}}}}`, message: "selector is needed with from: Selector"},
	"a toleration of existence with a value":          {of: "portal", change: `{"spec":{"workload":{"tolerations":[{"key":"a","operator":"Exists","value":"b"}]}}}`, message: "value must be empty when operator is Exists"},
	"a toleration of nothing in particular":           {of: "portal", change: `{"spec":{"workload":{"tolerations":[{"operator":"Equal","value":"b"}]}}}`, message: "key may only be left out with operator Exists"},
	"a class with network peers in an open network":   {of: "defaults", change: `{"spec":{"defaults":{"network":{"mode":"Open"}}}}`, message: "ingressFrom and egress only work with mode: Strict"},
	"a class with a destination that is nothing":      {of: "defaults", change: `{"spec":{"defaults":{"network":{"egress":[{"ports":[443]}]}}}}`, message: "set exactly one of cidr and namespaceSelector"},
	"a class with a destination that is an address":   {of: "defaults", change: `{"spec":{"defaults":{"network":{"egress":[{"cidr":"all"}]}}}}`, message: "cidr must be an address range"},
	"a class with mail credentials without TLS":       {of: "defaults", change: `{"spec":{"defaults":{"notify":{"mail":{"tls":"None"}}}}}`, message: "credentials are only sent over verified TLS"},
	"a class with a toleration with too much":         {of: "defaults", change: `{"spec":{"defaults":{"workload":{"tolerations":[{"operator":"Exists","value":"b"}]}}}}`, message: "value must be empty when operator is Exists"},
	"a class with a toleration with too little":       {of: "defaults", change: `{"spec":{"defaults":{"workload":{"tolerations":[{"effect":"NoSchedule"}]}}}}`, message: "key may only be left out with operator Exists"},
	"a place with a latitude only":                    {of: "tenant", change: `{"spec":{"location":{"longitude":null}}}`, message: "latitude and longitude go together"},
	"a place with a longitude only":                   {of: "tenant", change: `{"spec":{"location":{"latitude":null}}}`, message: "latitude and longitude go together"},
	"another market":                                  {of: "portal", was: `{}`, change: `{"spec":{"market":"CA"}}`, message: "market is immutable"},
	"another kind of database":                        {of: "portal", was: `{"spec":{"replicas":1}}`, change: `{"spec":{"database":{"type":"Embedded","postgresql":null}}}`, message: "database.type is immutable"},
	"the same by leaving the database out":            {of: "portal", was: `{"spec":{"replicas":1}}`, change: `{"spec":{"database":null}}`, message: "database.type is immutable"},
	"a smaller volume":                                {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":"1Gi"}}}}`, message: "size only grows"},
	"a volume whose size is left out":                 {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":null}}}}`, message: "database.embedded.size only grows"},
	"another storage class":                           {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"storageClassName":"slow"}}}}`, message: "storageClassName is immutable"},
	"a storage class that is left out":                {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"storageClassName":null}}}}`, message: "storageClassName is immutable"},
	"another dealer code":                             {of: "tenant", was: `{}`, change: `{"spec":{"dealerCode":"CHI-0043"}}`, message: "dealerCode is immutable"},
	"another portal for a tenant":                     {of: "tenant", was: `{}`, change: `{"spec":{"portalRef":{"name":"ca-dealers"}}}`, message: "portalRef is immutable"},
	"another namespace of a tenant's portal":          {of: "tenant", was: `{}`, change: `{"spec":{"portalRef":{"namespace":"elsewhere"}}}`, message: "portalRef is immutable"},
	"no namespace of a tenant's portal any more":      {of: "tenant", was: `{}`, change: `{"spec":{"portalRef":{"namespace":null}}}`, message: "portalRef is immutable"},
}

// unreachable are rules that another one makes impossible to break, and which.
var unreachable = map[string]string{
	"audience is immutable: create a new portal for another audience": "the enumeration has one value",
}

func TestEveryRuleOverSeveralFieldsRefuses(t *testing.T) {
	for name, row := range rules {
		t.Run(name, func(t *testing.T) {
			namespace, err := plane.Namespace(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			object := valid(t, namespace)[row.of]
			if row.was != "" {
				merge(t, object, row.was)
				if err := plane.Admin.Create(t.Context(), object); err != nil {
					t.Fatalf("the object is refused before the change: %v", err)
				}
			}
			merge(t, object, row.change)
			if row.was != "" {
				err = plane.Admin.Update(t.Context(), object, client.DryRunAll)
			} else {
				err = refusal(t, object)
			}
			if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), row.message) {
				t.Errorf("got %v, want a refusal with %q", err, row.message)
			}
		})
	}
}

// TestEveryRuleHasARow finds rules of the definitions that no row breaks.
func TestEveryRuleHasARow(t *testing.T) {
	broken := map[string]bool{}
	for _, row := range rules {
		kind := map[string]string{"portal": "RegionalPortal", "embedded": "RegionalPortal", "tenant": "DealerTenant", "class": "PortalClass", "defaults": "PortalClass"}[row.of]
		broken[kind+" "+row.message] = true
	}
	total := 0
	for kind, definition := range schemas(t) {
		for _, message := range messages(definition) {
			total++
			if unreachable[message] != "" {
				continue
			}
			found := false
			for row := range broken {
				of, text, _ := strings.Cut(row, " ")
				found = found || (of == kind && strings.Contains(message, text))
			}
			if !found {
				t.Errorf("%s: no row breaks the rule %q", kind, message)
			}
		}
	}
	if total < 20 {
		t.Errorf("only %d rules were found", total)
	}
	t.Logf("%d rows for %d rules", len(rules), total)
}

// messages lists the messages of all rules of a schema, its status left out.
func messages(schema *apiextensionsv1.JSONSchemaProps) []string {
	var found []string
	for _, rule := range schema.XValidations {
		found = append(found, fmt.Sprint(rule.Message))
	}
	for name, property := range schema.Properties {
		if name != "status" && name != "metadata" {
			found = append(found, messages(&property)...)
		}
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		found = append(found, messages(schema.Items.Schema)...)
	}
	return found
}
