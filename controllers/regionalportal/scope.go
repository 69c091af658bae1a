// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
	"github.com/forecourt-dev/forecourt/internal/precious"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// scope is one pass over one portal: the phases fill it in, status reads it. What was not read stays nil.
type scope struct {
	portal *v1alpha1.RegionalPortal
	known  *portalstate.Portal
	now    time.Time

	class     *v1alpha1.PortalClass
	effective *settings.Effective
	// wanted is the digest of the effective settings.
	wanted string
	// precious are the objects that hold data, as guard found them.
	precious []precious.Object
	// problem keeps the pass from writing children.
	problem *problem
	// paused is true while spec.suspend does the same; pending, when something else is declared than was applied last.
	paused, pending bool
	// asked is true when the annotation reconcile-at asks for a look past every cache, by the value askedAt.
	asked   bool
	askedAt string

	// hostsHeld is true when no other portal holds a host of this one; evicted, when another one does though they are in
	// force for this one.
	hostsHeld, evicted bool
	// partners are the portals that exchange hosts with this one in this pass.
	partners []*v1alpha1.RegionalPortal
	// exposed is what is known of the route, certificate when the one that serves expires.
	exposed     *verdict
	certificate *metav1.Time

	deployment *appsv1.Deployment
	cronJob    *batchv1.CronJob

	// state is the portal's answer; inForce the digest of the settings that it has in force.
	state   *portalapi.State
	inForce string
	// refusal is the text with which the portal refused the settings.
	refusal string
	// databaseDown is true when the portal answered that its database does not work.
	databaseDown bool

	// notInvited says why the service desk, which has nobody, could not be invited.
	notInvited string

	// answered is true when state is of this very pass.
	answered bool
	// secrets are the key Secrets by name, as they were read live.
	secrets map[string]*corev1.Secret
	// rotations are what became of rotations of keys.
	rotations []v1alpha1.KeyRotation

	// requests are what became of the annotations that ask for something about inactivity.
	requests []v1alpha1.InactivityRequest

	// tenants that refer to this portal; shared with the cache.
	tenants []v1alpha1.DealerTenant
	// tenantsAffected is true when what the tenants' verdicts depend on has changed.
	tenantsAffected bool
	// changed says for a dealer code whether the portal's row has changed; nil when the list was not read.
	changed func(dealerCode string) bool

	// requeue is when to look again at the latest; 0 means after the poll period.
	requeue time.Duration
}

// problem is what keeps declared settings from being in force.
type problem struct {
	reason, message string
	// stalled is true when only a person can bring progress.
	stalled bool
	// class is true when the problem is the class's: then ClassAccepted is False.
	class bool
	// condition, besides Ready, that tells of a Secret or ConfigMap that is missing.
	condition string
	// retry is when to look again at what sends no events; 0 means that an event will come.
	retry time.Duration
}

// stalled is a problem that only a person can mend.
func stalled(fault *settings.Problem, retry time.Duration) *problem {
	return &problem{reason: fault.Reason, message: fault.Message, class: fault.OfClass, stalled: true, retry: retry}
}

// retryFact is how long to wait before reading a fact again that sends no events, such as a Secret.
const retryFact = 15 * time.Second

// again asks to look again after a time; the shortest counts.
func (s *scope) again(after time.Duration) {
	if after > 0 && (s.requeue == 0 || after < s.requeue) {
		s.requeue = after
	}
}

// asleep says that no pod runs, as declared.
func (s *scope) asleep() bool {
	return s.deployment != nil && s.deployment.Spec.Replicas != nil && *s.deployment.Spec.Replicas == 0
}

// running says that some pod can be asked.
func (s *scope) running() bool {
	return s.deployment != nil && s.deployment.Status.AvailableReplicas > 0 && !s.asleep()
}
