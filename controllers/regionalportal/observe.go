// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// observe reads the children and tenants that the status speaks of, also when nothing may be written.
func (r *Reconciler) observe(ctx context.Context, s *scope) error {
	names := render.Names(s.portal.Name)
	if s.deployment == nil {
		deployment := &appsv1.Deployment{}
		found, err := r.ours(ctx, s, r.Client, names.Workload, deployment)
		if err != nil {
			return err
		}
		if found {
			s.deployment = deployment
		}
	}
	if s.cronJob == nil {
		cronJob := &batchv1.CronJob{}
		found, err := r.ours(ctx, s, r.Client, names.Inactivity, cronJob)
		if err != nil {
			return err
		}
		if found {
			s.cronJob = cronJob
		}
	}
	tenants, err := index.Tenants(ctx, r.Client, client.ObjectKeyFromObject(s.portal))
	s.tenants = tenants
	return err
}

// ours reads a child from a cache and says whether it is there and this portal's.
func (r *Reconciler) ours(ctx context.Context, s *scope, from client.Reader, name string, into client.Object) (bool, error) {
	err := from.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: name}, into)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %T %s: %w", into, name, err)
	}
	return apply.OwnerUID(into) == s.portal.UID, nil
}
