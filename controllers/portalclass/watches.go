// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
	"github.com/forecourt-dev/forecourt/internal/classes"
)

// SetupWithManager registers the controller and what it watches.
func (r *Reconciler) SetupWithManager(manager ctrl.Manager, name string) error {
	changed := predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	return ctrl.NewControllerManagedBy(manager).
		Named(name).
		For(&v1alpha1.PortalClass{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.PortalClass{}, r.siblingHandler(), builder.WithPredicates(changed)).
		Watches(&v1alpha1.RegionalPortal{}, r.portalHandler()).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.Workers}).
		Complete(r)
}

// siblingHandler queues all classes when a class that asks to be the default comes, goes or changes: there may be another.
func (r *Reconciler) siblingHandler() handler.EventHandler {
	queueAll := func(ctx context.Context, queue trigger.Queue, objects ...client.Object) {
		for _, object := range objects {
			class, ok := object.(*v1alpha1.PortalClass)
			if !ok || !classes.IsDefault(class) {
				continue
			}
			list := &v1alpha1.PortalClassList{}
			if err := r.Client.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
				ctrl.LoggerFrom(ctx).Error(err, "Classes were not queued", "class", class.Name)
				return
			}
			for i := range list.Items {
				queue.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
			}
			return
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue trigger.Queue) { queueAll(ctx, queue, e.Object) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			queueAll(ctx, queue, e.ObjectOld, e.ObjectNew)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) { queueAll(ctx, queue, e.Object) },
	}
}

// portalHandler collects changes of many portals into one look of their class.
func (r *Reconciler) portalHandler() handler.EventHandler {
	collect := func(ctx context.Context, queue trigger.Queue, object client.Object) {
		portal, ok := object.(*v1alpha1.RegionalPortal)
		if !ok {
			return
		}
		name := portal.Spec.ClassName
		if name == "" {
			chosen, err := classes.Find(ctx, r.Client, "")
			if err != nil || chosen == nil {
				return
			}
			name = chosen.Name
		}
		queue.AddAfter(reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}, r.Coalesce)
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue trigger.Queue) { collect(ctx, queue, e.Object) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) { collect(ctx, queue, e.Object) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			if counted(e.ObjectOld) != counted(e.ObjectNew) {
				collect(ctx, queue, e.ObjectOld)
				collect(ctx, queue, e.ObjectNew)
			}
		},
	}
}

// counts are the parts of a portal that its class counts.
type counts struct {
	class            string
	ready, violating bool
	used             v1alpha1.ClassStatus
}

func counted(object client.Object) counts {
	portal, ok := object.(*v1alpha1.RegionalPortal)
	if !ok {
		return counts{}
	}
	c := counts{
		class:     portal.Spec.ClassName,
		ready:     meta.IsStatusConditionTrue(portal.Status.Conditions, v1alpha1.ConditionReady),
		violating: meta.IsStatusConditionFalse(portal.Status.Conditions, v1alpha1.ConditionWithinBounds),
	}
	if portal.Status.Class != nil {
		c.used = *portal.Status.Class
	}
	return c
}
