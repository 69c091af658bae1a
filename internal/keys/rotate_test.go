// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

var start = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// secretOf is the data of the Secret that a kind stands in.
func secretOf(t *testing.T, kind keys.Kind) map[string][]byte {
	t.Helper()
	if kind.OfPods() {
		return keys.Portal()
	}
	data, err := keys.Internal(serverName, start)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// saying is a replica that has read the data.
func saying(kind keys.Kind, data map[string][]byte) keys.Replica {
	prints := keys.FingerprintsOf(kind, data)
	replica := keys.Replica{InUse: prints.InUse, Accepted: prints.Previous}
	if prints.Next != "" {
		replica.Accepted = append(replica.Accepted, prints.Next)
	}
	return replica
}

func begin(t *testing.T, kind keys.Kind, data map[string][]byte, name string) (map[string][]byte, keys.Record) {
	t.Helper()
	offered, record, err := keys.Begin(kind, data, keys.Record{}, name, serverName, start)
	if err != nil {
		t.Fatal(err)
	}
	return offered, record
}

func advance(t *testing.T, kind keys.Kind, data map[string][]byte, record keys.Record, report keys.Report, now time.Time) keys.Verdict {
	t.Helper()
	verdict, err := keys.DefaultOverlaps().Advance(kind, data, record, report, now)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

// TestARotationFromEndToEnd leads every kind through its steps: at each of them two replicas, one of which is a step behind, accept each other.
func TestARotationFromEndToEnd(t *testing.T) {
	for _, kind := range keys.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			before := secretOf(t, kind)
			old := keys.FingerprintsOf(kind, before).InUse
			offered, record := begin(t, kind, before, "a")
			prints := keys.FingerprintsOf(kind, offered)
			if prints.InUse != old || prints.Next == "" || keys.StepOf(kind, offered) != keys.Offered {
				t.Fatalf("offered: %+v", prints)
			}
			behind := keys.Report{Complete: true, Replicas: []keys.Replica{saying(kind, offered), saying(kind, before)}}
			later := start.Add(time.Hour)
			if v := advance(t, kind, offered, record, behind, later); v.Data != nil || v.Waits == "" {
				t.Fatalf("a replica does not accept the next key yet, and it is used: %+v", v)
			}
			everybody := keys.Report{Complete: true, Replicas: []keys.Replica{saying(kind, offered), saying(kind, offered)}}
			if v := advance(t, kind, offered, record, keys.Report{Replicas: everybody.Replicas}, later); v.Data != nil {
				t.Fatal("a pod has not reported, and the next key is used")
			}
			replaced := advance(t, kind, offered, record, everybody, later)
			inUse := keys.FingerprintsOf(kind, replaced.Data)
			if inUse.InUse != prints.Next || inUse.Next != "" || !slices.Equal(inUse.Previous, []string{old}) || replaced.Step != keys.Replaced {
				t.Fatalf("replaced: %+v", inUse)
			}
			if !inUse.Accepts(old) || !prints.Accepts(inUse.InUse) {
				t.Error("two replicas a step apart do not accept each other's key")
			}
			end := later.Add(26 * time.Hour)
			mixed := keys.Report{Complete: true, Replicas: []keys.Replica{saying(kind, replaced.Data), saying(kind, offered)}}
			if v := advance(t, kind, replaced.Data, replaced.Record, mixed, end); v.Data != nil {
				t.Error("a replica uses the old key, and it is dropped")
			}
			all := keys.Report{Complete: true, Replicas: []keys.Replica{saying(kind, replaced.Data)}}
			if v := advance(t, kind, replaced.Data, replaced.Record, all, later.Add(time.Minute)); v.Data != nil || v.Wait == 0 {
				t.Errorf("a minute later the old key is dropped: %+v", v)
			}
			dropped := advance(t, kind, replaced.Data, replaced.Record, all, end)
			if p := keys.FingerprintsOf(kind, dropped.Data); p.InUse != prints.Next || len(p.Previous) != 0 || dropped.Step != keys.Resting {
				t.Errorf("dropped: %+v", p)
			}
			if v := advance(t, kind, dropped.Data, dropped.Record, all, end.Add(time.Hour)); v.Data != nil || v.Waits != "" {
				t.Errorf("a rotation that has ended goes on: %+v", v)
			}
			leftAlone(t, kind, before, dropped.Data)
		})
	}
}

