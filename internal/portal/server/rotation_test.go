// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

const (
	fleetHost  = "us-dealers.localhost:8080"
	fleetWord  = "correct horse battery staple"
	replicas   = 3
	fleetLimit = 2 * time.Minute
)

// fleet is one portal at several replicas on one PostgreSQL, each of which has volumes of its own that follow the two Secrets.
type fleet struct {
	*testing.T
	db      *store.DB
	portals []*servertest.Portal
	// last is the status of the last sign-in that was to fail.
	last int

	mu sync.Mutex
	// secrets are the data of the two key Secrets, records what they remember of rotations.
	secrets map[bool]map[string][]byte
	records map[keys.Kind]keys.Record
}

func newFleet(t *testing.T, changes ...func(*portalconfig.Process)) *fleet {
	t.Helper()
	internal, err := keys.Internal("us.dealers.svc", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{T: t, secrets: map[bool]map[string][]byte{true: keys.Portal(), false: internal}, records: map[keys.Kind]keys.Record{}}
	database := storetest.PostgreSQL(t)
	f.db = storetest.Open(t, database)
	for range replicas {
		dir := t.TempDir()
		for _, ofPods := range []bool{true, false} {
			f.mount(dir, ofPods)
		}
		f.portals = append(f.portals, servertest.Start(t, configure(t, dir, database, changes...)))
	}
	return f
}

// volume is where a Secret is mounted into a replica.
func volume(dir string, ofPods bool) servertest.Volume {
	return servertest.Volume{Dir: filepath.Join(dir, map[bool]string{true: "keys", false: "internal"}[ofPods])}
}

func (f *fleet) mount(dir string, ofPods bool) {
	f.Helper()
	if err := volume(dir, ofPods).Mount(f.secrets[ofPods]); err != nil {
		f.Fatal(err)
	}
}

// configure writes the configuration of a replica.
func configure(t *testing.T, dir string, database portalconfig.Database, changes ...func(*portalconfig.Process)) string {
	t.Helper()
	process := servertest.Process(dir)
	process.Database = database
	internal := filepath.Join(dir, "internal")
	process.Keys.TLSCertFile, process.Keys.TLSKeyFile = filepath.Join(internal, keys.TLSCert), filepath.Join(internal, keys.TLSKey)
	process.Keys.TokenDir = internal
	for _, change := range changes {
		change(&process)
	}
	for name, value := range map[string]any{portalconfig.ProcessFile: process, portalconfig.SettingsFile: servertest.Settings()} {
		raw, err := yaml.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// client calls a replica with what a client has just read from the Secret.
func (f *fleet) client(replica int, role string) (*portalclient.Client, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data := f.secrets[false]
	return portalclient.New(portalclient.Options{
		URL: "https://" + f.portals[replica].Addresses.Internal, CertificatePEM: data[keys.TLSCert], Token: string(data[role]), Timeout: time.Minute,
	})
}

// state asks any replica.
func (f *fleet) state() (*portalapi.State, error) {
	client, err := f.client(rand.IntN(replicas), portalapi.RoleOperator)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	state, _, err := client.State(f.Context(), "")
	return state, err
}

// rotate does what an operator does, from the beginning of a rotation to its end. Every replica gets a new version of a Secret at
// another moment. seen is called at every step.
func (f *fleet) rotate(kind keys.Kind, seen func(keys.Step)) {
	f.Helper()
	overlaps := keys.Overlaps{Replaced: map[keys.Kind]time.Duration{
		keys.SessionKey: 6 * time.Second, keys.PepperKey: 3 * time.Second, keys.Tokens: 6 * time.Second, keys.Certificate: 6 * time.Second,
	}}
	data, record, err := keys.Begin(kind, f.secrets[kind.OfPods()], f.records[kind], "test", "us.dealers.svc", time.Now())
	if err != nil {
		f.Fatal(err)
	}
	f.write(kind, data, record)
	seen(keys.Offered)
	moved := false
	for deadline := time.Now().Add(fleetLimit); ; {
		state, err := f.state()
		if err != nil {
			f.Fatalf("the operator's call failed: %v", err)
		}
		verdict, err := overlaps.Advance(kind, f.secrets[kind.OfPods()], f.records[kind], reportOf(kind, state), time.Now())
		if err != nil {
			f.Fatal(err)
		}
		if verdict.Data != nil {
			f.write(kind, verdict.Data, verdict.Record)
			seen(verdict.Step)
			if verdict.Step == keys.Resting {
				return
			}
		}
		if verdict.Kept && !moved {
			moved = true
			f.signInAll()
		}
		if time.Now().After(deadline) {
			f.Fatalf("the rotation of %s hangs, waiting for %s: %+v", kind, verdict.Waits, state.Replicas)
		}
		<-time.After(200 * time.Millisecond)
	}
}

// signInAll signs those in who have not signed in since: their passwords move on. One is locked out, and somebody vouches for him.
func (f *fleet) signInAll() {
	f.Helper()
	storetest.Exec(f, f.db, "DELETE FROM throttle WHERE key LIKE 'account:%'")
	for _, name := range []string{"reader", "writer", "known"} {
		f.session(name)
	}
	state, err := f.state()
	if err != nil {
		f.Fatal(err)
	}
	var needed int64
	for _, pepper := range state.OldPeppers {
		needed += pepper.Factors
	}
	if needed != 10 {
		f.Errorf("%d second factors keep the old pepper, want the 10 recovery codes", needed)
	}
	// The portals do this every hour.
	if moved, err := f.factors().Reseal(f.Context(), f.db); moved != 10 || err != nil {
		f.Errorf("%d second factors moved, %v", moved, err)
	}
}

// factors is what a replica does with second factors, with the keys that are mounted.
func (f *fleet) factors() *secondfactor.Service {
	f.Helper()
	loaded, err := config.LoadKeys(servertest.Process(f.portals[0].Dir).Keys)
	if err != nil {
		f.Fatal(err)
	}
	ring := secondfactor.NewRing(loaded.Pepper)
	ring.Use(loaded.Pepper, loaded.OldPeppers...)
	service, err := secondfactor.New(secondfactor.Options{
		Ring: ring, PublicURL: &url.URL{Scheme: "http", Host: fleetHost},
		Settings: func() *portalconfig.Settings { settings := servertest.Settings(); return &settings },
	})
	if err != nil {
		f.Fatal(err)
	}
	return service
}

// recoveryCodes gives somebody a set, sealed with the pepper in use.
func (f *fleet) recoveryCodes(name string) {
	f.Helper()
	err := f.db.Tx(f.Context(), func(tx *store.Tx) error {
		owner, err := account.ByUsername(f.Context(), tx, name)
		if err != nil {
			return err
		}
		_, err = f.factors().NewCodes(f.Context(), tx, owner, audit.Actor{Class: audit.ActorAccount, ID: owner.ID})
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

// reportOf reads a state as the operator does.
func reportOf(kind keys.Kind, state *portalapi.State) keys.Report {
	report := keys.Report{Complete: len(state.Replicas) == replicas}
	for _, replica := range state.Replicas {
		for _, credential := range replica.Credentials {
			if credential.Name == string(kind) {
				report.Replicas = append(report.Replicas, keys.Replica{InUse: credential.Fingerprint, Accepted: credential.Accepted})
			}
		}
	}
	for _, pepper := range state.OldPeppers {
		report.OldPeppers = report.OldPeppers || pepper.Passwords > 0 || pepper.Factors > 0
	}
	return report
}

// write changes the Secret, and then the files of one replica after another.
func (f *fleet) write(kind keys.Kind, data map[string][]byte, record keys.Record) {
	f.Helper()
	f.mu.Lock()
	f.secrets[kind.OfPods()], f.records[kind] = maps.Clone(data), record
	f.mu.Unlock()
	for _, replica := range rand.Perm(replicas) {
		<-time.After(rand.N(time.Second))
		f.mount(f.portals[replica].Dir, kind.OfPods())
	}
}

// people imports accounts whose passwords are hashed with the pepper in use.
func (f *fleet) people(names ...string) {
	f.Helper()
	client, err := f.client(0, portalapi.RoleOperator)
	if err != nil {
		f.Fatal(err)
	}
	defer client.Close()
	if _, err := client.PutTenant(f.Context(), "D1", servertest.Tenant("D1")); err != nil {
		f.Fatal(err)
	}
	hash, err := password.NewHasher(f.pepper()).Hash(f.Context(), fleetWord)
	if err != nil {
		f.Fatal(err)
	}
	csv := "username,class,tenant,role,createdAt,lastSignInAt,passwordHash\n"
	for _, name := range names {
		csv += fmt.Sprintf("%s,Dealer,D1,user,2020-01-01,%s,\"%s\"\n", name, time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), hash)
	}
	result, err := client.ImportAccounts(f.Context(), strings.NewReader(csv), portalapi.ImportOptions{})
	if err != nil || int(result.Created) != len(names) {
		f.Fatalf("importing accounts: %+v, %v", result, err)
	}
}

// pepper is the one in use.
func (f *fleet) pepper() password.Pepper {
	f.Helper()
	loaded, err := config.LoadKeys(servertest.Process(f.portals[0].Dir).Keys)
	if err != nil {
		f.Fatal(err)
	}
	return loaded.Pepper
}

// visitor is somebody with a browser, whose every request goes to another replica.
type visitor struct {
	fleet   *fleet
	cookies map[string]string
}

var fleetToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

func (v *visitor) do(method, path string, form url.Values) (int, string, error) {
	replica := v.fleet.portals[rand.IntN(replicas)]
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+replica.Addresses.Public+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	r.Host = fleetHost
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		v.cookies[cookie.Name] = cookie.Value
	}
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// form opens a page and reads the token of its form.
func (v *visitor) form(page string) (string, error) {
	status, body, err := v.do(http.MethodGet, page, nil)
	if err != nil {
		return "", err
	}
	token := fleetToken.FindStringSubmatch(body)
	if token == nil {
		return "", fmt.Errorf("%s answers %d without a form", page, status)
	}
	return token[1], nil
}

// signIn opens the page, waits as somebody who types, and sends the form.
func (v *visitor) signIn(name, word string, typing time.Duration) (int, error) {
	token, err := v.form("/sign-in")
	if err != nil {
		return 0, err
	}
	<-time.After(typing)
	status, _, err := v.do(http.MethodPost, "/sign-in", url.Values{"token": {token}, "username": {name}, "password": {word}})
	return status, err
}

// load keeps the fleet busy until it is stopped, and counts.
type load struct {
	pages, forms, signIns, calls atomic.Int64
	failures                     chan error
	stop                         func()
}

func (f *fleet) load() *load {
	f.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{failures: make(chan error, 100)}
	var busy sync.WaitGroup
	run := func(count *atomic.Int64, pause time.Duration, do func() error) {
		busy.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil {
					select {
					case l.failures <- err:
					default:
					}
				}
				count.Add(1)
				<-time.After(pause)
			}
		})
	}
	reader := f.session("reader")
	run(&l.pages, 20*time.Millisecond, func() error { return wants(http.StatusOK)(reader.do(http.MethodGet, "/", nil)) })
	writer := f.session("writer")
	run(&l.forms, 50*time.Millisecond, func() error {
		token, err := writer.form("/profile")
		if err != nil {
			return err
		}
		<-time.After(rand.N(2 * time.Second))
		// A form of the session whose content is refused: only its token counts here.
		return wants(http.StatusUnprocessableEntity)(writer.do(http.MethodPost, "/profile/password", url.Values{
			"token": {token}, "current": {fleetWord}, "new": {"short"}, "repeat": {"short"},
		}))
	})
	for i := range 2 {
		name := fmt.Sprint("walker", i)
		run(&l.signIns, 100*time.Millisecond, func() error {
			status, err := (&visitor{fleet: f, cookies: map[string]string{}}).signIn(name, fleetWord, rand.N(2*time.Second))
			return wants(http.StatusSeeOther)(status, "", err)
		})
	}
	run(&l.calls, 50*time.Millisecond, f.sweeper())
	l.stop = func() { cancel(); busy.Wait() }
	return l
}

// sweeper calls as a Job does, with a token and certificates that it read up to two seconds ago.
func (f *fleet) sweeper() func() error {
	var clients []*portalclient.Client
	var read time.Time
	return func() error {
		if clients == nil || time.Since(read) > 2*time.Second {
			for _, client := range clients {
				client.Close()
			}
			clients, read = nil, time.Now()
			for replica := range replicas {
				client, err := f.client(replica, portalapi.RoleReader)
				if err != nil {
					return err
				}
				clients = append(clients, client)
			}
		}
		if _, _, err := clients[rand.IntN(replicas)].State(context.Background(), ""); err != nil {
			return fmt.Errorf("a call of the internal API: %w", err)
		}
		return nil
	}
}

func wants(status int) func(int, string, error) error {
	return func(got int, body string, err error) error {
		if err == nil && got != status {
			err = fmt.Errorf("answer %d, want %d: %.300s", got, status, body)
		}
		return err
	}
}

// session is somebody who has signed in.
func (f *fleet) session(name string) *visitor {
	f.Helper()
	v := &visitor{fleet: f, cookies: map[string]string{}}
	if status, err := v.signIn(name, fleetWord, 0); err != nil || status != http.StatusSeeOther {
		f.Fatalf("signing in %s: %d, %v", name, status, err)
	}
	return v
}

// TestNobodyNoticesARotation rotates all four keys one after another while people sign in, work and fill in forms, and while programs call the
// internal API.
func TestNobodyNoticesARotation(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.people("reader", "writer", "walker0", "walker1", "known")
	f.lockOut("known", "nobody at all")
	f.recoveryCodes("reader")
	old, err := f.client(0, portalapi.RoleOperator)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	started := f.identities()
	load := f.load()
	for _, kind := range keys.Kinds() {
		f.rotate(kind, func(step keys.Step) {
			if kind == keys.SessionKey && step != keys.Resting {
				f.stillLockedOut("known", "nobody at all")
			}
		})
	}
	load.stop()
	t.Logf("%d pages, %d forms, %d sign-ins, %d calls", load.pages.Load(), load.forms.Load(), load.signIns.Load(), load.calls.Load())
	close(load.failures)
	for failure := range load.failures {
		t.Error(failure)
	}
	for what, count := range map[string]int64{
		"pages": load.pages.Load(), "forms": load.forms.Load(), "sign-ins": load.signIns.Load(), "calls": load.calls.Load(),
	} {
		if count < 5 {
			t.Errorf("only %d %s: the load proves nothing", count, what)
		}
	}
	if after := f.identities(); after != started {
		t.Errorf("replicas were started again: %s, then %s", started, after)
	}
	if _, _, err := old.State(t.Context(), ""); err == nil {
		t.Error("the old token and certificate are still accepted")
	}
	if report, err := server.VerifyAudit(t.Context(), f.portals[0].Dir, nil); err != nil || !report.Intact {
		t.Errorf("the audit trail: %+v, %v", report, err)
	}
	if left := storetest.Value[int](t, f.db, "SELECT COUNT(*) FROM credentials WHERE hash NOT LIKE $1", "%keyid="+f.pepper().ID+"$%"); left != 0 {
		t.Errorf("%d passwords need a pepper that is gone", left)
	}
	if left := storetest.Value[int](t, f.db, "SELECT COUNT(*) FROM recovery_codes WHERE code_hash NOT LIKE $1", f.pepper().ID+":%"); left != 0 {
		t.Errorf("%d recovery codes need a pepper that is gone", left)
	}
}

// identities are the ids of the replicas.
func (f *fleet) identities() string {
	f.Helper()
	state, err := f.state()
	if err != nil {
		f.Fatal(err)
	}
	list := ""
	for _, replica := range state.Replicas {
		list += replica.ID + " "
	}
	return list
}

// lockOut fails to sign in until names have to wait, for long.
func (f *fleet) lockOut(names ...string) {
	f.Helper()
	for _, name := range names {
		for range 5 {
			v := &visitor{fleet: f, cookies: map[string]string{}}
			if _, err := v.signIn(name, "not the password", 0); err != nil {
				f.Fatal(err)
			}
		}
	}
	storetest.Exec(f, f.db, "UPDATE throttle SET blocked_until = blocked_until + $1 WHERE blocked_until > 0", time.Hour.Microseconds())
	f.stillLockedOut(names...)
}

func (f *fleet) stillLockedOut(names ...string) {
	f.Helper()
	for _, name := range names {
		v := &visitor{fleet: f, cookies: map[string]string{}}
		if status, err := v.signIn(name, fleetWord, 0); err != nil || status != http.StatusTooManyRequests {
			f.Errorf("%s may try again: %d, %v", name, status, err)
		}
	}
}
