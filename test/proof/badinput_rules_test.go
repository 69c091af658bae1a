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

// ruleRow is an object and a rule over several fields, named by its message. With was, the object exists like that and the
// change is what is judged.
type ruleRow struct {
	of      string // a key of valid
	was     string // merge patch before the object is created
	change  string // merge patch that breaks the rule, or that comes close to it
	message string
}

// rules are objects that break a rule.
var rules = map[string]ruleRow{
	"a portal name that is no Service name":           {of: "portal", change: `{"metadata":{"name":"1-dealers"}}`, message: "metadata.name must start with a letter"},
	"a portal name with a dot":                        {of: "portal", change: `{"metadata":{"name":"us.dealers"}}`, message: "metadata.name must start with a letter"},
	"an image without its version":                    {of: "portal", change: `{"spec":{"imageVersion":null}}`, message: "image and imageVersion go together"},
	"a version without its image":                     {of: "portal", change: `{"spec":{"image":null}}`, message: "image and imageVersion go together"},
	"two replicas on an embedded database":            {of: "embedded", change: `{"spec":{"replicas":2}}`, message: "replicas must be at most 1 with an Embedded database"},
	"two replicas and no word on the database":        {of: "portal", change: `{"spec":{"database":null,"replicas":2}}`, message: "replicas must be at most 1 with an Embedded database"},
	"a number of pods and an autoscaler":              {of: "portal", change: `{"spec":{"replicas":3,"scaling":{"autoscaling":{"maxReplicas":6}}}}`, message: "replicas and scaling.autoscaling exclude each other"},
	"a class with a number of pods and an autoscaler": {of: "defaults", change: `{"spec":{"defaults":{"replicas":3,"scaling":{"autoscaling":{"maxReplicas":6}}}}}`, message: "replicas and scaling.autoscaling exclude each other"},
	"an autoscaler on an embedded database":           {of: "embedded", change: `{"spec":{"scaling":{"autoscaling":{"maxReplicas":6}}}}`, message: "scaling.autoscaling needs database.type PostgreSQL"},
	"an autoscaler that begins above its end":         {of: "portal", change: `{"spec":{"replicas":null,"scaling":{"autoscaling":{"minReplicas":7,"maxReplicas":6}}}}`, message: "minReplicas must not be greater than maxReplicas"},
	"a class with an autoscaler of no range":          {of: "defaults", change: `{"spec":{"defaults":{"replicas":null,"scaling":{"autoscaling":{"minReplicas":7,"maxReplicas":6}}}}}`, message: "minReplicas must not be greater than maxReplicas"},
	"a class with a boost":                            {of: "defaults", change: `{"spec":{"defaults":{"scaling":{"boost":{"minReplicas":6,"until":"2026-09-05T04:00:00Z","reason":"Launch"}}}}}`, message: "scaling.boost belongs to a RegionalPortal"},
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
	"warnings in rising order":                        {of: "portal", change: `{"spec":{"inactivity":{"warnDaysBefore":[3,14,30]}}}`, message: "warnDaysBefore must fall"},
	"the same warning twice":                          {of: "portal", change: `{"spec":{"inactivity":{"warnDaysBefore":[30,14,14]}}}`, message: "warnDaysBefore must fall"},
	"one warning out of order":                        {of: "portal", change: `{"spec":{"inactivity":{"warnDaysBefore":[30,3,14]}}}`, message: "warnDaysBefore must fall"},
	"a class with warnings in rising order":           {of: "defaults", change: `{"spec":{"defaults":{"inactivity":{"warnDaysBefore":[1,2]}}}}`, message: "warnDaysBefore must fall"},
	"a least number of pods above the greatest":       {of: "class", change: `{"spec":{"bounds":{"replicas":{"min":3,"max":2}}}}`, message: "min must not be greater than max"},
	"a class for its own namespace":                   {of: "class", change: `{"spec":{"allowedNamespaces":{"from":"Same","selector":null}}}`, message: "from must be All or Selector"},
	"a class for all namespaces and some":             {of: "class", change: `{"spec":{"allowedNamespaces":{"from":"All"}}}`, message: "selector is needed with from: Selector"},
	"a class for selected namespaces, but which":      {of: "class", change: `{"spec":{"allowedNamespaces":{"selector":null}}}`, message: "selector is needed with from: Selector"},
	"an Ingress class for no Ingress":                 {of: "portal", change: `{"spec":{"exposure":{"type":"HTTPRoute","tls":null,"parentRefs":null,"ingressClassName":"a"}}}`, message: "ingressClassName works only with type Ingress"},
	"a class with an Ingress class for no Ingress":    {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"HTTPRoute","tls":null,"parentRefs":null,"ingressClassName":"a"}}}}`, message: "ingressClassName works only with type Ingress"},
	"Gateways for an Ingress":                         {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","tls":null,"ingressClassName":null,"parentRefs":[{"name":"a"}]}}}`, message: "parentRefs work only with type HTTPRoute"},
	"a class with Gateways for an Ingress":            {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","tls":null,"ingressClassName":null,"parentRefs":[{"name":"a"}]}}}}`, message: "parentRefs work only with type HTTPRoute"},
	"TLS without a route":                             {of: "portal", change: `{"spec":{"exposure":{"type":"None","ingressClassName":null,"parentRefs":null,"tls":{"mode":"None","issuerRef":null,"secretName":null}}}}`, message: "tls works only with type Ingress or HTTPRoute"},
	"a class with TLS without a route":                {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"None","ingressClassName":null,"parentRefs":null,"tls":{"mode":"None","issuerRef":null,"secretName":null}}}}}`, message: "tls works only with type Ingress or HTTPRoute"},
	"an Ingress with a Gateway's TLS":                 {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"Gateway","issuerRef":null,"secretName":null}}}}`, message: "tls.mode Gateway works only with type HTTPRoute"},
	"a class with an Ingress with a Gateway's TLS":    {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"Gateway","issuerRef":null,"secretName":null}}}}}`, message: "tls.mode Gateway works only with type HTTPRoute"},
	"an HTTPRoute with a Secret":                      {of: "portal", change: `{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":{"mode":"Secret","issuerRef":null,"secretName":"a"}}}}`, message: "tls.mode CertManager and Secret work only with type Ingress"},
	"a class with an HTTPRoute with a Secret":         {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":{"mode":"Secret","issuerRef":null,"secretName":"a"}}}}}`, message: "tls.mode CertManager and Secret work only with type Ingress"},
	"the same Gateway twice":                          {of: "portal", change: `{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":null,"parentRefs":[{"name":"a"},{"name":"b"},{"name":"a"}]}}}`, message: "parentRefs must differ"},
	"a class with the same Gateway twice":             {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":null,"parentRefs":[{"name":"a"},{"name":"b"},{"name":"a"}]}}}}`, message: "parentRefs must differ"},
	"an issuer for a given Secret":                    {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"Secret","secretName":"a","issuerRef":{"name":"b"}}}}}`, message: "issuerRef works only with mode CertManager"},
	"a class with an issuer for a given Secret":       {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"Secret","secretName":"a","issuerRef":{"name":"b"}}}}}}`, message: "issuerRef works only with mode CertManager"},
	"a Secret beside cert-manager's":                  {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"CertManager","secretName":"a","issuerRef":{"name":"b"}}}}}`, message: "secretName works only with mode Secret"},
	"a class with a Secret beside cert-manager's":     {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"CertManager","secretName":"a","issuerRef":{"name":"b"}}}}}}`, message: "secretName works only with mode Secret"},
	"a port on a public alias":                        {of: "portal", change: `{"spec":{"aliases":["a.example","b.example:8080"]}}`, message: "aliases may carry a port only below .localhost"},
	"an alias that is the host":                       {of: "portal", change: `{"spec":{"aliases":["a.example","dealers.us.example"]}}`, message: "aliases must not hold hostname"},
	"another market":                                  {of: "portal", was: `{}`, change: `{"spec":{"market":"CA"}}`, message: "market is immutable"},
	"another kind of database":                        {of: "portal", was: `{"spec":{"replicas":1}}`, change: `{"spec":{"database":{"type":"Embedded","postgresql":null}}}`, message: "database.type is immutable"},
	"the same by leaving the database out":            {of: "portal", was: `{"spec":{"replicas":1}}`, change: `{"spec":{"database":null}}`, message: "database.type is immutable"},
	"a smaller volume":                                {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":"1Gi"}}}}`, message: "size only grows"},
	"a volume whose size is left out":                 {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":null}}}}`, message: "database.embedded.size only grows"},
	"another storage class":                           {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"storageClassName":"slow"}}}}`, message: "storageClassName is immutable"},
	"a storage class that is left out":                {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"storageClassName":null}}}}`, message: "storageClassName is immutable"},
	"short passwords that stand alone":                {of: "portal", change: `{"spec":{"auth":{"secondFactor":"AdminsOnly"}}}`, message: "password.minLength below 15 is only for secondFactor Required"},
	"a class with short passwords that stand alone":   {of: "defaults", change: `{"spec":{"defaults":{"auth":{"password":{"minLength":14},"secondFactor":"Off"}}}}`, message: "password.minLength below 15 is only for secondFactor Required"},
	"news that ends before it begins":                 {of: "portal", change: `{"spec":{"announcements":[{"title":"a","text":"b","from":"2026-06-14T06:00:00Z","until":"2026-06-14T08:00:00+09:00"}]}}`, message: "from must be before until"},
	"a locale of the desk without texts":              {of: "portal", change: `{"spec":{"support":{"localized":[{"locale":"es-US"}]}}}`, message: "deskName or hours is needed"},
	"another dealer code":                             {of: "tenant", was: `{}`, change: `{"spec":{"dealerCode":"CHI-0043"}}`, message: "dealerCode is immutable"},
	"another portal for a tenant":                     {of: "tenant", was: `{}`, change: `{"spec":{"portalRef":{"name":"ca-dealers"}}}`, message: "portalRef is immutable"},
	"another namespace of a tenant's portal":          {of: "tenant", was: `{}`, change: `{"spec":{"portalRef":{"namespace":"elsewhere"}}}`, message: "portalRef is immutable"},
	"no namespace of a tenant's portal any more":      {of: "tenant", was: `{}`, change: `{"spec":{"portalRef":{"namespace":null}}}`, message: "portalRef is immutable"},
}

