// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalbench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/test/figures"
)

// anywhere lets the system choose the ports.
var anywhere = portalconfig.Listen{Public: "127.0.0.1:0", Internal: "127.0.0.1:0", Metrics: "127.0.0.1:0"}

const (
	rounds = 3
	// signIns and pages are how many of them a round takes.
	signIns = 200
	pages   = 4000
)

// turn is what one turn cost.
type turn struct{ elapsed, cpu time.Duration }

// measure runs do and answers its time and the processor time of who is measured.
func measure(cpu func() time.Duration, do func()) turn {
	used, since := cpu(), time.Now()
	do()
	return turn{time.Since(since), cpu() - used}
}

// own is the processor time of this process.
func own() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// share runs do count times on so many workers.
func share(workers, count int, do func(worker int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			for next.Add(1) <= int64(count) {
				do(worker)
			}
		})
	}
	wait.Wait()
}

// ratios divides the figures of two lists.
func ratios(top, bottom []turn, figure func(turn) time.Duration) []float64 {
	list := make([]float64, len(top))
	for i := range top {
		list[i] = figure(top[i]).Seconds() / figure(bottom[i]).Seconds()
	}
	return list
}

func elapsed(t turn) time.Duration { return t.elapsed }
func used(t turn) time.Duration    { return t.cpu }

// BenchmarkSignIns compares people who come back and sign in with the one hash that none of them can do without.
func BenchmarkSignIns(b *testing.B) {
	p := startPortal(b, build(b, "github.com/forecourt-dev/forecourt/cmd/portal"), configure(b, anywhere))
	workers := 2 * password.Slots()
	p.people(workers)
	browsers, tokens := make([]*browser, workers), make([]string, workers)
	signIn := func(i int) {
		if status, err := browsers[i].signIn(tokens[i], fmt.Sprint("user-", i), word); err != nil || status != http.StatusSeeOther {
			b.Errorf("signing in: status %d, %v", status, err)
		}
		delete(browsers[i].cookies, "forecourt-session")
	}
	for i := range workers {
		browsers[i] = newBrowser(b, p.Addresses.Public)
		tokens[i] = browsers[i].form(b)
		signIn(i)
	}
	hasher := password.NewHasher(password.Pepper{ID: "bench", Key: make([]byte, 32)})
	hasher.GiveWay() // as the portal's
	var mine, bare []turn
	for range rounds {
		bare = append(bare, measure(own, func() {
			share(password.Slots(), signIns, func(int) {
				if _, err := hasher.Hash(b.Context(), word); err != nil {
					b.Error(err)
				}
			})
		}))
		mine = append(mine, measure(p.cpu, func() { share(workers, signIns, signIn) }))
	}
	report := figures.New(b, "sign-ins")
	report.Ratio("sign-ins per second", "bare hashes per second", "0.95", ratios(bare, mine, elapsed))
	report.Ratio("sign-ins per second of the processors", "bare hashes per second of theirs", "0.95", ratios(bare, mine, used))
	report.Value("processor time of a sign-in", "", 1000*mine[0].cpu.Seconds()/signIns, "ms")
	report.Done()
}

// BenchmarkSignedInPage compares the start page of somebody who is signed in with a server that writes the same bytes and headers.
func BenchmarkSignedInPage(b *testing.B) {
	p := startPortal(b, build(b, "github.com/forecourt-dev/forecourt/cmd/portal"), configure(b, anywhere))
	p.people(1)
	v := newBrowser(b, p.Addresses.Public)
	if status, err := v.signIn(v.form(b), "user-0", word); err != nil || status != http.StatusSeeOther {
		b.Fatalf("signing in: status %d, %v", status, err)
	}
	_, body, err := v.ask(http.MethodGet, "/", nil)
	if err != nil {
		b.Fatal(err)
	}
	bareProcess, address := startBare(b, body)
	workers := password.Slots()
	load := func(address string) func() {
		browsers := make([]*browser, workers)
		for i := range browsers {
			browsers[i] = newBrowser(b, address)
			browsers[i].cookies = v.cookies
		}
		return func() {
			share(workers, pages, func(i int) {
				if status, got, err := browsers[i].ask(http.MethodGet, "/", nil); err != nil || status != http.StatusOK || len(got) != len(body) {
					b.Errorf("status %d, %d bytes, %v", status, len(got), err)
				}
			})
		}
	}
	atPortal, atBare := load(p.Addresses.Public), load(address)
	atPortal()
	var mine, bare []turn
	for range rounds {
		bare = append(bare, measure(bareProcess.cpu, atBare))
		mine = append(mine, measure(p.cpu, atPortal))
	}
	report := figures.New(b, "a signed-in page")
	report.Ratio("pages per second", "same bytes per second", "0.8", ratios(bare, mine, elapsed))
	report.Ratio("pages per second of the processors", "same bytes per second of theirs", "", ratios(bare, mine, used))
	report.Value("processor time of a page", "", 1e6*mine[0].cpu.Seconds()/pages, "µs")
	report.Value("processor time of the same bytes", "", 1e6*bare[0].cpu.Seconds()/pages, "µs")
	report.Value("size of the page", "60 KiB", float64(len(body))/1024, "KiB")
	report.Done()
}

