// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

const (
	// followFor is how long the commands wait for an outcome, unless --timeout says otherwise.
	followFor = 5 * time.Minute
	// followEvery is how often they look.
	followEvery = 500 * time.Millisecond
	// fieldOwner is as whom the plugin writes annotations.
	fieldOwner = "kubectl-forecourt"
)

// request is an annotation to set on a portal, and what to wait for.
type request struct {
	kind              v1alpha1.InactivityRequestType
	annotation, value string
}

// asking is what the commands run, approve and undo have in common.
type asking struct {
	access  connection
	answer  output
	timeout time.Duration
	streams Streams
}

func (a *asking) flags(command *cobra.Command) {
	a.access.flags(command)
	a.answer.flag(command)
	command.ValidArgsFunction = a.access.completeTargets(kindPortal)
	command.Flags().DurationVar(&a.timeout, "timeout", followFor, "how long to wait for the outcome")
}

// portal opens the cluster and reads the portal.
func (a *asking) portal(ctx context.Context, argument string) (*cluster, *v1alpha1.RegionalPortal, error) {
	if a.timeout <= 0 {
		return nil, nil, &usageError{fmt.Errorf("--timeout %s: want more than nothing, such as 5m", a.timeout)}
	}
	cluster, err := a.access.open(a.streams)
	if err != nil {
		return nil, nil, err
	}
	portal, err := cluster.onePortal(ctx, argument)
	return cluster, portal, err
}

// carryOut sets the annotation, waits for what comes of it and prints that.
func (a *asking) carryOut(ctx context.Context, cluster *cluster, portal *v1alpha1.RegionalPortal, asked request) error {
	before := portal.DeepCopy()
	if portal.Annotations == nil {
		portal.Annotations = map[string]string{}
	}
	portal.Annotations[asked.annotation] = asked.value
	if err := cluster.Patch(ctx, portal, client.MergeFrom(before), client.FieldOwner(fieldOwner)); err != nil {
		return fmt.Errorf("annotating RegionalPortal %s/%s: %w", portal.Namespace, portal.Name, err)
	}
	outcome, err := a.follow(ctx, cluster, portal, asked)
	if err != nil {
		return err
	}
	if err := a.answer.print(a.streams, outcome, func(p *page) { drawOutcome(p, outcome) }); err != nil {
		return err
	}
	return verdict(outcome, portal, asked)
}

// follow waits until the request is over and done with.
func (a *asking) follow(ctx context.Context, cluster *cluster, portal *v1alpha1.RegionalPortal, asked request) (*v1alpha1.InactivityRequest, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.timeout, errNoOutcome)
	defer cancel()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	last := ""
	for {
		outcome := outcomeOf(portal, asked)
		if outcome != nil && isFinal(outcome.Outcome) {
			return outcome, nil
		}
		if outcome != nil {
			last = outcome.Message
		}
		select {
		case <-ctx.Done():
			if !errors.Is(context.Cause(ctx), errNoOutcome) {
				return nil, ctx.Err()
			}
			return nil, unheard(portal, asked, a.timeout, last)
		case <-tick.C:
		}
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("reading RegionalPortal %s/%s: %w", portal.Namespace, portal.Name, err)
		}
	}
}

var errNoOutcome = errors.New("no outcome yet")

// unheard says that the request stands although nobody has answered yet.
func unheard(portal *v1alpha1.RegionalPortal, asked request, waited time.Duration, last string) error {
	err := fmt.Errorf("no outcome within %s", waited)
	if last != "" {
		err = fmt.Errorf("no outcome within %s: %s", waited, last)
	}
	return withCure(err, "The request stands, and is acted on once: %s is %s on the portal. What comes of it is in status.inactivity.requests; "+
		"how the portal is: kubectl forecourt status rp/%s -n %s", asked.annotation, asked.value, portal.Name, portal.Namespace)
}

// outcomeOf finds what the status tells of a request.
func outcomeOf(portal *v1alpha1.RegionalPortal, asked request) *v1alpha1.InactivityRequest {
	if portal.Status.Inactivity == nil {
		return nil
	}
	for i := range portal.Status.Inactivity.Requests {
		if found := &portal.Status.Inactivity.Requests[i]; found.Type == asked.kind && found.Value == asked.value {
			return found
		}
	}
	return nil
}

func isFinal(outcome v1alpha1.InactivityOutcome) bool {
	return outcome != v1alpha1.InactivityWaiting && outcome != v1alpha1.InactivityRunning
}

// drawOutcome says what was done. What was not done is the command's error.
func drawOutcome(p *page, outcome *v1alpha1.InactivityRequest) {
	if outcome.Outcome == v1alpha1.InactivityDone {
		p.paragraph(cell{}, text("%s", outcome.Message))
	}
}

// verdict turns what was not done into an error that knows its cure.
func verdict(outcome *v1alpha1.InactivityRequest, portal *v1alpha1.RegionalPortal, asked request) error {
	history := fmt.Sprintf("The runs and what became of them: kubectl forecourt inactivity history %s -n %s", portal.Name, portal.Namespace)
	switch outcome.Outcome {
	case v1alpha1.InactivityRefused:
		return withCure(fmt.Errorf("refused: %s", outcome.Message),
			"%s\nThe same is not asked twice. To ask for it once more, take the annotation away first: kubectl annotate rp %s -n %s %s-",
			history, portal.Name, portal.Namespace, asked.annotation)
	case v1alpha1.InactivityFailed:
		return withCure(errors.New(outcome.Message), "%s", history)
	}
	return nil
}
