// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
)

// Answers that a row expects.
const (
	denied = "denied"
	warned = "warned"
	silent = "silent"
)

// row is a portal that is created, or changed after its class was tightened, and what the policies say to one bound.
type row struct {
	bound  string // below spec of the class
	in     string // namespace, us by default
	was    string // with it the portal is there like that, and change is an update
	change string
	answer string
	says   string // what the answer says besides the bound
}

const (
	sum     = "@sha256:0000000000000000000000000000000000000000000000000000000000000000"
	good    = "registry.example/portals/portal" + sum
	hosts   = "bounds.hostnameSuffixes"
	digest  = "bounds.requireDigest"
	origin  = "bounds.allowedRegistries"
	network = "bounds.network.requireStrict"
	allowed = "allowedNamespaces"
	connect = "bounds.database.maxConnections"
	issuers = "bounds.auth.allowedIssuers"
	factor  = "bounds.auth.secondFactor"
)

func image(name string) string {
	return fmt.Sprintf(`{spec: {image: %q, imageVersion: 1.0.0}}`, name)
}

func pods(number int) string { return fmt.Sprintf(`{spec: {replicas: %d}}`, number) }

func scaling(text string) string { return "{spec: {scaling: {" + text + "}}}" }

func boost(number int) string {
	return scaling(fmt.Sprintf(`boost: {minReplicas: %d, until: "2026-11-28T06:00:00Z", reason: Sale}`, number))
}

// each gives every pod so many connections, and the portal what else is said.
func each(number int, more string) string {
	return fmt.Sprintf(`{spec: {database: {postgresql: {maxConnections: %d}}%s}}`, number, more)
}

func auth(text string) string { return "{spec: {auth: {" + text + "}}}" }

func sso(issuer string) string { return auth(fmt.Sprintf("sso: {issuerURL: %q}", issuer)) }

func idle(text string) string { return "{spec: {inactivity: {" + text + "}}}" }

// in puts a portal into another class.
func in(class, patch string) string {
	return strings.Replace(patch, "{spec: {", "{spec: {className: "+class+", ", 1)
}

// other is an edit of something else.
const other = `{spec: {displayName: Other}}`

