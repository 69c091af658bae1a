// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"context"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/reconcileat"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
)

// SetupWithManager registers the controller and what it watches. Deleted tenants are the portal's business.
func (r *Reconciler) SetupWithManager(manager ctrl.Manager, name string) error {
	return ctrl.NewControllerManagedBy(manager).
		Named(name).
		For(&v1alpha1.DealerTenant{}, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, reconcileat.Changed()))).
		Watches(&v1alpha1.RegionalPortal{}, r.portalHandler()).
		WatchesMetadata(&corev1.Namespace{}, r.namespaceHandler()).
		WatchesRawSource(r.Self.Source()).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.Workers}).
		Complete(r)
}

// portalHandler queues the tenants of a portal that comes, goes or changes whom it takes. Everything else about a portal
// reaches its tenants through what the portal's own controller finds.
func (r *Reconciler) portalHandler() handler.EventHandler {
	queueTenants := func(ctx context.Context, object client.Object, queue trigger.Queue) {
		tenants, err := index.Tenants(ctx, r.Client, client.ObjectKeyFromObject(object))
		if err != nil {
			log.FromContext(ctx).Error(err, "Tenants of the portal were not queued; its next look queues those that wait")
			return
		}
		for i := range tenants {
			trigger.AddInBackground(queue, client.ObjectKeyFromObject(&tenants[i]))
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue trigger.Queue) {
			queueTenants(ctx, e.Object, queue)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) {
			queueTenants(ctx, e.Object, queue)
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			before, ok := e.ObjectOld.(*v1alpha1.RegionalPortal)
			after, isPortal := e.ObjectNew.(*v1alpha1.RegionalPortal)
			if !ok || !isPortal {
				return
			}
			going := before.DeletionTimestamp == nil && after.DeletionTimestamp != nil
			if going || !reflect.DeepEqual(before.Spec.Tenants, after.Spec.Tenants) {
				queueTenants(ctx, after, queue)
			}
		},
	}
}

// namespaceHandler queues the tenants of a namespace whose labels changed, when a portal elsewhere may look at them.
func (r *Reconciler) namespaceHandler() handler.EventHandler {
	return handler.Funcs{UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
		if reflect.DeepEqual(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) {
			return
		}
		list := &v1alpha1.DealerTenantList{}
		err := r.Client.List(ctx, list, client.InNamespace(e.ObjectNew.GetName()), client.UnsafeDisableDeepCopy)
		if err != nil {
			log.FromContext(ctx).Error(err, "Tenants of the namespace were not queued", "namespace", e.ObjectNew.GetName())
			return
		}
		for i := range list.Items {
			if tenant := &list.Items[i]; index.PortalOf(tenant).Namespace != tenant.Namespace {
				trigger.AddInBackground(queue, client.ObjectKeyFromObject(tenant))
			}
		}
	}}
}
