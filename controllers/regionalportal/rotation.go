// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// rotationManager writes the steps of rotations. It is another one than the manager that made the Secret: what that one wrote into the
// metadata goes to the manager that applies, and a record of a rotation must not.
const rotationManager = "forecourt-rotation"

// lookAtReplicasEvery is how often pods are asked while a rotation waits for them.
const lookAtReplicasEvery = 5 * time.Second

// rotate takes the next steps of rotations, begins the one that the annotation asks for, and replaces a certificate that is about to
// end. Everything follows from the two key Secrets, as this pass read them, and from what the portal reports; a write is refused
// when the Secret has changed since, so that neither a crash nor a second manager matters.
func (r *Reconciler) rotate(ctx context.Context, s *scope) error {
	asked := askedRotation(s.portal.Annotations)
	names := render.Names(s.portal.Name)
	for _, holding := range []struct {
		secret string
		kinds  []keys.Kind
	}{{names.Keys, []keys.Kind{keys.SessionKey, keys.PepperKey}}, {names.Internal, []keys.Kind{keys.Tokens, keys.Certificate}}} {
		if err := r.rotateIn(ctx, s, holding.secret, asked, holding.kinds...); err != nil {
			return err
		}
	}
	if asked != nil && asked.fault != "" {
		s.rotations = append(s.rotations, asked.report(v1alpha1.KeyRotationRefused, "the value is malformed: "+asked.fault))
	}
	return nil
}

// rotateIn rotates what stands in one Secret. A Secret that this very operator has seen in this version is only read when there is something
// to do with it.
func (r *Reconciler) rotateIn(ctx context.Context, s *scope, name string, asked *rotationRequest, kinds ...keys.Kind) error {
	meta := s.keyMeta(name)
	if meta == nil || s.problem != nil || s.paused {
		for _, kind := range kinds {
			s.rotations = append(s.rotations, s.lastReported(kind, asked)...)
		}
		return nil
	}
	seen := s.known.Secret(name)
	resting := seen != nil && seen.Version == meta.ResourceVersion && seen.Resting() && !seen.Expiring(s.now)
	if resting && !asked.isNew(meta.Annotations, kinds) {
		s.restingRotations(meta, kinds)
		return nil
	}
	if there, err := r.readKeys(ctx, s, name); err != nil || !there {
		return err // when it has just gone, guard says so with the next pass
	}
	for _, kind := range kinds {
		if err := r.rotateKind(ctx, s, kind, s.secrets[name], asked); err != nil {
			return fmt.Errorf("rotating the key %s: %w", kind, err)
		}
	}
	s.known.NoteSecret(name, keys.Summarize(s.secrets[name].ResourceVersion, s.secrets[name].Data, kinds...))
	return nil
}

// restingRotations tells of rotations that have ended, from the annotations alone.
func (s *scope) restingRotations(meta *metav1.ObjectMeta, kinds []keys.Kind) {
	for _, kind := range kinds {
		if report := reportOf(kind, keys.Verdict{Step: keys.Resting, Record: keys.ParseRecord(meta.Annotations[kind.Annotation()])}); report != nil {
			s.rotations = append(s.rotations, *report)
		}
	}
}

// readKeys reads a key Secret unless this pass has it already, and answers whether it is there.
func (r *Reconciler) readKeys(ctx context.Context, s *scope, name string) (bool, error) {
	if s.secrets[name] != nil {
		return true, nil
	}
	secret := &corev1.Secret{}
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	s.seenSecret(secret)
	return true, nil
}

// keyMeta is the metadata of a key Secret as this pass read it, or made it; nil when it did not.
func (s *scope) keyMeta(name string) *metav1.ObjectMeta {
	if secret := s.secrets[name]; secret != nil {
		return &secret.ObjectMeta
	}
	for i := range s.precious {
		if object := &s.precious[i]; object.Kind == "Secret" && object.Name == name {
			return object.Meta
		}
	}
	return nil
}

