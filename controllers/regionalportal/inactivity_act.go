// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// followEvery is how often a run is asked about that an annotation started or approved.
const followEvery = 3 * time.Second

// fulfil does what the portal's annotations ask for. The value of an annotation is the request's identity: the portal does
// nothing twice for the same one, so that neither a crash nor a second manager matters. What is settled is not sent again.
func (r *Reconciler) fulfil(ctx context.Context, s *scope) error {
	var reported []v1alpha1.InactivityRequest
	if s.portal.Status.Inactivity != nil {
		reported = s.portal.Status.Inactivity.Requests
	}
	asked := false
	for _, ask := range asksOf(s.portal.Annotations) {
		request, settled := ask.settled(reported)
		if !settled {
			request = s.perform(ctx, &ask)
			asked = asked || request.Outcome != v1alpha1.InactivityWaiting && ask.fault == ""
		}
		s.requests = append(s.requests, request)
	}
	if asked {
		r.lookAgain(ctx, s)
	}
	return nil
}

// perform sends one request to the portal.
func (s *scope) perform(ctx context.Context, ask *ask) v1alpha1.InactivityRequest {
	caller := s.known.Client()
	switch {
	case ask.fault != "":
		return ask.report(v1alpha1.InactivityRefused, "the value is malformed: "+ask.fault)
	case caller == nil || s.state == nil:
		return ask.report(v1alpha1.InactivityWaiting, "The portal does not answer yet")
	}
	report, err := ask.send(ctx, caller)
	switch {
	case err == nil:
		if report.Outcome == v1alpha1.InactivityRunning {
			s.again(followEvery)
		}
		log.FromContext(ctx).Info("Inactivity request answered", "request", ask.kind, "run", report.RunID, "outcome", report.Outcome)
		return report
	case refuses(err):
		log.FromContext(ctx).Info("Inactivity request refused", "request", ask.kind, "run", ask.run, "code", portalclient.Code(err))
		return ask.report(v1alpha1.InactivityRefused, refusalOf(err))
	default:
		s.again(retryFact)
		log.FromContext(ctx).Info("Inactivity request not answered", "request", ask.kind, "run", ask.run, "reason", err.Error())
		return ask.report(v1alpha1.InactivityWaiting, "The portal did not answer this request; it is sent again")
	}
}

func (a *ask) send(ctx context.Context, caller *portalclient.Client) (v1alpha1.InactivityRequest, error) {
	switch a.kind {
	case v1alpha1.InactivityRequestUndo:
		result, err := caller.UndoRun(ctx, a.run, portalapi.UndoRequest{Request: a.value})
		if err != nil {
			return v1alpha1.InactivityRequest{}, err
		}
		return a.ofUndo(result), nil
	case v1alpha1.InactivityRequestApprove:
		run, err := caller.ApproveRun(ctx, a.run, portalapi.ApproveRequest{Count: a.count, Request: a.value})
		if err != nil {
			return v1alpha1.InactivityRequest{}, err
		}
		return a.ofRun(run), nil
	default:
		run, err := caller.RequestRun(ctx, portalapi.RunRequest{Mode: a.mode, Request: a.value})
		if err != nil {
			return v1alpha1.InactivityRequest{}, err
		}
		return a.ofRun(run), nil
	}
}

// refuses says whether an error is the portal's verdict on the request itself, so that asking again changes nothing.
func refuses(err error) bool {
	refused, ok := errors.AsType[*portalclient.Error](err)
	return ok && !portalclient.Unreachable(err) && refused.Code != "" &&
		refused.Status != http.StatusUnauthorized && refused.Status != http.StatusForbidden
}

// refusalOf is the portal's verdict for people.
func refusalOf(err error) string {
	if refused, ok := errors.AsType[*portalclient.Error](err); ok {
		return refused.Code + ": " + refused.Message
	}
	return err.Error()
}

// lookAgain reads the state that a request may have changed, so that status and request tell the same story.
func (r *Reconciler) lookAgain(ctx context.Context, s *scope) {
	state, etag, err := s.known.Client().State(ctx, s.known.ETag())
	if err != nil {
		s.again(conflictDelay)
		return
	}
	s.known.Answered(state, etag)
	s.state = s.known.State()
}