// kept are objects that keep a rule which others in the table above break, as closely as they can.
var kept = map[string]ruleRow{
	"the shortest name":                               {of: "portal", change: `{"metadata":{"name":"a"}}`, message: "metadata.name must start with a letter"},
	"a name of 63 characters":                         {of: "portal", change: `{"metadata":{"name":"a23456789-123456789-123456789-123456789-123456789-123456789-123"}}`, message: "metadata.name must start with a letter"},
	"neither image nor version":                       {of: "portal", change: `{"spec":{"image":null,"imageVersion":null}}`, message: "image and imageVersion go together"},
	"no replicas on an embedded database":             {of: "embedded", change: `{"spec":{"replicas":0}}`, message: "replicas must be at most 1 with an Embedded database"},
	"one replica and no word on the database":         {of: "portal", change: `{"spec":{"database":null,"replicas":1}}`, message: "replicas must be at most 1 with an Embedded database"},
	"a number of pods without an autoscaler":          {of: "portal", change: `{"spec":{"replicas":3,"scaling":{"boost":{"minReplicas":6,"until":"2026-09-05T04:00:00Z","reason":"Launch"}}}}`, message: "replicas and scaling.autoscaling exclude each other"},
	"a class with a number of pods only":              {of: "defaults", change: `{"spec":{"defaults":{"replicas":3,"scaling":null}}}`, message: "replicas and scaling.autoscaling exclude each other"},
	"an autoscaler on PostgreSQL":                     {of: "portal", change: `{"spec":{"replicas":null,"scaling":{"autoscaling":{"maxReplicas":6}}}}`, message: "scaling.autoscaling needs database.type PostgreSQL"},
	"a boost on an embedded database":                 {of: "embedded", change: `{"spec":{"scaling":{"boost":{"minReplicas":6,"until":"2026-09-05T04:00:00Z","reason":"Launch"}}}}`, message: "scaling.autoscaling needs database.type PostgreSQL"},
	"an autoscaler of one number":                     {of: "portal", change: `{"spec":{"replicas":null,"scaling":{"autoscaling":{"minReplicas":6,"maxReplicas":6}}}}`, message: "minReplicas must not be greater than maxReplicas"},
	"a class with an autoscaler of one number":        {of: "defaults", change: `{"spec":{"defaults":{"replicas":null,"scaling":{"autoscaling":{"minReplicas":6,"maxReplicas":6}}}}}`, message: "minReplicas must not be greater than maxReplicas"},
	"a class with an autoscaler and no boost":         {of: "defaults", change: `{"spec":{"defaults":{"replicas":null,"scaling":{"autoscaling":{"maxReplicas":6}}}}}`, message: "scaling.boost belongs to a RegionalPortal"},
	"many replicas on PostgreSQL":                     {of: "portal", change: `{"spec":{"replicas":100}}`, message: "replicas must be at most 1 with an Embedded database"},
	"an embedded database without a word on type":     {of: "embedded", change: `{"spec":{"database":{"type":null}}}`, message: "postgresql is needed with type: PostgreSQL"},
	"a volume without a word on type":                 {of: "embedded", change: `{"spec":{"database":{"type":null}}}`, message: "embedded only works with type: Embedded"},
	"a tiny volume":                                   {of: "embedded", change: `{"spec":{"database":{"embedded":{"size":"1Mi"}}}}`, message: "size must be greater than 0"},
	"a port on a local host":                          {of: "portal", change: `{"spec":{"hostname":"us.localhost:8080"}}`, message: "hostname may carry a port only below .localhost"},
	"an open network without peers":                   {of: "portal", change: `{"spec":{"network":{"mode":"Open","ingressFrom":null,"egress":null}}}`, message: "ingressFrom and egress only work with mode: Strict"},
	"a closed network without peers":                  {of: "portal", change: `{"spec":{"network":{"mode":"Strict","ingressFrom":null,"egress":null}}}`, message: "ingressFrom and egress only work with mode: Strict"},
	"a destination that is pods":                      {of: "portal", change: `{"spec":{"network":{"egress":[{"namespaceSelector":{}}]}}}`, message: "set exactly one of cidr and namespaceSelector"},
	"a destination that is a range":                   {of: "portal", change: `{"spec":{"network":{"egress":[{"cidr":"0.0.0.0/0"}]}}}`, message: "set exactly one of cidr and namespaceSelector"},
	"a destination of the newer protocol":             {of: "portal", change: `{"spec":{"network":{"egress":[{"cidr":"2001:db8::/32"}]}}}`, message: "cidr must be an address range"},
	"mail credentials and no word on TLS":             {of: "portal", change: `{"spec":{"notify":{"mail":{"tls":null}}}}`, message: "credentials are only sent over verified TLS"},
	"no TLS and no credentials":                       {of: "portal", change: `{"spec":{"notify":{"mail":{"tls":"None","secretRef":null}}}}`, message: "credentials are only sent over verified TLS"},
	"all namespaces without a selector":               {of: "portal", change: `{"spec":{"tenants":{"allowFrom":{"from":"All","selector":null}}}}`, message: "selector is needed with from: Selector"},
	"the own namespace without a selector":            {of: "portal", change: `{"spec":{"tenants":{"allowFrom":{"from":"Same","selector":null}}}}`, message: "selector is needed with from: Selector"},
	"a toleration of existence":                       {of: "portal", change: `{"spec":{"workload":{"tolerations":[{"key":"a","operator":"Exists"}]}}}`, message: "value must be empty when operator is Exists"},
	"a toleration of a value by default":              {of: "portal", change: `{"spec":{"workload":{"tolerations":[{"key":"a","value":"b"}]}}}`, message: "value must be empty when operator is Exists"},
	"a toleration of everything":                      {of: "portal", change: `{"spec":{"workload":{"tolerations":[{"operator":"Exists"}]}}}`, message: "key may only be left out with operator Exists"},
	"not an Ingress class for no Ingress":             {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","tls":null,"parentRefs":null,"ingressClassName":"a"}}}`, message: "ingressClassName works only with type Ingress"},
	"a class without an Ingress class for no Ingress": {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","tls":null,"parentRefs":null,"ingressClassName":"a"}}}}`, message: "ingressClassName works only with type Ingress"},
	"not Gateways for an Ingress":                     {of: "portal", change: `{"spec":{"exposure":{"type":null,"tls":null,"ingressClassName":null,"parentRefs":[{"name":"a"}]}}}`, message: "parentRefs work only with type HTTPRoute"},
	"a class without Gateways for an Ingress":         {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":null,"tls":null,"ingressClassName":null,"parentRefs":[{"name":"a"}]}}}}`, message: "parentRefs work only with type HTTPRoute"},
	"not TLS without a route":                         {of: "portal", change: `{"spec":{"exposure":{"type":"None","ingressClassName":null,"parentRefs":null,"tls":null}}}`, message: "tls works only with type Ingress or HTTPRoute"},
	"a class without TLS without a route":             {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"None","ingressClassName":null,"parentRefs":null,"tls":null}}}}`, message: "tls works only with type Ingress or HTTPRoute"},
	"not an Ingress with a Gateway's TLS":             {of: "portal", change: `{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":{"mode":"Gateway","issuerRef":null,"secretName":null}}}}`, message: "tls.mode Gateway works only with type HTTPRoute"},
	"a class without an Ingress with a Gateway's TLS": {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":{"mode":"Gateway","issuerRef":null,"secretName":null}}}}}`, message: "tls.mode Gateway works only with type HTTPRoute"},
	"not an HTTPRoute with a Secret":                  {of: "portal", change: `{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":{"mode":"None","issuerRef":null,"secretName":null}}}}`, message: "tls.mode CertManager and Secret work only with type Ingress"},
	"a class without an HTTPRoute with a Secret":      {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":{"mode":"None","issuerRef":null,"secretName":null}}}}}`, message: "tls.mode CertManager and Secret work only with type Ingress"},
	"not the same Gateway twice":                      {of: "portal", change: `{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":null,"parentRefs":[{"name":"a"},{"name":"a","port":443}]}}}`, message: "parentRefs must differ"},
	"a class without the same Gateway twice":          {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"tls":null,"parentRefs":[{"name":"a"},{"name":"a","port":443}]}}}}`, message: "parentRefs must differ"},
	"not an issuer for a given Secret":                {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":null,"secretName":"a","issuerRef":{"name":"b"}}}}}`, message: "issuerRef works only with mode CertManager"},
	"a class without an issuer for a given Secret":    {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":null,"secretName":"a","issuerRef":{"name":"b"}}}}}}`, message: "issuerRef works only with mode CertManager"},
	"not a Secret beside cert-manager's":              {of: "portal", change: `{"spec":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"Secret","secretName":"a","issuerRef":null}}}}`, message: "secretName works only with mode Secret"},
	"a class without a Secret beside cert-manager's":  {of: "defaults", change: `{"spec":{"defaults":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"Secret","secretName":"a","issuerRef":null}}}}}`, message: "secretName works only with mode Secret"},
	"a port on a local alias":                         {of: "portal", change: `{"spec":{"aliases":["a.localhost:8080"]}}`, message: "aliases may carry a port only below .localhost"},
	"an alias below the host":                         {of: "portal", change: `{"spec":{"aliases":["old.dealers.us.example"]}}`, message: "aliases must not hold hostname"},
	"one warning":                                     {of: "portal", change: `{"spec":{"inactivity":{"warnDaysBefore":[3]}}}`, message: "warnDaysBefore must fall"},
	"warnings on neighbouring days":                   {of: "portal", change: `{"spec":{"inactivity":{"warnDaysBefore":[180,3,2,1]}}}`, message: "warnDaysBefore must fall"},
	"a class with an open network":                    {of: "defaults", change: `{"spec":{"defaults":{"network":{"mode":"Open","ingressFrom":null,"egress":null}}}}`, message: "ingressFrom and egress only work with mode: Strict"},
	"a class with a destination that is pods":         {of: "defaults", change: `{"spec":{"defaults":{"network":{"egress":[{"namespaceSelector":{}}]}}}}`, message: "set exactly one of cidr and namespaceSelector"},
	"a class with a destination that is a range":      {of: "defaults", change: `{"spec":{"defaults":{"network":{"egress":[{"cidr":"10.0.0.0/8"}]}}}}`, message: "cidr must be an address range"},
	"a class without TLS and credentials":             {of: "defaults", change: `{"spec":{"defaults":{"notify":{"mail":{"tls":"None","secretRef":null}}}}}`, message: "credentials are only sent over verified TLS"},
	"a class with a toleration of existence":          {of: "defaults", change: `{"spec":{"defaults":{"workload":{"tolerations":[{"key":"a","operator":"Exists"}]}}}}`, message: "value must be empty when operator is Exists"},
	"a class with a toleration of everything":         {of: "defaults", change: `{"spec":{"defaults":{"workload":{"tolerations":[{"operator":"Exists"}]}}}}`, message: "key may only be left out with operator Exists"},
	"a class with warnings in falling order":          {of: "defaults", change: `{"spec":{"defaults":{"inactivity":{"warnDaysBefore":[2,1]}}}}`, message: "warnDaysBefore must fall"},
	"a number of pods without a choice":               {of: "class", change: `{"spec":{"bounds":{"replicas":{"min":2,"max":2}}}}`, message: "min must not be greater than max"},
	"a least number of pods only":                     {of: "class", change: `{"spec":{"bounds":{"replicas":{"min":100,"max":null}}}}`, message: "min must not be greater than max"},
	"a greatest number of pods only":                  {of: "class", change: `{"spec":{"bounds":{"replicas":{"min":null,"max":1}}}}`, message: "min must not be greater than max"},
	"a class for all namespaces":                      {of: "class", change: `{"spec":{"allowedNamespaces":{"from":"All","selector":null}}}`, message: "from must be All or Selector"},
	"a class for whatever its empty selector means":   {of: "class", change: `{"spec":{"allowedNamespaces":{"selector":{"matchExpressions":null}}}}`, message: "selector is needed with from: Selector"},
	"no place on the map":                             {of: "tenant", change: `{"spec":{"location":{"latitude":null,"longitude":null}}}`, message: "latitude and longitude go together"},
	"the same market":                                 {of: "portal", was: `{}`, change: `{"spec":{"market":"US","displayName":"Other"}}`, message: "market is immutable"},
	"the same audience":                               {of: "portal", was: `{}`, change: `{"spec":{"audience":"Dealer","displayName":"Other"}}`, message: "audience is immutable"},
	"the type of the database written out":            {of: "embedded", was: `{"spec":{"database":{"type":null}}}`, change: `{"spec":{"database":{"type":"Embedded"}}}`, message: "database.type is immutable"},
	"another server":                                  {of: "portal", was: `{}`, change: `{"spec":{"database":{"postgresql":{"secretRef":{"name":"new"}}}}}`, message: "database.type is immutable"},
	"a larger volume":                                 {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":"3Gi"}}}}`, message: "size only grows: set it"},
	"the same size in other words":                    {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":"2048Mi"}}}}`, message: "size only grows: set it"},
	"a volume whose size is set for the first time":   {of: "embedded", was: `{"spec":{"database":{"embedded":{"size":null}}}}`, change: `{"spec":{"database":{"embedded":{"size":"1Gi"}}}}`, message: "database.embedded.size only grows"},
	"the same storage class":                          {of: "embedded", was: `{}`, change: `{"spec":{"database":{"embedded":{"size":"4Gi","storageClassName":"fast"}}}}`, message: "storageClassName is immutable"},
	"short passwords beside a second factor":          {of: "portal", change: `{"spec":{"auth":{"password":{"minLength":8}}}}`, message: "password.minLength below 15 is only for secondFactor Required"},
	"short passwords and no word on second factors":   {of: "portal", change: `{"spec":{"auth":{"secondFactor":null}}}`, message: "password.minLength below 15 is only for secondFactor Required"},
	"passwords that may stand alone":                  {of: "portal", change: `{"spec":{"auth":{"password":{"minLength":15},"secondFactor":"Off"}}}`, message: "password.minLength below 15 is only for secondFactor Required"},
	"a class with passwords that may stand alone":     {of: "defaults", change: `{"spec":{"defaults":{"auth":{"password":{"minLength":15},"secondFactor":"Optional"}}}}`, message: "password.minLength below 15 is only for secondFactor Required"},
	"news for a second":                               {of: "portal", change: `{"spec":{"announcements":[{"title":"a","text":"b","from":"2026-06-14T06:00:00Z","until":"2026-06-14T15:00:01+09:00"}]}}`, message: "from must be before until"},
	"news without an end":                             {of: "portal", change: `{"spec":{"announcements":[{"title":"a","text":"b","from":"2026-06-14T06:00:00Z"}]}}`, message: "from must be before until"},
	"a locale of the desk with its hours":             {of: "portal", change: `{"spec":{"support":{"localized":[{"locale":"es-US","hours":"7-19"}]}}}`, message: "deskName or hours is needed"},
	"the same dealer code":                            {of: "tenant", was: `{}`, change: `{"spec":{"displayName":"Other"}}`, message: "dealerCode is immutable"},
	"the same portal of a tenant":                     {of: "tenant", was: `{}`, change: `{"spec":{"phone":"+13125550199"}}`, message: "portalRef is immutable"},
}

// unreachable are rules that another one makes impossible to break, and which.
var unreachable = map[string]string{
	"audience is immutable: create a new portal for another audience": "the enumeration has one value",
}

func TestEveryRuleOverSeveralFieldsRefuses(t *testing.T) {
	for name, row := range rules {
		t.Run(name, func(t *testing.T) {
			if err := row.try(t); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), row.message) {
				t.Errorf("got %v, want a refusal with %q", err, row.message)
			}
		})
	}
}

