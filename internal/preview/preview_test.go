// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package preview_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/preview"
)

const samples = "../../config/samples"

// deadline of anything a test waits for.
const deadline = 60 * time.Second

func loadSet(t *testing.T, files ...string) *manifest.Set {
	t.Helper()
	set, faults, err := manifest.Load(context.Background(), files, strings.NewReader(""))
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v %v", err, faults)
	}
	return set
}

// running is a preview that the test started.
type running struct {
	preview.Running
	t    *testing.T
	out  *bytes.Buffer
	stop func() error
}

// start runs a preview until stop is called or the test ends.
func start(t *testing.T, set *manifest.Set, dataDir string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	started, ended := make(chan preview.Running, 1), make(chan error, 1)
	r := &running{t: t, out: &bytes.Buffer{}}
	go func() {
		ended <- preview.Run(ctx, preview.Options{
			Set: set, DataDir: dataDir, Out: r.out, Started: func(at preview.Running) { started <- at },
		})
	}()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(deadline):
			return errors.New("the preview does not stop")
		}
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	select {
	case r.Running = <-started:
	case err := <-ended:
		stopped = true
		t.Fatalf("the preview ended: %v", err)
	case <-time.After(deadline):
		t.Fatal("the preview does not start")
	}
	return r
}

// get fetches a page of a portal through the shared port, as a browser that resolves *.localhost would.
func (r *running) get(rawURL string) (int, string) {
	r.t.Helper()
	at, err := url.Parse(rawURL)
	if err != nil {
		r.t.Fatal(err)
	}
	cookies, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	client := &http.Client{Timeout: deadline, Jar: cookies, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", at.Port()))
		},
	}}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, rawURL, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// tenants asks a portal, whose files are in the data folder, what it has in force.