// rotateKind does what there is to do for one kind, at most one write.
func (r *Reconciler) rotateKind(ctx context.Context, s *scope, kind keys.Kind, secret *corev1.Secret, asked *rotationRequest) error {
	record := keys.ParseRecord(secret.Annotations[kind.Annotation()])
	verdict, err := r.Overlaps.Advance(kind, secret.Data, record, s.report(kind), s.now)
	if err != nil { // somebody edited the Secret: the rest of the pass must not suffer
		s.rotations = append(s.rotations, broken(kind, verdict, err))
		s.again(retryFact)
		return nil
	}
	if verdict.Data == nil {
		if name, begin := s.begins(kind, secret.Data, record, asked); begin {
			verdict.Data, verdict.Record, err = keys.Begin(kind, secret.Data, record, name, render.ServerName(s.portal.Namespace, s.portal.Name), s.now)
			switch {
			case errors.Is(err, keys.ErrUnderWay):
				s.rotations = append(s.rotations, asked.report(v1alpha1.KeyRotationWaiting, "The rotation before it is under way"))
			case err != nil:
				return err
			default:
				verdict.Step = keys.Offered
			}
		}
	}
	if verdict.Data != nil {
		if written, err := r.writeStep(ctx, s, kind, secret, verdict); err != nil || !written {
			return err
		}
	}
	if report := reportOf(kind, verdict); report != nil {
		s.rotations = append(s.rotations, *report)
	}
	s.followRotation(verdict, min(lookAtReplicasEvery, r.PollPeriod))
	return nil
}

// begins says whether a rotation of the kind is to begin, and under which name.
func (s *scope) begins(kind keys.Kind, data map[string][]byte, record keys.Record, asked *rotationRequest) (string, bool) {
	if asked != nil && asked.kind == kind && !record.Knows(asked.name) {
		if s.running() && (s.state == nil || len(s.state.Replicas) == 0) {
			s.rotations = append(s.rotations, asked.report(v1alpha1.KeyRotationWaiting,
				"The pods do not report their keys: they have to answer, and to run an image that can rotate keys"))
			return "", false
		}
		return asked.name, true
	}
	if kind != keys.Certificate {
		return "", false
	}
	seen := keys.Summarize("", data, kind)
	return keys.Automatic, seen.Resting() && seen.Expiring(s.now) && s.reports()
}

// reports says whether the pods can be asked about their keys, or there are none.
func (s *scope) reports() bool { return !s.running() || (s.state != nil && len(s.state.Replicas) > 0) }

// writeStep writes the Secret unless it has changed since it was read; then the next pass decides anew.
func (r *Reconciler) writeStep(ctx context.Context, s *scope, kind keys.Kind, secret *corev1.Secret, verdict keys.Verdict) (bool, error) {
	changed := secret.DeepCopy()
	changed.Data = verdict.Data
	if changed.Annotations == nil {
		changed.Annotations = map[string]string{}
	}
	changed.Annotations[kind.Annotation()] = verdict.Record.String()
	patch := client.MergeFromWithOptions(secret, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, changed, patch, client.FieldOwner(rotationManager)); err != nil {
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			s.again(conflictDelay)
			s.rotations = append(s.rotations, s.lastReported(kind, nil)...)
			return false, nil
		}
		return false, fmt.Errorf("writing Secret %s: %w", secret.Name, err)
	}
	log.FromContext(ctx).Info("Key rotated by a step", "key", string(kind), "step", string(verdict.Step), "rotation", verdict.Record.Name())
	s.saw(changed)
	if kind.OfPods() {
		return true, nil
	}
	// From now on with the token in use and with every certificate that is to be trusted.
	if caller := s.known.Client(); caller != nil {
		if _, err := r.connect(s, changed); err != nil {
			return false, err
		}
	}
	return true, nil
}

// report is what the portal's pods say about a kind.
func (s *scope) report(kind keys.Kind) keys.Report {
	status, progress := rollout(s.deployment)
	if s.asleep() || s.deployment == nil {
		return keys.Report{Complete: status.Replicas == 0}
	}
	report := keys.Report{}
	if s.state == nil {
		return report
	}
	report.Complete = s.answered && progress == complete && len(s.state.Replicas) >= int(status.AvailableReplicas)
	for _, replica := range s.state.Replicas {
		for _, credential := range replica.Credentials {
			if credential.Name == string(kind) {
				report.Replicas = append(report.Replicas, keys.Replica{InUse: credential.Fingerprint, Accepted: credential.Accepted})
			}
		}
	}
	report.Complete = report.Complete && len(report.Replicas) == len(s.state.Replicas)
	for _, pepper := range s.state.OldPeppers {
		report.OldPeppers = report.OldPeppers || pepper.Passwords > 0 || pepper.Factors > 0
	}
	return report
}

// followRotation asks for the next look.
func (s *scope) followRotation(verdict keys.Verdict, soon time.Duration) {
	switch {
	case verdict.Step == keys.Resting:
	case verdict.Data != nil:
		s.again(soon)
	case verdict.Wait > 0:
		s.again(verdict.Wait + time.Second)
	case !verdict.Kept:
		s.again(soon)
	}
}