func TestEveryRuleOverSeveralFieldsAccepts(t *testing.T) {
	for name, row := range kept {
		t.Run(name, func(t *testing.T) {
			if err := row.try(t); err != nil {
				t.Errorf("%q or another rule refuses it: %v", row.message, err)
			}
		})
	}
}

// try asks the API server for what a row changes; nothing of it is stored.
func (row ruleRow) try(t *testing.T) error {
	t.Helper()
	namespace, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	object := valid(t, namespace)[row.of]
	if row.was == "" {
		merge(t, object, row.change)
		return refusal(t, object)
	}
	merge(t, object, row.was)
	if err := plane.Admin.Create(t.Context(), object); err != nil {
		t.Fatalf("the object is refused before the change: %v", err)
	}
	merge(t, object, row.change)
	return plane.Admin.Update(t.Context(), object, client.DryRunAll)
}

// TestEveryRuleHasRows finds rules of the definitions that no row breaks or that none keeps.
func TestEveryRuleHasRows(t *testing.T) {
	total := 0
	for kind, definition := range schemas(t) {
		for _, message := range messages(definition) {
			total++
			if !covered(rules, kind, message) && unreachable[message] == "" {
				t.Errorf("%s: no row breaks the rule %q", kind, message)
			}
			if !covered(kept, kind, message) {
				t.Errorf("%s: no row keeps the rule %q", kind, message)
			}
		}
	}
	if total < 30 {
		t.Errorf("only %d rules were found", total)
	}
	t.Logf("%d rows for %d rules", len(rules)+len(kept), total)
}

// covered says whether a table has a row for a rule of a kind.
func covered(table map[string]ruleRow, kind, message string) bool {
	kinds := map[string]string{"portal": "RegionalPortal", "embedded": "RegionalPortal", "tenant": "DealerTenant", "class": "PortalClass", "defaults": "PortalClass"}
	for _, row := range table {
		if kinds[row.of] == kind && strings.Contains(message, row.message) {
			return true
		}
	}
	return false
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