var rows = map[string]row{
	"a host below an allowed domain":                    {bound: hosts, change: `{spec: {hostname: a.b.us.example}}`, answer: silent},
	"the allowed domain itself":                         {bound: hosts, change: `{spec: {hostname: us.example}}`, answer: silent},
	"a host with a port":                                {bound: hosts, change: `{spec: {hostname: "us.localhost:8080"}}`, answer: silent},
	"a host of another domain":                          {bound: hosts, change: `{spec: {hostname: ca.example}}`, answer: denied, says: "spec.hostname: ca.example is refused"},
	"a host that only ends like an allowed domain":      {bound: hosts, change: `{spec: {hostname: dealers.notus.example}}`, answer: denied, says: "use one of these hosts"},
	"a foreign host that begins like an allowed domain": {bound: hosts, change: `{spec: {hostname: us.example.org}}`, answer: denied},
	"a foreign host while mode is written out":          {bound: hosts, change: in("enforce", `{spec: {hostname: ca.example}}`), answer: denied},
	"a foreign host in audit":                           {bound: hosts, change: in("audit", `{spec: {hostname: ca.example}}`), answer: warned, says: "would be refused"},
	"a foreign host in a class without bounds":          {bound: hosts, change: in("free", `{spec: {hostname: ca.example}}`), answer: silent},
	"a foreign host in a class that is not there":       {bound: hosts, change: in("nowhere", `{spec: {hostname: ca.example}}`), answer: silent},
	"a foreign host in the default class":               {bound: hosts, change: `{spec: {className: null, hostname: ca.example}}`, answer: denied, says: "PortalClass default"},
	"a good host in the default class":                  {bound: hosts, change: `{spec: {className: null}}`, answer: silent},
	"an edit beside a foreign host":                     {bound: hosts, was: `{spec: {hostname: ca.example}}`, change: other, answer: silent},
	"another foreign host":                              {bound: hosts, was: `{spec: {hostname: ca.example}}`, change: `{spec: {hostname: mx.example}}`, answer: denied},
	"a good host for a foreign one":                     {bound: hosts, was: `{spec: {hostname: ca.example}}`, change: `{spec: {hostname: us.example}}`, answer: silent},
	"a foreign host that moves to a class":              {bound: hosts, was: `{spec: {hostname: ca.example}}`, change: `{spec: {className: strict}}`, answer: denied},
	"a foreign host that moves to the default":          {bound: hosts, was: `{spec: {hostname: ca.example}}`, change: `{spec: {className: null}}`, answer: denied},
	"a foreign host that moves out of bounds":           {bound: hosts, was: `{spec: {hostname: ca.example}}`, change: `{spec: {className: free}}`, answer: silent},
	"an alias below an allowed domain":                  {bound: hosts, change: `{spec: {aliases: [old.us.example, "old.localhost:8080"]}}`, answer: silent},
	"an alias of another domain":                        {bound: hosts, change: `{spec: {aliases: [old.us.example, old.ca.example]}}`, answer: denied, says: `spec.aliases: ["old.ca.example"] is refused`},
	"an alias of another domain in audit":               {bound: hosts, change: in("audit", `{spec: {aliases: [old.ca.example]}}`), answer: warned, says: "would be refused"},
	"an alias in a class without bounds":                {bound: hosts, change: in("free", `{spec: {aliases: [old.ca.example]}}`), answer: silent},
	"an edit beside a foreign alias":                    {bound: hosts, was: `{spec: {aliases: [old.ca.example]}}`, change: other, answer: silent},
	"another foreign alias":                             {bound: hosts, was: `{spec: {aliases: [old.ca.example]}}`, change: `{spec: {aliases: [old.mx.example]}}`, answer: denied},
	"no foreign alias any more":                         {bound: hosts, was: `{spec: {aliases: [old.ca.example]}}`, change: `{spec: {aliases: null}}`, answer: silent},
	"a foreign alias that moves to a class":             {bound: hosts, was: `{spec: {aliases: [old.ca.example]}}`, change: `{spec: {className: strict}}`, answer: denied},
	"an image by digest":                                {bound: digest, change: image(good), answer: silent},
	"an image by tag and digest":                        {bound: digest, change: image("registry.example/portals/portal:1" + sum), answer: silent},
	"an image by tag":                                   {bound: digest, change: image("registry.example/portals/portal:1"), answer: denied, says: "repository@sha256:"},
	"an image by tag in audit":                          {bound: digest, change: in("audit", image("registry.example/portals/portal:1")), answer: warned},
	"an edit beside an image by tag":                    {bound: digest, was: image("registry.example/portals/portal:1"), change: other, answer: silent},
	"another version of an image by tag":                {bound: digest, was: image("registry.example/portals/portal:1"), change: `{spec: {imageVersion: 1.0.1}}`, answer: silent},
	"another image by tag":                              {bound: digest, was: image("registry.example/portals/portal:1"), change: image("registry.example/portals/portal:2"), answer: denied},
	"an image by half a digest":                         {bound: digest, change: image("registry.example/portals/portal@sha256:00"), answer: denied},
	"no image any more":                                 {bound: digest, was: image("registry.example/portals/portal:1"), change: `{spec: {image: null, imageVersion: null}}`, answer: silent},
	"an image below an allowed repository":              {bound: origin, change: image("registry.example/portals/a/b" + sum), answer: silent},
	"an image of a library":                             {bound: origin, change: image("portal:1.0.0" + sum), answer: silent},
	"an image of the library, written out":              {bound: origin, change: image("docker.io/library/portal" + sum), answer: silent},
	"an image of the library by a shorter name":         {bound: origin, change: image("docker.io/portal" + sum), answer: silent},
	"an image of the library by an older name":          {bound: origin, change: image("index.docker.io/portal" + sum), answer: silent},
	"an image of somebody by an older name":             {bound: origin, change: image("index.docker.io/somebody/portal" + sum), answer: denied},
	"an image of a registry with a port":                {bound: origin, change: image("mirror.example:5000/portal" + sum), answer: silent},
	"an image beside the allowed repositories":          {bound: origin, change: image("registry.example/other/portal" + sum), answer: denied, says: "use an image of one of them"},
	"an image whose repository only begins like one":    {bound: origin, change: image("registry.example/portals-old/portal" + sum), answer: denied},
	"an image of somebody without a registry":           {bound: origin, change: image("somebody/portal" + sum), answer: denied},
	"an image of this machine":                          {bound: origin, change: image("localhost/portals/portal" + sum), answer: denied},
	"an image of another port":                          {bound: origin, change: image("mirror.example:5001/portal:1" + sum), answer: denied},
	"an image of another registry in audit":             {bound: origin, change: in("audit", image("other.example/portal"+sum)), answer: warned},
	"an edit beside an image of another registry":       {bound: origin, was: image("other.example/portal" + sum), change: other, answer: silent},
	"a closed network":                                  {bound: network, change: `{spec: {network: {mode: Strict}}}`, answer: silent},
	"a network that the class closes":                   {bound: network, change: `{}`, answer: silent},
	"an open network":                                   {bound: network, change: `{spec: {network: {mode: Open}}}`, answer: denied, says: "set spec.network.mode to Strict"},
	"no word on the network anywhere":                   {bound: network, change: `{spec: {className: open}}`, answer: denied, says: "spec.network.mode: Open is refused"},
	"an open network in audit":                          {bound: network, change: in("audit", `{spec: {network: {mode: Open}}}`), answer: warned},
	"a network that is opened":                          {bound: network, was: `{spec: {network: {mode: Strict}}}`, change: `{spec: {network: {mode: Open}}}`, answer: denied},
	"an edit beside an open network":                    {bound: network, was: `{spec: {network: {mode: Open}}}`, change: other, answer: silent},
	"as many connections as allowed":                    {bound: connect, change: each(20, `, replicas: 4`), answer: silent},
	"too many connections": {bound: connect, change: each(21, `, replicas: 4`), answer: denied,
		says: "21 in each of 5 pods (replicas 4 and 1 more in a rolling update), 105 in all, is refused"},
	"too many connections of pods that nobody counted": {bound: connect, change: each(34, ``), answer: denied, says: "write at most 33, or lower spec.replicas"},
	"too many connections of an autoscaler": {bound: connect, change: each(21, `, scaling: {autoscaling: {maxReplicas: 4}}`), answer: denied,
		says: "(scaling.autoscaling.maxReplicas 4 and"},
	"too many connections of the class's autoscaler":    {bound: connect, change: in("scaled", each(21, ``)), answer: denied, says: "(scaling.autoscaling.maxReplicas 4 and"},
	"a number instead of the class's autoscaler":        {bound: connect, change: in("scaled", each(21, `, replicas: 3`)), answer: silent},
	"an autoscaler without a word on its most":          {bound: connect, change: in("scaled", each(10, `, replicas: 10`)), answer: denied, says: "write at most 9, or lower"},
	"too many connections of a boost":                   {bound: connect, change: each(25, `, replicas: 2, scaling: {boost: {minReplicas: 4, until: "2026-11-28T06:00:00Z", reason: Sale}}`), answer: denied, says: "(scaling.boost.minReplicas 4 and"},
	"a boost of few connections":                        {bound: connect, change: each(20, `, replicas: 2, scaling: {boost: {minReplicas: 4, until: "2026-11-28T06:00:00Z", reason: Sale}}`), answer: silent},
	"no connections of a stopped portal":                {bound: connect, change: in("scaled", each(500, `, replicas: 0`)), answer: silent},
	"more connections than fit at all":                  {bound: connect, change: in("scaled", each(2, `, replicas: 60`)), answer: denied, says: "is 100; lower spec.replicas"},
	"too many connections in audit":                     {bound: connect, change: in("audit", each(21, `, replicas: 4`)), answer: warned, says: "in all, would be refused"},
	"as many connections as allowed in audit":           {bound: connect, change: in("audit", each(20, `, replicas: 4`)), answer: silent},
	"an edit beside too many connections":               {bound: connect, was: each(40, `, replicas: 4`), change: other, answer: silent},
	"still too many connections":                        {bound: connect, was: each(40, `, replicas: 4`), change: each(30, ``), answer: denied},
	"a class that allows fewer connections":             {bound: connect, was: each(40, `, replicas: 4`), change: `{spec: {className: strict}}`, answer: denied},
	"few connections for too many":                      {bound: connect, was: each(40, `, replicas: 4`), change: each(20, ``), answer: silent},
	"an Embedded database has no connections":           {bound: connect, change: `{spec: {database: null}}`, answer: silent},
	"an allowed provider":                               {bound: issuers, change: sso("https://login.example/realms/staff"), answer: silent},
	"another provider":                                  {bound: issuers, change: sso("https://login.other.example"), answer: denied, says: "spec.auth.sso.issuerURL: https://login.other.example is refused"},
	"another realm of an allowed provider":              {bound: issuers, change: sso("https://login.example/realms/partners"), answer: denied, says: "use one of them"},
	"an allowed provider with a slash more":             {bound: issuers, change: sso("https://login.us.example/"), answer: denied},
	"another provider in audit":                         {bound: issuers, change: in("audit", sso("https://login.other.example")), answer: warned, says: "would be refused"},
	"another provider in a class without bounds":        {bound: issuers, change: in("free", sso("https://login.other.example")), answer: silent},
	"an edit beside another provider":                   {bound: issuers, was: sso("https://login.other.example"), change: auth(`sso: {clientID: portals}`), answer: silent},
	"no word on the provider":                           {bound: issuers, change: auth(`sso: {clientID: portals}`), answer: silent},
	"a class that does not allow the provider":          {bound: issuers, was: sso("https://login.other.example"), change: `{spec: {className: strict}}`, answer: denied},
	"an admitted namespace":                             {bound: allowed, change: `{}`, answer: silent},
	"a namespace without the label":                     {bound: allowed, in: "bare", change: `{}`, answer: denied, says: "name another class"},
	"a namespace with another label":                    {bound: allowed, in: "jp", change: `{}`, answer: denied},
	"any namespace, with from: All":                     {bound: allowed, in: "bare", change: `{spec: {className: all}}`, answer: silent},
	"any namespace, with an empty selector":             {bound: allowed, in: "bare", change: `{spec: {className: everything}}`, answer: silent},
	"a namespace among values":                          {bound: allowed, change: `{spec: {className: in}}`, answer: silent},
	"a namespace outside of values":                     {bound: allowed, in: "jp", change: `{spec: {className: in}}`, answer: denied},
	"a namespace without any of the values":             {bound: allowed, in: "bare", change: `{spec: {className: in}}`, answer: denied},
	"a namespace outside of excluded values":            {bound: allowed, in: "jp", change: `{spec: {className: not-in}}`, answer: silent},
	"a namespace without a value to exclude":            {bound: allowed, in: "bare", change: `{spec: {className: not-in}}`, answer: silent},
	"an excluded value":                                 {bound: allowed, change: `{spec: {className: not-in}}`, answer: denied},
	"a label that is there":                             {bound: allowed, in: "jp", change: `{spec: {className: exists}}`, answer: silent},
	"a label that is lacking":                           {bound: allowed, in: "bare", change: `{spec: {className: exists}}`, answer: denied},
	"a label that is rightly lacking":                   {bound: allowed, in: "bare", change: `{spec: {className: not-exists}}`, answer: silent},
	"a label that must not be there":                    {bound: allowed, in: "jp", change: `{spec: {className: not-exists}}`, answer: denied},
	"namespaces are no bound, audit or not":             {bound: allowed, in: "bare", change: `{spec: {className: audit}}`, answer: denied},
	"an edit in a namespace that is no longer admitted": {bound: allowed, in: "bare", was: `{}`, change: other, answer: silent},
	"another class that does not admit the namespace":   {bound: allowed, in: "bare", was: `{}`, change: `{spec: {className: strict}}`, answer: denied},
}

