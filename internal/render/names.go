// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxName is the longest name of a child: a CronJob's name leaves room for the suffix of its Jobs.
const maxName = 52

// ChildNames are the names of a portal's children.
type ChildNames struct {
	// Workload names the ServiceAccount, NetworkPolicy, Service, Ingress or HTTPRoute, Deployment, PodDisruptionBudget and HorizontalPodAutoscaler.
	Workload string
	// Config names the ConfigMap.
	Config string
	// Keys names the Secret with the session key and the pepper, for the pods only.
	Keys string
	// Internal names the Secret of the internal API, with role tokens and certificate, and the Service that leads to pods that are not ready.
	Internal string
	// Data names the volume claim of an Embedded database.
	Data string
	// Inactivity names the CronJob of the sweep.
	Inactivity string
	// TLS names the Certificate and the Secret that cert-manager makes for it.
	TLS string
}

// Names answers the names of the children of the portal with this name: at most 52 characters, with a hash where the
// portal's name had to be cut.
func Names(portal string) ChildNames {
	return ChildNames{
		Workload:   childName(portal, ""),
		Config:     childName(portal, "-config"),
		Keys:       childName(portal, "-keys"),
		Internal:   childName(portal, "-internal"),
		Data:       childName(portal, "-data"),
		Inactivity: childName(portal, "-inactivity"),
		TLS:        childName(portal, "-tls"),
	}
}

func childName(portal, suffix string) string {
	if len(portal)+len(suffix) <= maxName {
		return portal + suffix
	}
	sum := sha256.Sum256([]byte(portal))
	hash := "-" + hex.EncodeToString(sum[:4])
	room := maxName - len(suffix) - len(hash)
	return strings.TrimRight(portal[:room], "-") + hash + suffix
}

// Labels and annotations of children.
const (
	// LabelPortal holds the name of the RegionalPortal.
	LabelPortal = "portals.forecourt.dev/portal"
	// LabelManagedBy and ManagedBy mark every child.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	ManagedBy      = "forecourt"
	// LabelName, LabelInstance and LabelComponent are the recommended labels.
	LabelName      = "app.kubernetes.io/name"
	LabelInstance  = "app.kubernetes.io/instance"
	LabelComponent = "app.kubernetes.io/component"
	// OperatorName is the value of LabelName on the operator's pods, which may reach the internal API.
	OperatorName = "forecourt-operator"
	// AnnotationOwnerUID on a retained child holds the UID of the portal that it belongs to.
	AnnotationOwnerUID = "portals.forecourt.dev/owner-uid"
	// AnnotationProcessDigest on the pods holds the digest of process.yaml, so that new wiring rolls them.
	AnnotationProcessDigest = "portals.forecourt.dev/process-digest"
)

// Components of a portal.
const (
	// ComponentPortal are the pods that serve.
	ComponentPortal = "portal"
	// ComponentSweep are the pods of the inactivity sweep.
	ComponentSweep = "sweep"
	// ComponentImport are pods that import accounts; Forecourt makes none, people may.
	ComponentImport = "import"
)

// PodLabels are the labels that select the pods of a component of a portal.
func PodLabels(portal, component string) map[string]string {
	return map[string]string{LabelName: "portal", LabelInstance: portal, LabelComponent: component}
}

// Labels are the labels of every child of a portal.
func Labels(portal, component string) map[string]string {
	labels := PodLabels(portal, component)
	labels[LabelManagedBy] = ManagedBy
	labels[LabelPortal] = portal
	return labels
}