// BenchmarkReady compares the time from the start of a portal until it is ready with that of a server that only greets.
func BenchmarkReady(b *testing.B) {
	program, hello := build(b, "github.com/forecourt-dev/forecourt/cmd/portal"), build(b, "github.com/forecourt-dev/forecourt/test/portalbench/hello")
	var mine, bare []turn
	for range 3 * rounds {
		dir := configure(b, anywhere)
		address := freeAddress(b)
		since := time.Now()
		greeter := start(b, os.Stderr, hello, dir+"/portal.db", address)
		bare = append(bare, turn{elapsed: answers(b, since, "http://"+address), cpu: greeter.cpu()})
		greeter.end()

		listen := portalconfig.Listen{Public: freeAddress(b), Internal: freeAddress(b), Metrics: freeAddress(b)}
		dir = configure(b, listen)
		since = time.Now()
		p := start(b, nil, program, "serve", "--config", dir)
		mine = append(mine, turn{elapsed: answers(b, since, "http://"+listen.Metrics+"/readyz"), cpu: p.cpu()})
		p.end()
	}
	report := figures.New(b, "start until ready")
	report.Ratio("time", "that of a server that greets", "2", ratios(mine, bare, elapsed))
	report.Value("time until ready", "", 1000*mine[0].elapsed.Seconds(), "ms")
	report.Done()
}

// BenchmarkFlood lets twice as many guess as the portal can verify, and looks at its memory and at the pages of who is signed in.
func BenchmarkFlood(b *testing.B) {
	p := startPortal(b, build(b, "github.com/forecourt-dev/forecourt/cmd/portal"), configure(b, anywhere))
	p.people(1)
	v := newBrowser(b, p.Addresses.Public)
	if status, err := v.signIn(v.form(b), "user-0", word); err != nil || status != http.StatusSeeOther {
		b.Fatalf("signing in: status %d, %v", status, err)
	}
	look := func() []float64 {
		var took []float64
		for range 200 {
			since := time.Now()
			if status, _, err := v.ask(http.MethodGet, "/", nil); err != nil || status != http.StatusOK {
				b.Errorf("a page: status %d, %v", status, err)
			}
			took = append(took, time.Since(since).Seconds())
		}
		slices.Sort(took)
		return took
	}
	look()
	calm, base := look(), p.memory("VmRSS")
	ctx, stop := context.WithCancel(b.Context())
	var statuses sync.Map
	var wait sync.WaitGroup
	for i := range 2 * password.Slots() * 17 {
		stranger := newBrowser(b, p.Addresses.Public)
		token := stranger.form(b)
		wait.Go(func() {
			for j := 0; ctx.Err() == nil; j++ {
				status, err := stranger.signIn(token, fmt.Sprint("nobody-", i, "-", j), "guess")
				if err != nil {
					b.Errorf("a stranger got no answer: %v", err)
					return
				}
				count, _ := statuses.LoadOrStore(status, &atomic.Int64{})
				count.(*atomic.Int64).Add(1) //nolint:forcetypeassert // stored above
				if status == http.StatusServiceUnavailable {
					select {
					case <-ctx.Done():
					case <-time.After(200 * time.Millisecond):
					}
				}
			}
		})
	}
	busy := look()
	stop()
	wait.Wait()
	statuses.Range(func(status, count any) bool {
		b.Logf("strangers got %v %d times", status, count.(*atomic.Int64).Load()) //nolint:forcetypeassert // stored above
		return true
	})
	hashes := float64(password.Slots()) * 19 * (1 << 20)
	report := figures.New(b, "twice as many guesses as can be verified")
	report.Value("most memory beyond what it had ÷ that of the hashes", "1.1", (p.memory("VmHWM")-base)/hashes, "")
	report.Value("memory before", "", base/(1<<20), "MiB")
	report.Value("most memory", "", p.memory("VmHWM")/(1<<20), "MiB")
	report.Value("time of a page ÷ that without a flood, median", "", busy[len(busy)/2]/calm[len(calm)/2], "")
	report.Value("time of a page ÷ that without a flood, 99 of 100", "", busy[len(busy)*99/100]/calm[len(calm)*99/100], "")
	report.Value("time of a page in the flood, median", "", 1000*busy[len(busy)/2], "ms")
	report.Done()
}

// startBare serves a body with the headers of a page.
func startBare(b *testing.B, body string) (*process, string) {
	b.Helper()
	file := b.TempDir() + "/body"
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		b.Fatal(err)
	}
	address := freeAddress(b)
	b.Setenv(bareVariable, address+" "+file)
	p := start(b, os.Stderr, os.Args[0])
	if err := os.Unsetenv(bareVariable); err != nil {
		b.Fatal(err)
	}
	answers(b, time.Now(), "http://"+address)
	return p, address
}

// bareVariable makes this program the server that writes the same bytes.
const bareVariable = "FORECOURT_BENCH_BARE"

// TestMain is that server, too.
func TestMain(m *testing.M) {
	address, file, ordered := strings.Cut(os.Getenv(bareVariable), " ")
	if !ordered {
		os.Exit(m.Run())
	}
	body, err := os.ReadFile(file)
	if err == nil {
		var on net.Listener
		if on, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", address); err == nil {
			server := httptest.Server{Listener: on, Config: &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: sameBytes(body)}}
			server.Start()
			select {}
		}
	}
	fmt.Fprintln(os.Stderr, "bare server:", err)
	os.Exit(1)
}

func sameBytes(body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body)
	})
}