// reportOf tells of a rotation that has begun; nil before the first.
func reportOf(kind keys.Kind, verdict keys.Verdict) *v1alpha1.KeyRotation {
	name := verdict.Record.Name()
	if name == "" {
		return nil
	}
	since := seconds(verdict.Record.Since)
	report := &v1alpha1.KeyRotation{
		Key: string(kind), Request: shorten(string(kind)+"/"+name, maxValue), Outcome: v1alpha1.KeyRotationRunning, Since: &since,
	}
	switch {
	case verdict.Step == keys.Resting:
		report.Outcome, report.Message = v1alpha1.KeyRotationDone, "The new key is in use, the old one is gone"
	case verdict.Step == keys.Offered:
		report.Message = "The new key is accepted and not in use yet"
	case verdict.Kept:
		report.Outcome = v1alpha1.KeyRotationDone
		report.Message = "The new key is in use; the old one is kept for passwords whose owners have not signed in since"
	default:
		report.Message = "The new key is in use, the old one is still accepted"
	}
	if verdict.Waits != "" && report.Outcome == v1alpha1.KeyRotationRunning {
		report.Message += "; waiting for " + verdict.Waits
	}
	return report
}

// broken tells of a rotation that cannot go on with what stands in the Secret.
func broken(kind keys.Kind, verdict keys.Verdict, err error) v1alpha1.KeyRotation {
	since := seconds(verdict.Record.Since)
	return v1alpha1.KeyRotation{
		Key: string(kind), Request: shorten(string(kind)+"/"+verdict.Record.Name(), maxValue), Outcome: v1alpha1.KeyRotationRunning, Since: &since,
		Message: shorten("It cannot go on: "+err.Error()+"; put back what stood in the Secret", maxRequestMessage),
	}
}

// lastReported repeats what the status says about a kind while nothing can be known or done; what is asked for anew waits.
func (s *scope) lastReported(kind keys.Kind, asked *rotationRequest) []v1alpha1.KeyRotation {
	var list []v1alpha1.KeyRotation
	known := false
	for _, rotation := range s.portal.Status.KeyRotations {
		if rotation.Key == string(kind) {
			list = append(list, rotation)
			known = known || (asked != nil && rotation.Request == asked.value)
		}
	}
	if asked != nil && asked.fault == "" && asked.kind == kind && !known {
		why := "The keys cannot be changed at the moment: see Ready"
		if s.paused {
			why = "The portal is suspended: it begins when the pause ends"
		}
		list = append(list, asked.report(v1alpha1.KeyRotationWaiting, why))
	}
	return list
}

// rotationRequest is what the annotation asks for.
type rotationRequest struct {
	value string
	kind  keys.Kind
	name  string
	// fault says why the value is malformed; empty when it is not.
	fault string
}

// askedRotation reads the annotation; nil without one.
func askedRotation(annotations map[string]string) *rotationRequest {
	value, present := annotations[v1alpha1.AnnotationRotateKeys]
	if !present {
		return nil
	}
	kind, name, _ := strings.Cut(value, "/")
	asked := &rotationRequest{value: value, kind: keys.Kind(kind), name: name}
	if !slices.Contains(keys.Kinds(), asked.kind) || !namePattern.MatchString(name) || name == keys.Automatic {
		asked.kind = ""
		asked.fault = "want KEY/NAME; KEY is session, pepper, tokens or certificate, NAME has up to 63 letters, digits, hyphens, " +
			"underscores and dots, and is not " + keys.Automatic
	}
	return asked
}

// isNew says whether the request is about one of the kinds and the Secret with those annotations has not begun it.
func (a *rotationRequest) isNew(annotations map[string]string, kinds []keys.Kind) bool {
	return a != nil && a.fault == "" && slices.Contains(kinds, a.kind) && !keys.ParseRecord(annotations[a.kind.Annotation()]).Knows(a.name)
}

func (a *rotationRequest) report(outcome v1alpha1.KeyRotationOutcome, message string) v1alpha1.KeyRotation {
	return v1alpha1.KeyRotation{Key: string(a.kind), Request: shorten(a.value, maxValue), Outcome: outcome, Message: shorten(message, maxRequestMessage)}
}

// seenSecret keeps a key Secret that was just read or written.
func (s *scope) seenSecret(secret *corev1.Secret) {
	if s.secrets == nil {
		s.secrets = map[string]*corev1.Secret{}
	}
	s.secrets[secret.Name] = secret
}