// leftAlone checks that a rotation changes nothing of other kinds.
func leftAlone(t *testing.T, kind keys.Kind, before, after map[string][]byte) {
	t.Helper()
	for entry := range before {
		if mine := slices.Contains(kind.Entries(), entry); bytes.Equal(before[entry], after[entry]) == mine {
			t.Errorf("entry %s: changed %v, is of the kind %v", entry, !bytes.Equal(before[entry], after[entry]), mine)
		}
	}
	for entry := range after {
		if _, was := before[entry]; !was && entry != keys.Session+keys.Seals {
			t.Errorf("entry %s is left over", entry)
		}
	}
}

func TestWithoutPodsTimeDecides(t *testing.T) {
	for _, kind := range keys.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			offered, record := begin(t, kind, secretOf(t, kind), "a")
			nobody := keys.Report{Complete: true}
			if v := advance(t, kind, offered, record, nobody, start.Add(time.Minute)); v.Data != nil || v.Wait != 2*time.Minute {
				t.Errorf("a pod that is starting may have the files of before: %+v", v)
			}
			replaced := advance(t, kind, offered, record, nobody, start.Add(4*time.Minute))
			if replaced.Step != keys.Replaced {
				t.Fatalf("got %+v", replaced)
			}
			v := advance(t, kind, replaced.Data, replaced.Record, nobody, start.Add(30*time.Hour))
			if kept := kind == keys.PepperKey; (v.Data == nil) != kept || v.Kept != kept {
				t.Errorf("nobody knows whether passwords need a pepper; all else is dropped: %+v", v)
			}
		})
	}
}

func TestOldPeppersStayWhilePasswordsNeedThem(t *testing.T) {
	first, record := begin(t, keys.PepperKey, keys.Portal(), "a")
	report := func(data map[string][]byte, old bool) keys.Report {
		return keys.Report{Complete: true, Replicas: []keys.Replica{saying(keys.PepperKey, data)}, OldPeppers: old}
	}
	replaced := advance(t, keys.PepperKey, first, record, report(first, true), start)
	if v := advance(t, keys.PepperKey, replaced.Data, replaced.Record, report(replaced.Data, true), start.AddDate(1, 0, 0)); v.Data != nil || !v.Kept {
		t.Errorf("a pepper that a password needs is dropped: %+v", v)
	}
	again, record, err := keys.Begin(keys.PepperKey, replaced.Data, replaced.Record, "b", serverName, start)
	if err != nil {
		t.Fatalf("an old pepper keeps the next rotation from beginning: %v", err)
	}
	third := advance(t, keys.PepperKey, again, record, report(again, true), start)
	if previous := keys.FingerprintsOf(keys.PepperKey, third.Data).Previous; len(previous) != 2 {
		t.Errorf("two old peppers must be accepted, got %v", previous)
	}
	v := advance(t, keys.PepperKey, third.Data, third.Record, report(third.Data, false), start.Add(time.Hour))
	if p := keys.FingerprintsOf(keys.PepperKey, v.Data); v.Data == nil || len(p.Previous) != 0 {
		t.Errorf("peppers that nobody needs stay: %+v", p)
	}
}

func TestOldSealsStayVerifiable(t *testing.T) {
	data := keys.Portal()
	session, err := base64.StdEncoding.DecodeString(string(data[keys.Session]))
	if err != nil {
		t.Fatal(err)
	}
	id, secret, err := keys.SealSecret(session)
	if err != nil {
		t.Fatal(err)
	}
	for round, now := range []time.Time{start, start.AddDate(0, 1, 0)} {
		offered, record, err := keys.Begin(keys.SessionKey, data, keys.Record{}, string(rune('a'+round)), serverName, now)
		if err != nil {
			t.Fatal(err)
		}
		everybody := keys.Report{Complete: true, Replicas: []keys.Replica{saying(keys.SessionKey, offered)}}
		replaced := advance(t, keys.SessionKey, offered, record, everybody, now)
		late := keys.Report{Complete: true, Replicas: []keys.Replica{saying(keys.SessionKey, replaced.Data)}}
		dropped := advance(t, keys.SessionKey, replaced.Data, replaced.Record, late, now.AddDate(0, 0, 10))
		data = dropped.Data
	}
	seals, err := keys.RetiredSeals(data[keys.Session+keys.Seals])
	if err != nil || len(seals) != 2 {
		t.Fatalf("got %v, %v", seals, err)
	}
	if seals[0].ID != id || !bytes.Equal(seals[0].Secret, secret) || bytes.Contains(data[keys.Session+keys.Seals], []byte(base64.StdEncoding.EncodeToString(session))) {
		t.Error("what verifies the first seals is not there, or the session key itself is")
	}
	if until := start.AddDate(0, 0, 10); !seals[0].Until.Equal(until) {
		t.Errorf("the last replica may have sealed until %s, not %s", until, seals[0].Until)
	}
}

