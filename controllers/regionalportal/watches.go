// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// SetupWithManager registers the controller and what it watches.
func (r *Reconciler) SetupWithManager(manager ctrl.Manager, name string) error {
	changed := predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	build := ctrl.NewControllerManagedBy(manager).
		Named(name).
		For(&v1alpha1.RegionalPortal{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.PortalClass{}, r.classHandler()).
		Watches(&v1alpha1.DealerTenant{}, r.tenantHandler()).
		WatchesRawSource(r.Self.Source()).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.Workers})
	for _, kind := range apply.Kinds() {
		build = build.Watches(kind, childHandler(), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return build.Complete(r)
}

// childHandler queues the portal of a child, the one before a change and the one after it: somebody may have taken the
// label or the owner away.
func childHandler() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, child client.Object) []reconcile.Request {
		name := child.GetLabels()[render.LabelPortal]
		if owner := metav1.GetControllerOf(child); owner != nil && owner.Kind == "RegionalPortal" {
			name = owner.Name
		}
		if name == "" {
			return nil
		}
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: child.GetNamespace(), Name: name}}}
	})
}

// tenantHandler collects changes of many tenants into one look of their portal.
func (r *Reconciler) tenantHandler() handler.EventHandler {
	collect := func(object client.Object, queue trigger.Queue) {
		if tenant, ok := object.(*v1alpha1.DealerTenant); ok {
			queue.AddAfter(reconcile.Request{NamespacedName: index.PortalOf(tenant)}, r.Coalesce)
		}
	}
	return handler.Funcs{
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, queue trigger.Queue) {
			if verdicts(e.ObjectOld) != verdicts(e.ObjectNew) {
				collect(e.ObjectNew, queue)
			}
		},
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, queue trigger.Queue) { collect(e.Object, queue) },
	}
}

// verdicts are the parts of a tenant's status that its portal counts.
func verdicts(object client.Object) [2]metav1.ConditionStatus {
	tenant, ok := object.(*v1alpha1.DealerTenant)
	if !ok {
		return [2]metav1.ConditionStatus{}
	}
	var found [2]metav1.ConditionStatus
	for i, kind := range []string{v1alpha1.ConditionAttached, v1alpha1.ConditionReady} {
		if condition := meta.FindStatusCondition(tenant.Status.Conditions, kind); condition != nil {
			found[i] = condition.Status
		}
	}
	return found
}

// classHandler queues the portals for which a change of a class makes a difference, behind what people wait for.
func (r *Reconciler) classHandler() handler.EventHandler {
	queueAll := func(ctx context.Context, object client.Object, queue trigger.Queue) {
		if class, ok := object.(*v1alpha1.PortalClass); ok {
			r.queuePortals(ctx, queue, class, nil)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue trigger.Queue) { queueAll(ctx, e.Object, queue) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) { queueAll(ctx, e.Object, queue) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			before, ok := e.ObjectOld.(*v1alpha1.PortalClass)
			after, isClass := e.ObjectNew.(*v1alpha1.PortalClass)
			if !ok || !isClass || (before.Generation == after.Generation && classes.IsDefault(before) == classes.IsDefault(after)) {
				return
			}
			r.queuePortals(ctx, queue, after, before)
		},
	}
}

// queuePortals queues the portals that name the class, and those that name none when it is or was the default. With the
// class as it was before, portals whose settings resolve to the same are left out.
func (r *Reconciler) queuePortals(ctx context.Context, queue trigger.Queue, class, before *v1alpha1.PortalClass) {
	names := []string{class.Name}
	if classes.IsDefault(class) || (before != nil && classes.IsDefault(before)) {
		names = append(names, "")
	}
	for _, name := range names {
		portals, err := index.Portals(ctx, r.Client, name)
		if err != nil {
			log.FromContext(ctx).Error(err, "Portals of the class were not queued; their next poll finds the change", "class", class.Name)
			continue
		}
		for i := range portals {
			if before == nil || name == "" || resolvesDifferently(before, class, &portals[i]) {
				trigger.AddInBackground(queue, client.ObjectKeyFromObject(&portals[i]))
			}
		}
	}
}

// resolvesDifferently compares what two versions of a class mean for a portal.
func resolvesDifferently(before, after *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) bool {
	old, oldErr := settings.Resolve(before, portal)
	now, nowErr := settings.Resolve(after, portal)
	if oldErr != nil || nowErr != nil {
		return true
	}
	old.Class.Generation = now.Class.Generation
	return !reflect.DeepEqual(old, now)
}
