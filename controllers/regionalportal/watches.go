// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
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
	"github.com/forecourt-dev/forecourt/controllers/internal/namespaces"
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
		Watches(&v1alpha1.RegionalPortal{}, r.claimHandler()).
		Watches(&corev1.ConfigMap{}, r.carrierHandler()).
		Watches(&networkingv1.Ingress{}, r.carrierHandler()).
		Watches(&v1alpha1.PortalClass{}, r.classHandler()).
		Watches(&v1alpha1.DealerTenant{}, r.tenantHandler()).
		WatchesMetadata(&corev1.Namespace{}, r.namespaceHandler()).
		WatchesRawSource(r.Self.Source()).
		WithOptions(controller.Options{MaxConcurrentReconciles: r.Workers})
	for _, kind := range apply.Kinds() {
		build = build.Watches(kind, childHandler(), builder.WithPredicates(childChanged(kind), r.Echo.Foreign()))
	}
	return build.Complete(r)
}

// childHandler queues the portal of a child, the one before a change and the one after it: somebody may have taken the
// label or the owner away.
func childHandler() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, child client.Object) []reconcile.Request {
		portal, found := PortalOf(child)
		if !found {
			return nil
		}
		return []reconcile.Request{{NamespacedName: portal}}
	})
}

// PortalOf names the portal of a child.
func PortalOf(child client.Object) (types.NamespacedName, bool) {
	name := child.GetLabels()[render.LabelPortal]
	if owner := metav1.GetControllerOf(child); owner != nil && owner.Kind == "RegionalPortal" {
		name = owner.Name
	}
	return types.NamespacedName{Namespace: child.GetNamespace(), Name: name}, name != ""
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
// class as it was before, portals for which both versions mean the same are left out.
func (r *Reconciler) queuePortals(ctx context.Context, queue trigger.Queue, class, before *v1alpha1.PortalClass) {
	r.queueNamed(ctx, queue, class.Name, before, class)
	switch {
	case before == nil && classes.IsDefault(class):
		r.queueNamed(ctx, queue, "", nil, class)
	case before != nil && classes.IsDefault(before) != classes.IsDefault(class):
		r.queueNamed(ctx, queue, "", nil, class) // another class may be theirs now
	case before != nil && classes.IsDefault(class):
		r.queueNamed(ctx, queue, "", before, class)
	}
}

// queueNamed queues the portals that name a class by className, which is empty for those that name none.
func (r *Reconciler) queueNamed(ctx context.Context, queue trigger.Queue, className string, before, class *v1alpha1.PortalClass) {
	portals, err := index.Portals(ctx, r.Client, className)
	if err != nil {
		log.FromContext(ctx).Error(err, "Portals of the class were not queued; their next poll finds the change", "class", class.Name)
		return
	}
	for i := range portals {
		if before == nil || !r.unchanged(ctx, before, class, &portals[i]) {
			trigger.AddInBackground(queue, client.ObjectKeyFromObject(&portals[i]))
		}
	}
}

// unchanged says whether two versions of a class mean the same for a portal.
func (r *Reconciler) unchanged(ctx context.Context, before, after *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) bool {
	namespace := labels.Set(nil)
	if settings.SelectsNamespaces(before) || settings.SelectsNamespaces(after) {
		found, err := namespaces.Labels(ctx, r.Client, portal.Namespace)
		if err != nil {
			return false
		}
		namespace = found
	}
	return meansTheSame(before, after, portal, namespace)
}

// namespaceHandler queues the portals of a namespace that comes or whose labels changed, when their class looks at them.
func (r *Reconciler) namespaceHandler() handler.EventHandler {
	queuePortals := func(ctx context.Context, namespace client.Object, queue trigger.Queue) {
		keys, err := r.selected(ctx, namespace.GetName())
		if err != nil {
			log.FromContext(ctx).Error(err, "Portals of the namespace were not queued; their next poll finds the change", "namespace", namespace.GetName())
			return
		}
		trigger.AddInBackground(queue, keys...)
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue trigger.Queue) {
			queuePortals(ctx, e.Object, queue)
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			if !reflect.DeepEqual(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) {
				queuePortals(ctx, e.ObjectNew, queue)
			}
		},
	}
}

// selected lists the portals of a namespace whose class selects namespaces by label.
func (r *Reconciler) selected(ctx context.Context, namespace string) ([]types.NamespacedName, error) {
	list := &v1alpha1.RegionalPortalList{}
	if err := r.Client.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing portals: %w", err)
	}
	var keys []types.NamespacedName
	for i := range list.Items {
		class, err := classes.Find(ctx, r.Client, list.Items[i].Spec.ClassName)
		if err != nil {
			return nil, err
		}
		if class != nil && settings.SelectsNamespaces(class) {
			keys = append(keys, client.ObjectKeyFromObject(&list.Items[i]))
		}
	}
	return keys, nil
}