func (r *running) tenants(dataDir, portal string) map[string]portalapi.TenantState {
	r.t.Helper()
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dataDir, portal, "internal", name))
		if err != nil {
			r.t.Fatal(err)
		}
		return raw
	}
	client, err := portalclient.New(portalclient.Options{
		URL: r.InternalURLs[portal], CertificatePEM: read("tls.crt"), Token: string(read(portalapi.RoleOperator)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	defer client.Close()
	page, err := client.Tenants(context.Background(), "", 500)
	if err != nil {
		r.t.Fatal(err)
	}
	byCode := map[string]portalapi.TenantState{}
	for _, tenant := range page.Tenants {
		byCode[tenant.DealerCode] = tenant
	}
	return byCode
}

// TestPortalsAnswerUnderTheirNames runs the samples: two portals, one of them meant for PostgreSQL and a real host name.
func TestPortalsAnswerUnderTheirNames(t *testing.T) {
	r := start(t, loadSet(t, samples), "")
	for portal, host := range map[string]string{
		"dealers/ca-dealers": "ca-dealers.localhost", "dealers/us-dealers": "dealers.us.example.localhost",
	} {
		_, port, err := net.SplitHostPort(r.Address)
		if err != nil {
			t.Fatal(err)
		}
		if want := "http://" + host + ":" + port; r.URLs[portal] != want {
			t.Errorf("%s answers at %s, want %s", portal, r.URLs[portal], want)
		}
		if status, body := r.get(r.URLs[portal] + "/sign-in"); status != http.StatusOK || !strings.Contains(body, "<form") {
			t.Errorf("%s: status %d, no form in:\n%s", r.URLs[portal], status, body)
		}
	}
	alias := strings.Replace(r.URLs["dealers/us-dealers"], "dealers.us", "aurora.us", 1) + "/sign-in"
	if status, body := r.get(alias); status != http.StatusOK || !strings.Contains(body, "<form") {
		t.Errorf("the alias %s leads to status %d, no form in:\n%s", alias, status, body)
	}
	if status, body := r.get("http://" + r.Address); status != http.StatusNotFound || !strings.Contains(body, r.URLs["dealers/ca-dealers"]) {
		t.Errorf("another host: status %d\n%s", status, body)
	}
	for _, difference := range []string{"an embedded database stands in for PostgreSQL", "single sign-on, text messages and the logo are left out"} {
		if out := r.out.String(); !strings.Contains(out, difference) {
			t.Errorf("the difference is not told: %s:\n%s", difference, out)
		}
	}
}

// TestInvitationsArrive follows the link of the mail that the Secret in the samples causes.
func TestInvitationsArrive(t *testing.T) {
	r := start(t, loadSet(t, samples), "")
	message := r.waitForMail("dana.reyes@lakeside.example")
	for _, link := range message.Links {
		if !strings.HasPrefix(link, r.URLs["dealers/us-dealers"]+"/") {
			continue
		}
		if status, _ := r.get(link); status != http.StatusOK {
			t.Errorf("%s: status %d", link, status)
		}
		return
	}
	t.Errorf("no link to the portal in:\n%s", message.Text)
}

func (r *running) waitForMail(to string) catcher.Message {
	r.t.Helper()
	var last string
	for end := time.Now().Add(deadline); time.Now().Before(end); {
		_, last = r.get(r.MailURL + "/api/messages")
		var messages []catcher.Message
		if err := json.Unmarshal([]byte(last), &messages); err != nil {
			r.t.Fatalf("%v in %s", err, last)
		}
		for _, message := range messages {
			if message.For(to) {
				return message
			}
		}
		pause()
	}
	r.t.Fatalf("no mail to %s; there is %s", to, last)
	return catcher.Message{}
}

// pause keeps a wait from filling the processor.
func pause() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	<-ctx.Done()
}

// TestDataIsKept runs twice on one folder: keys stay, changes count, and a dealership that is in no file any more is closed.
func TestDataIsKept(t *testing.T) {
	const portal = "dealers/ca-dealers"
	dir, files := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tenant := func(code, name string) string {
		return "---\napiVersion: portals.forecourt.dev/v1alpha1\nkind: DealerTenant\nmetadata: {name: " + strings.ToLower(code) +
			", namespace: dealers}\nspec: {portalRef: {name: ca-dealers}, dealerCode: " + code + ", displayName: " + name + "}\n"
	}
	for _, name := range []string{"portalclass-small.yaml", "regionalportal-small.yaml"} {
		raw, err := os.ReadFile(filepath.Join(samples, name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, string(raw))
	}
	write("tenants.yaml", tenant("AA-1", "Stays")+tenant("AA-2", "Changes")+tenant("AA-3", "Goes"))
	first := start(t, loadSet(t, files), dir)
	before := first.tenants(dir, portal)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	pepper, err := os.ReadFile(filepath.Join(dir, portal, "keys", "pepper"))
	if err != nil {
		t.Fatal(err)
	}

	write("tenants.yaml", tenant("AA-1", "Stays")+tenant("AA-2", "Changed"))
	second := start(t, loadSet(t, files), dir)
	after := second.tenants(dir, portal)
	if !cmp.Equal(before["AA-1"], after["AA-1"]) {
		t.Errorf("an unchanged dealership was sent again: %+v, then %+v", before["AA-1"], after["AA-1"])
	}
	if before["AA-2"].Digest == after["AA-2"].Digest || after["AA-2"].Digest == "" {
		t.Errorf("a changed dealership was not sent: %+v, then %+v", before["AA-2"], after["AA-2"])
	}
	if before["AA-3"].Closed || !after["AA-3"].Closed {
		t.Errorf("a removed dealership is not closed: %+v, then %+v", before["AA-3"], after["AA-3"])
	}
	if kept, err := os.ReadFile(filepath.Join(dir, portal, "keys", "pepper")); err != nil || !bytes.Equal(kept, pepper) {
		t.Errorf("the pepper was made anew (%v)", err)
	}
}

func TestTemporaryDataIsRemoved(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	r := start(t, loadSet(t, samples), "")
	if entries, err := os.ReadDir(temporary); err != nil || len(entries) == 0 {
		t.Fatalf("nothing is there while it runs (%v)", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(temporary); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}

func TestPreviewsThatCannotRun(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address, _ := taken.Addr().(*net.TCPAddr)
	keyless := t.TempDir()
	folder := filepath.Join(keyless, "dealers", "ca-dealers")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "portal.db"), []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	small := []string{filepath.Join(samples, "portalclass-small.yaml"), filepath.Join(samples, "regionalportal-small.yaml")}
	twice := loadSet(t, small...)
	again := *twice.Portals[0]
	again.Effective = new(*again.Effective)
	again.Effective.Portal.Name = "other"
	twice.Portals = append(twice.Portals, &again)

	for name, test := range map[string]struct {
		options preview.Options
		want    string
	}{
		"no portal": {
			options: preview.Options{Set: loadSet(t, small[0])}, want: "the files hold no RegionalPortal",
		},
		"a port that is taken": {
			options: preview.Options{Set: loadSet(t, small...), Port: address.Port}, want: "choose another port with --port",
		},
		"two portals of one host name": {
			options: preview.Options{Set: twice}, want: "RegionalPortals dealers/ca-dealers and dealers/other have the same hostname ca-dealers.localhost",
		},
		"a database without its keys": {
			options: preview.Options{Set: loadSet(t, small...), DataDir: keyless}, want: "has a database and no keys",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			test.options.Out = io.Discard
			err := preview.Run(ctx, test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Run says %v, want %q", err, test.want)
			}
		})
	}
}