// clamps are the rows for bounds that clamp: they only ever warn.
var clamps = map[string]row{
	"the least pods":                             {bound: "bounds.replicas.min", change: pods(2), answer: silent},
	"too few pods":                               {bound: "bounds.replicas.min", change: pods(1), answer: warned, says: "spec.replicas: 1 is wanted, 2 is in force"},
	"no pods":                                    {bound: "bounds.replicas.min", change: pods(0), answer: warned},
	"one pod on an embedded database":            {bound: "bounds.replicas.min", change: `{spec: {replicas: 1, database: null}}`, answer: silent},
	"no pod on an embedded database":             {bound: "bounds.replicas.min", change: `{spec: {replicas: 0, database: null}}`, answer: warned, says: "0 is wanted, 1 is in force"},
	"no word on pods":                            {bound: "bounds.replicas.min", change: `{}`, answer: silent},
	"no word on pods any more":                   {bound: "bounds.replicas.min", was: pods(1), change: `{spec: {replicas: null}}`, answer: silent},
	"too few pods in audit":                      {bound: "bounds.replicas.min", change: in("audit", pods(1)), answer: warned, says: "would not be in force"},
	"the most pods":                              {bound: "bounds.replicas.max", change: pods(4), answer: silent},
	"too many pods":                              {bound: "bounds.replicas.max", change: pods(5), answer: warned, says: "write at most that"},
	"an edit beside too many pods":               {bound: "bounds.replicas.max", was: pods(9), change: other, answer: silent},
	"still too many pods":                        {bound: "bounds.replicas.max", was: pods(9), change: pods(8), answer: warned},
	"too many pods in a class without bounds":    {bound: "bounds.replicas.max", change: in("free", pods(9)), answer: silent},
	"an autoscaler within bounds":                {bound: "bounds.replicas.max", change: scaling(`autoscaling: {minReplicas: 2, maxReplicas: 4}`), answer: silent},
	"an autoscaler that goes too low":            {bound: "bounds.replicas.min", change: scaling(`autoscaling: {minReplicas: 1}`), answer: warned, says: "spec.scaling.autoscaling.minReplicas: 1 is wanted, 2 is in force"},
	"an autoscaler that begins too high":         {bound: "bounds.replicas.max", change: scaling(`autoscaling: {minReplicas: 5}`), answer: warned, says: "spec.scaling.autoscaling.minReplicas: 5 is wanted, 4 is in force"},
	"an autoscaler that goes too high":           {bound: "bounds.replicas.max", change: scaling(`autoscaling: {maxReplicas: 9}`), answer: warned, says: "spec.scaling.autoscaling.maxReplicas: 9 is wanted, 4 is in force"},
	"an autoscaler that goes too high in audit":  {bound: "bounds.replicas.max", change: in("audit", scaling(`autoscaling: {maxReplicas: 9}`)), answer: warned, says: "would not be in force"},
	"an edit beside an autoscaler":               {bound: "bounds.replicas.max", was: scaling(`autoscaling: {maxReplicas: 9}`), change: other, answer: silent},
	"a boost within bounds":                      {bound: "bounds.replicas.max", change: boost(4), answer: silent},
	"a boost beyond bounds":                      {bound: "bounds.replicas.max", change: boost(9), answer: warned, says: "spec.scaling.boost.minReplicas: 9 is wanted, 4 is in force"},
	"a boost below the least":                    {bound: "bounds.replicas.min", change: boost(1), answer: silent},
	"a boost of an embedded database":            {bound: "bounds.replicas.max", change: `{spec: {database: null, scaling: {boost: {minReplicas: 9, until: "2026-11-28T06:00:00Z", reason: Sale}}}}`, answer: silent},
	"passwords as long as asked":                 {bound: "bounds.auth.minPasswordLength", change: auth(`password: {minLength: 20}`), answer: silent},
	"no word on passwords":                       {bound: "bounds.auth.minPasswordLength", change: auth(`password: {blockCommon: true}`), answer: silent},
	"short passwords":                            {bound: "bounds.auth.minPasswordLength", change: auth(`password: {minLength: 19}`), answer: warned, says: "19 is wanted, 20 is in force"},
	"short passwords in audit":                   {bound: "bounds.auth.minPasswordLength", change: in("audit", auth(`password: {minLength: 19}`)), answer: warned, says: "would not be in force"},
	"an edit beside short passwords":             {bound: "bounds.auth.minPasswordLength", was: auth(`password: {minLength: 15}`), change: auth(`session: {maxPerAccount: 3}`), answer: silent},
	"the least policy for second factors":        {bound: factor, change: auth(`secondFactor: AdminsOnly`), answer: silent},
	"a stricter policy for second factors":       {bound: factor, change: auth(`secondFactor: Required`), answer: silent},
	"a laxer policy for second factors":          {bound: factor, change: auth(`secondFactor: Optional`), answer: warned, says: "Optional is wanted, AdminsOnly is in force"},
	"no second factors":                          {bound: factor, change: auth(`secondFactor: "Off"`), answer: warned, says: "write that or a stricter one"},
	"no second factors in audit":                 {bound: factor, change: in("audit", auth(`secondFactor: "Off"`)), answer: warned, says: "Off would not be in force"},
	"an edit beside no second factors":           {bound: factor, was: auth(`secondFactor: "Off"`), change: other, answer: silent},
	"no word on second factors":                  {bound: factor, change: auth(`recovery: {linkMinutes: 10}`), answer: silent},
	"idle as long as allowed":                    {bound: "bounds.auth.maxIdleMinutes", change: auth(`session: {idleMinutes: 15}`), answer: silent},
	"idle for too long":                          {bound: "bounds.auth.maxIdleMinutes", change: auth(`session: {idleMinutes: 16}`), answer: warned},
	"sessions as long as allowed":                {bound: "bounds.auth.maxSessionHours", change: auth(`session: {absoluteHours: 10}`), answer: silent},
	"sessions that are too long":                 {bound: "bounds.auth.maxSessionHours", change: auth(`session: {absoluteHours: 11}`), answer: warned},
	"months as many as allowed":                  {bound: "bounds.inactivity.maxMonths", change: idle(`months: 6`), answer: silent},
	"too many months":                            {bound: "bounds.inactivity.maxMonths", change: idle(`months: 7`), answer: warned, says: "spec.inactivity.months: 7 is wanted, 6 is in force"},
	"an edit beside too many months":             {bound: "bounds.inactivity.maxMonths", was: idle(`months: 24`), change: idle(`graceDays: 3`), answer: silent},
	"a class with fewer months":                  {bound: "bounds.inactivity.maxMonths", was: idle(`months: 24`), change: `{spec: {className: strict}}`, answer: warned},
	"as many accounts as allowed":                {bound: "bounds.inactivity.maxDisabledPercentPerRun", change: idle(`maxDisabledPercentPerRun: 5`), answer: silent},
	"too many accounts":                          {bound: "bounds.inactivity.maxDisabledPercentPerRun", change: idle(`maxDisabledPercentPerRun: 6`), answer: warned},
	"a mode that enforces":                       {bound: "bounds.inactivity.requireEnforce", change: idle(`mode: Enforce`), answer: silent},
	"no word on the mode":                        {bound: "bounds.inactivity.requireEnforce", change: idle(`months: 5`), answer: silent},
	"a mode that observes":                       {bound: "bounds.inactivity.requireEnforce", change: idle(`mode: Observe`), answer: warned, says: "Observe is wanted, Enforce is in force"},
	"no sweep at all":                            {bound: "bounds.inactivity.requireEnforce", change: in("audit", idle(`mode: "Off"`)), answer: warned, says: "Off would not be in force"},
	"as many warnings as asked":                  {bound: "bounds.inactivity.minWarnings", change: idle(`warnDaysBefore: [9, 2]`), answer: silent},
	"one warning of ours":                        {bound: "bounds.inactivity.minWarnings", change: idle(`warnDaysBefore: [3]`), answer: warned, says: "[3] is wanted, [30,3] is in force"},
	"one warning that is earlier than all":       {bound: "bounds.inactivity.minWarnings", change: idle(`warnDaysBefore: [60]`), answer: warned, says: "[60] is wanted, [60,30] is in force"},
	"one warning that is the first of all":       {bound: "bounds.inactivity.minWarnings", change: idle(`warnDaysBefore: [30]`), answer: warned, says: "[30] is wanted, [30,14] is in force"},
	"the same few warnings beside another value": {bound: "bounds.inactivity.minWarnings", was: idle(`warnDaysBefore: [3]`), change: idle(`graceDays: 3`), answer: silent},
}

