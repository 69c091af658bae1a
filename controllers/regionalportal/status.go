// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// compute makes the status anew from what this pass observed. What could not be read keeps its last report, and
// its condition says Unknown.
func (s *scope) compute() v1alpha1.RegionalPortalStatus {
	status := *s.portal.Status.DeepCopy()
	status.ObservedGeneration = s.portal.Generation
	if s.lookAtAll() {
		status.LastHandledReconcileAt = s.askedAt
	}
	status.Selector = labels.SelectorFromSet(render.PodLabels(s.portal.Name, render.ComponentPortal)).String()
	status.Tenants = countTenants(s.tenants)
	s.reportInForce(&status)
	s.reportWorkload(&status)
	s.reportState(&status)
	s.reportExposure(&status)
	status.KeyRotations = s.rotations
	s.reportInactivity(&status)
	status.Conditions = s.conditions()
	return status
}

// reportInForce names what was applied; with a problem the last report stands, as the children do.
func (s *scope) reportInForce(status *v1alpha1.RegionalPortalStatus) {
	if s.problem != nil || s.effective == nil {
		return
	}
	if !s.paused {
		s.reportBoost(status)
	}
	status.URL, status.Effective = s.effective.PublicURL, s.effective.Policy()
	class, release := s.effective.Class, s.effective.Release
	if last := status.Class; last != nil && last.Name == class.Name && last.Resolved == class.Resolved {
		class.Generation = last.Generation // a generation that means the same is not worth a write
	}
	status.Class, status.Release = &class, &release
}

func (s *scope) reportWorkload(status *v1alpha1.RegionalPortalStatus) {
	status.Replicas, status.ReadyReplicas = 0, 0
	if s.deployment != nil {
		status.Replicas, status.ReadyReplicas = s.deployment.Status.Replicas, s.deployment.Status.ReadyReplicas
	}
}

func (s *scope) reportState(status *v1alpha1.RegionalPortalStatus) {
	if s.state == nil {
		return
	}
	status.Store = &v1alpha1.StoreStatus{ID: s.state.StoreID, SchemaVersion: s.state.SchemaVersion}
	status.Accounts = &v1alpha1.AccountCounts{
		Total: s.state.Accounts.Total, Active: s.state.Accounts.Active, Disabled: s.state.Accounts.Disabled,
	}
}

// needs are the conditions without which a portal is not Ready, the most telling first.
func needs() []string {
	return []string{
		v1alpha1.ConditionClassAccepted, v1alpha1.ConditionHostnameAccepted, v1alpha1.ConditionWorkloadAvailable, v1alpha1.ConditionDatabaseReady,
		v1alpha1.ConditionAuthReady, v1alpha1.ConditionExposed,
	}
}

// asleepNeeds is how many of them count for a portal without pods: there is nobody to ask about the rest.
const asleepNeeds = 3
