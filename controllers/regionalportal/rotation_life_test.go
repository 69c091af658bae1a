// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/world"
)

// atOnce lets rotations go on as soon as the pods have followed.
func atOnce(o *controllers.Options) {
	o.PollPeriod = time.Second
	o.Overlaps = keys.Overlaps{Replaced: map[keys.Kind]time.Duration{}}
}

// following mounts the Secrets of a portal anew all the time, and notes every session key that was ever in use.
type following struct {
	mu   sync.Mutex
	used map[keys.Kind][]string
}

func follow(w *world.World, portal string) *following {
	w.Helper()
	f := &following{used: map[keys.Kind][]string{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = w.Host.Remount(ctx, w.Key(portal)) // a Secret that changes meanwhile is mounted the next time
			f.look(ctx, w, portal)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	w.Cleanup(func() { cancel(); <-done })
	return f
}

func (f *following) look(ctx context.Context, w *world.World, portal string) {
	for _, kind := range keys.Kinds() {
		secret := &corev1.Secret{}
		if w.Plane.Admin.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: secretName(portal, kind)}, secret) != nil {
			continue
		}
		inUse := keys.FingerprintsOf(kind, secret.Data).InUse
		f.mu.Lock()
		if !slices.Contains(f.used[kind], inUse) {
			f.used[kind] = append(f.used[kind], inUse)
		}
		f.mu.Unlock()
	}
}

func (f *following) count(kind keys.Kind) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.used[kind])
}

func secretName(portal string, kind keys.Kind) string {
	if kind.OfPods() {
		return render.Names(portal).Keys
	}
	return render.Names(portal).Internal
}

// rotated waits until a request of the annotation rotate-keys has an outcome, and returns what the status tells of it.
func rotated(w *world.World, portal *v1alpha1.RegionalPortal, request string, want v1alpha1.KeyRotationOutcome) v1alpha1.KeyRotation {
	w.Helper()
	var found v1alpha1.KeyRotation
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("rotation %s is %s", request, want), func(ctx context.Context) error {
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil {
			return err
		}
		at := slices.IndexFunc(portal.Status.KeyRotations, func(r v1alpha1.KeyRotation) bool { return r.Request == request })
		if at < 0 || portal.Status.KeyRotations[at].Outcome != want {
			return fmt.Errorf("%+v", portal.Status.KeyRotations)
		}
		found = portal.Status.KeyRotations[at]
		return nil
	})
	return found
}

func TestKeysAreRotatedByAnnotation(t *testing.T) {
	w := cluster.New(t)
	w.Restart(atOnce)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	w.Read(c.deployment)
	generation := c.deployment.Generation
	old := w.Call(w.Key("us"))
	following := follow(w, "us")
	for _, kind := range keys.Kinds() {
		annotate(w, portal, v1alpha1.AnnotationRotateKeys, string(kind)+"/first")
		rotated(w, portal, string(kind)+"/first", v1alpha1.KeyRotationDone)
	}
	for _, kind := range keys.Kinds() {
		if got := following.count(kind); got != 2 {
			t.Errorf("%s: %d keys were ever in use, want the old one and the new one", kind, got)
		}
	}
	if _, _, err := old.State(t.Context(), ""); err == nil {
		t.Error("the old token still opens the internal API")
	}
	if _, _, err := w.Call(w.Key("us")).State(t.Context(), ""); err != nil {
		t.Errorf("the new token does not open the internal API: %v", err)
	}
	w.Read(c.deployment)
	if c.deployment.Generation != generation {
		t.Error("a rotation changed the pods")
	}
	w.Ready(portal)
	annotate(w, portal, v1alpha1.AnnotationRotateKeys, "session/first") // once more, after others
	annotate(w, portal, v1alpha1.AnnotationRotateKeys, "session/second")
	rotated(w, portal, "session/second", v1alpha1.KeyRotationDone)
	if got := following.count(keys.SessionKey); got != 3 {
		t.Errorf("%d session keys were in use; a word that was acted on is not acted on again", got)
	}
	annotate(w, portal, v1alpha1.AnnotationRotateKeys, "everything/now")
	if refused := rotated(w, portal, "everything/now", v1alpha1.KeyRotationRefused); !strings.Contains(refused.Message, "session, pepper, tokens or certificate") {
		t.Errorf("the message does not say what to write: %s", refused.Message)
	}
	if message := w.Want(portal, v1alpha1.ConditionAuthReady, "True").Message; !strings.Contains(message, "everything/now") {
		t.Errorf("AuthReady does not tell of the refusal: %s", message)
	}
}

func TestKeysAreRotatedWithoutPods(t *testing.T) {
	w := cluster.New(t)
	w.Restart(atOnce)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(0)) })
	w.Want(portal, v1alpha1.ConditionReady, "True/ScaledToZero")
	for _, kind := range keys.Kinds() {
		annotate(w, portal, v1alpha1.AnnotationRotateKeys, string(kind)+"/asleep")
		rotated(w, portal, string(kind)+"/asleep", v1alpha1.KeyRotationDone)
	}
	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = w.Namespace, secretName("us", keys.PepperKey)
	w.Read(secret)
	if len(secret.Data[keys.Pepper+keys.Previous]) == 0 {
		t.Error("nobody knows whether passwords need the old pepper, and it is gone")
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = nil })
	w.Want(portal, v1alpha1.ConditionReady, "True/Reconciled")
}