func TestRows(t *testing.T) {
	s := start(t)
	class(t, tightened, loose)
	all, names := allRows(), map[string]string{}
	for name, r := range all {
		names[name] = fmt.Sprintf("row-%d", len(names))
		if r.was != "" {
			store(t, merge(t, merge(t, s.portal(t, s.namespaceOf(r), names[name]), r.was), in(tightened, `{spec: {}}`)))
		}
	}
	tighten(t, s, tightened)
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			object := s.portal(t, s.namespaceOf(r), names[name])
			var v verdict
			if r.was != "" {
				v = update(t, object, r.change, dry)
			} else {
				v = create(t, merge(t, object, r.change), dry)
			}
			got := silent
			switch about := "spec." + r.bound + " "; {
			case contains(v.denied, about):
				got = denied
			case contains(v.warned, about):
				got = warned
			}
			if got != r.answer || got != silent && !v.speaks(r.says) {
				t.Errorf("%s, want %s %q; the policies said:\n%s", got, r.answer, r.says, v)
			}
			if r.answer == silent && !v.silent() {
				t.Errorf("a row that shall pass is held up:\n%s", v)
			}
		})
	}
	t.Logf("%d rows", len(all))
}

func (s *setting) namespaceOf(r row) string {
	if r.in != "" {
		return r.in
	}
	return "us"
}

