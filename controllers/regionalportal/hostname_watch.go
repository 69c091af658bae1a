// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"

	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// claimHandler queues those who wait for a host when a portal lets go of it: by being deleted, by declaring another host, or
// because it cannot come into force any more.
func (r *Reconciler) claimHandler() handler.EventHandler {
	return handler.Funcs{
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			before, ok := e.ObjectOld.(*v1alpha1.RegionalPortal)
			after, isPortal := e.ObjectNew.(*v1alpha1.RegionalPortal)
			if !ok || !isPortal {
				return
			}
			free := without(settings.Hosts(&before.Spec), settings.Hosts(&after.Spec))
			if hostVerdict(before) != hostVerdict(after) {
				free = settings.Hosts(&before.Spec)
			}
			r.queueClaimants(ctx, queue, after, free)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) {
			if portal, ok := e.Object.(*v1alpha1.RegionalPortal); ok {
				r.queueClaimants(ctx, queue, portal, settings.Hosts(&portal.Spec))
			}
		},
	}
}

// carrierHandler queues those who wait for a host when it is no longer in force for a portal.
func (r *Reconciler) carrierHandler() handler.EventHandler {
	return handler.Funcs{
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue trigger.Queue) {
			before, ok := e.ObjectOld.(*corev1.ConfigMap)
			after, isConfig := e.ObjectNew.(*corev1.ConfigMap)
			if ok && isConfig && before.Data[portalconfig.ProcessFile] != after.Data[portalconfig.ProcessFile] {
				r.queueClaimants(ctx, queue, after, without(render.HostsInForce(before), render.HostsInForce(after)))
			}
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) {
			if config, ok := e.Object.(*corev1.ConfigMap); ok {
				r.queueClaimants(ctx, queue, config, render.HostsInForce(config))
			}
		},
	}
}

func hostVerdict(portal *v1alpha1.RegionalPortal) metav1.ConditionStatus {
	if condition := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionHostnameAccepted); condition != nil {
		return condition.Status
	}
	return ""
}

func without(hosts, others []string) []string {
	return slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { return slices.Contains(others, host) })
}

// queueClaimants queues the portals that declare one of the hosts, but the one that lets go.
func (r *Reconciler) queueClaimants(ctx context.Context, queue trigger.Queue, from client.Object, hosts []string) {
	for _, host := range hosts {
		portals, err := index.Claimants(ctx, r.Client, host)
		if err != nil {
			log.FromContext(ctx).Error(err, "Portals that wait for a host were not queued; their next poll finds that it is free", "host", host)
			return
		}
		for i := range portals {
			if portals[i].UID != from.GetUID() {
				queue.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&portals[i])})
			}
		}
	}
}
