// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
			r.queueClaimants(ctx, queue, e.ObjectNew, given(e.ObjectOld, e.ObjectNew))
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue trigger.Queue) {
			r.queueClaimants(ctx, queue, e.Object, given(e.Object, nil))
		},
	}
}

// given are the hosts that a child does not carry any more; before or after is nil for a child that comes or goes.
func given(before, after client.Object) []string {
	was, wasConfig := before.(*corev1.ConfigMap)
	is, isConfig := after.(*corev1.ConfigMap)
	switch {
	case before == nil, wasConfig && isConfig && was.Data[portalconfig.ProcessFile] == is.Data[portalconfig.ProcessFile]:
		return nil
	case after == nil:
		return render.HostsInForce(before)
	}
	return without(render.HostsInForce(before), render.HostsInForce(after))
}

// Affected are the portals that have to look again when a child of a kind that the cluster may lack comes, changes or goes: its
// own, and those that wait for a host that it carried.
func Affected(ctx context.Context, reader client.Reader, before, after client.Object) []types.NamespacedName {
	var portals []types.NamespacedName
	for _, child := range []client.Object{before, after} {
		if child == nil {
			continue
		}
		if portal, found := PortalOf(child); found && !slices.Contains(portals, portal) {
			portals = append(portals, portal)
		}
	}
	for _, host := range given(before, after) {
		claimants, err := index.Claimants(ctx, reader, host)
		if err != nil {
			log.FromContext(ctx).Error(err, messageNotQueued, "host", host)
			break
		}
		for i := range claimants {
			portals = append(portals, client.ObjectKeyFromObject(&claimants[i]))
		}
	}
	return portals
}

const messageNotQueued = "Portals that wait for a host were not queued; their next poll finds that it is free"

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
			log.FromContext(ctx).Error(err, messageNotQueued, "host", host)
			return
		}
		for i := range portals {
			if portals[i].UID != from.GetUID() {
				queue.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&portals[i])})
			}
		}
	}
}