// allRows are the rows of all tables.
func allRows() map[string]row {
	all := maps.Clone(rows)
	maps.Copy(all, clamps)
	return all
}

// subject finds what a validation is about in its message.
var subject = regexp.MustCompile(`spec\.(bounds\.[a-zA-Z.]+|allowedNamespaces) (?:of PortalClass|wants)|(status\.portals\.total|status\.tenants\.attached) is`)

// inUse is the subject of the policy on deleting classes.
const inUse = "status.portals.total"

// subjectOf is the bound that a validation is about.
func subjectOf(t *testing.T, validation admissionv1.Validation) string {
	t.Helper()
	found := subject.FindStringSubmatch(validation.MessageExpression)
	if found == nil {
		t.Fatalf("the message names no bound: %s", validation.MessageExpression)
	}
	return found[1] + found[2]
}

// speaks says whether a message of the verdict holds a text.
func (v verdict) speaks(text string) bool {
	return contains(v.denied, text) || contains(v.warned, text)
}

func contains(messages []string, text string) bool {
	for _, message := range messages {
		if strings.Contains(message, text) {
			return true
		}
	}
	return false
}

// TestEveryValidationHasRows finds validations that no row refuses or that no row passes.
func TestEveryValidationHasRows(t *testing.T) {
	all := allRows()
	maps.Copy(all, deletions())
	maps.Copy(all, protections())
	total := 0
	for _, policy := range shippedPolicies(t) {
		audit := strings.HasSuffix(policy.Name, "-audit")
		for _, validation := range policy.Spec.Validations {
			total++
			about := subjectOf(t, validation)
			passing, refusing := 0, 0
			for _, r := range all {
				switch {
				case r.bound != about:
				case r.answer == silent:
					passing++
				case !audit || r.answer == warned:
					refusing++
				}
			}
			if passing == 0 || refusing == 0 {
				t.Errorf("%s: %s: %d rows pass and %d are refused, want both", policy.Name, about, passing, refusing)
			}
		}
	}
	if total < 15 {
		t.Errorf("only %d validations were found", total)
	}
	t.Logf("%d rows for %d validations", len(all), total)
}