func TestASuspendedPortalWaitsWithItsKeys(t *testing.T) {
	w := cluster.New(t)
	w.Restart(atOnce)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	follow(w, "us")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "migration"}
	})
	w.Want(portal, v1alpha1.ConditionSuspended, "True")
	annotate(w, portal, v1alpha1.AnnotationRotateKeys, "tokens/later")
	rotated(w, portal, "tokens/later", v1alpha1.KeyRotationWaiting)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = nil })
	rotated(w, portal, "tokens/later", v1alpha1.KeyRotationDone)
}

// crash is a way to the API server that fails at a write of a Secret, before or after it has happened, and at everything that
// comes later: the process that used it is dead.
type crash struct {
	next  http.RoundTripper
	write int
	after bool

	mu     sync.Mutex
	writes int
	dead   bool
	died   chan struct{}
}

var errCrashed = errors.New("the process has crashed")

func (c *crash) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	hit := false
	if c.dead {
		c.mu.Unlock()
		return nil, errCrashed
	}
	if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/secrets/") && strings.Contains(r.URL.RawQuery, "forecourt-rotation") {
		c.writes++
		if hit = c.writes == c.write; hit {
			c.dead = true
		}
	}
	c.mu.Unlock()
	if !hit {
		return c.next.RoundTrip(r)
	}
	defer close(c.died)
	if c.after {
		response, err := c.next.RoundTrip(r)
		if err == nil {
			_ = response.Body.Close()
		}
	}
	return nil, errCrashed
}

// TestARotationSurvivesACrashAtEveryWrite kills the operator at each of the three writes of a rotation, before and after it has
// happened, and starts another one.
func TestARotationSurvivesACrashAtEveryWrite(t *testing.T) {
	w := cluster.New(t)
	w.Restart(atOnce)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	following := follow(w, "us")
	begun := map[keys.Kind]int{}
	point := 0
	for write := 1; write <= 3; write++ {
		for _, after := range []bool{false, true} {
			kind := keys.Kinds()[point%len(keys.Kinds())]
			point++
			begun[kind]++
			request := fmt.Sprintf("%s/crash-%d", kind, point)
			t.Logf("%s: crash at write %d, after it happened: %v", request, write, after)
			w.StopOperator()
			died := crashing(w, write, after, func() { annotate(w, portal, v1alpha1.AnnotationRotateKeys, request) })
			<-died
			w.StartOperator()
			rotated(w, portal, request, v1alpha1.KeyRotationDone)
		}
	}
	for kind, rotations := range begun {
		if got := following.count(kind); got != rotations+1 {
			t.Errorf("%s: %d keys were in use after %d rotations", kind, got, rotations)
		}
	}
	w.Ready(portal)
}

// crashing runs an operator that crashes, and answers when it has.
func crashing(w *world.World, write int, after bool, then func()) <-chan struct{} {
	w.Helper()
	config, err := w.Plane.Operator(w.Context(), "crashing-operator")
	if err != nil {
		w.Fatal(err)
	}
	c := &crash{write: write, after: after, died: make(chan struct{})}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { c.next = next; return c })
	doomed := operator.Start(w.T, w.Plane, operator.Options{
		Agent: "crashing-operator", Config: config, Namespaces: []string{w.Namespace}, Class: w.Class, PortalURL: w.Host.URL, Tune: atOnce,
	})
	then()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-c.died:
		case <-time.After(world.Within):
			w.Errorf("the operator never wrote a Secret for the %d. time", write)
		}
		doomed.Stop()
	}()
	return ended
}

func TestTwoManagersRotateOnce(t *testing.T) {
	w := cluster.New(t)
	w.Restart(atOnce)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	following := follow(w, "us")
	config, err := w.Plane.Operator(t.Context(), "second-operator")
	if err != nil {
		t.Fatal(err)
	}
	operator.Start(t, w.Plane, operator.Options{
		Agent: "second-operator", Config: config, Namespaces: []string{w.Namespace}, Class: w.Class, PortalURL: w.Host.URL, Tune: atOnce,
	})
	for _, kind := range keys.Kinds() {
		annotate(w, portal, v1alpha1.AnnotationRotateKeys, string(kind)+"/twice")
		rotated(w, portal, string(kind)+"/twice", v1alpha1.KeyRotationDone)
		if got := following.count(kind); got != 2 {
			t.Errorf("%s: %d keys were in use, want two", kind, got)
		}
	}
}

// TestACertificateThatEndsIsReplaced gives a portal a certificate of which little time is left.
func TestACertificateThatEndsIsReplaced(t *testing.T) {
	w := cluster.New(t)
	w.Restart(atOnce)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	follow(w, "us")
	aged, err := keys.Internal(render.ServerName(w.Namespace, "us"), time.Now().AddDate(-4, -6, 0))
	if err != nil {
		t.Fatal(err)
	}
	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = w.Namespace, secretName("us", keys.Certificate)
	world.Change(w, secret, func(s *corev1.Secret) {
		s.Data[keys.TLSCert], s.Data[keys.TLSKey] = aged[keys.TLSCert], aged[keys.TLSKey]
	})
	rotated(w, portal, "certificate/"+keys.Automatic, v1alpha1.KeyRotationDone)
	w.Read(secret)
	if bytes.Equal(secret.Data[keys.TLSCert], aged[keys.TLSCert]) || !keys.NotAfter(secret.Data[keys.TLSCert]).After(time.Now().AddDate(4, 6, 0)) {
		t.Errorf("the certificate ends %s", keys.NotAfter(secret.Data[keys.TLSCert]))
	}
	w.Ready(portal)
	if _, _, err := w.Call(w.Key("us")).State(t.Context(), ""); err != nil {
		t.Error(err)
	}
}