func TestBeginRefusesASecondRotation(t *testing.T) {
	for _, kind := range keys.Kinds() {
		offered, record := begin(t, kind, secretOf(t, kind), "a")
		if _, _, err := keys.Begin(kind, offered, record, "b", serverName, start); !errors.Is(err, keys.ErrUnderWay) {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}

func TestTheCertificateInUseIsServedAndBothAreTrusted(t *testing.T) {
	before := secretOf(t, keys.Certificate)
	offered, _ := begin(t, keys.Certificate, before, "a")
	served, err := keys.ServingCertificate(offered)
	if err != nil || len(served.Certificate) != 1 {
		t.Fatalf("while another certificate is trusted, %v is served: %v", served, err)
	}
	if strings.Count(string(offered[keys.TLSCert]), "BEGIN CERTIFICATE") != 2 {
		t.Error("two certificates must be trusted")
	}
	mixed := maps.Clone(before)
	mixed[keys.TLSKey] = secretOf(t, keys.Certificate)[keys.TLSKey]
	if _, err := keys.ServingCertificate(mixed); err == nil {
		t.Error("a certificate with the key of another one is served")
	}
}

func TestCertificatesAreReplacedInTime(t *testing.T) {
	file := secretOf(t, keys.Certificate)[keys.TLSCert]
	for name, test := range map[string]struct {
		at   time.Time
		want bool
	}{
		"fresh":                  {start, false},
		"after three years":      {start.AddDate(3, 0, 0), false},
		"a year before its end":  {start.AddDate(4, 0, 2), true},
		"after its end":          {start.AddDate(6, 0, 0), true},
		"no certificate at all ": {start, false},
	} {
		given := file
		if strings.HasPrefix(name, "no ") {
			given = []byte("nothing")
		}
		if got := keys.Summarize("", map[string][]byte{keys.TLSCert: given}).Expiring(test.at); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRecords(t *testing.T) {
	_, record := begin(t, keys.Tokens, secretOf(t, keys.Tokens), "first")
	read := keys.ParseRecord(record.String())
	if !read.Since.Equal(start) || read.Name() != "first" || !read.Knows("first") || read.Knows("second") {
		t.Errorf("got %+v", read)
	}
	if empty := keys.ParseRecord("no record"); empty.Name() != "" || !empty.Since.IsZero() {
		t.Errorf("got %+v", empty)
	}
}

// TestAKeyIsNeverReplacedByNothing takes the next token of one role out of the Secret by hand, while the others are offered.
func TestAKeyIsNeverReplacedByNothing(t *testing.T) {
	before := secretOf(t, keys.Tokens)
	offered, record := begin(t, keys.Tokens, before, "a")
	delete(offered, portalapi.RoleOperator+keys.Next)
	report := keys.Report{Complete: true, Replicas: []keys.Replica{saying(keys.Tokens, offered)}}
	after := advance(t, keys.Tokens, offered, record, report, start.Add(time.Hour)).Data
	if !bytes.Equal(after[portalapi.RoleOperator], before[portalapi.RoleOperator]) || bytes.Equal(after[portalapi.RoleSweep], before[portalapi.RoleSweep]) {
		t.Errorf("the token in use became %q", after[portalapi.RoleOperator])
	}
}

func TestTokensOfAllRolesChange(t *testing.T) {
	before := secretOf(t, keys.Tokens)
	offered, record := begin(t, keys.Tokens, before, "a")
	report := keys.Report{Complete: true, Replicas: []keys.Replica{saying(keys.Tokens, offered)}}
	after := advance(t, keys.Tokens, offered, record, report, start.Add(time.Hour)).Data
	for _, role := range []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader} {
		if bytes.Equal(before[role], after[role]) || !bytes.Equal(before[role], after[role+keys.Previous]) {
			t.Errorf("role %s keeps its token, or the old one is not accepted", role)
		}
	}
}
