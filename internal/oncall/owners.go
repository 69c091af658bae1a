// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"strings"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Owner is who can do something about a problem.
type Owner string

// Owners. Nobody means that it passes by itself.
const (
	// Platform team: cluster, operator, classes.
	Platform Owner = "platform"
	// Region : the regional operations team, which owns portals and tenants.
	Region Owner = "region"
	// Dealership : the people of the dealership itself.
	Dealership Owner = "dealership"
	// Support : the service desk of the market.
	Support Owner = "support"
	// Nobody has to act.
	Nobody Owner = "nobody"
)

// remedy says who acts on a reason, and how. The text may name {kind} (rp or dt), {name}, {namespace}, {class} and, for a
// tenant, {portal}.
type remedy struct {
	owner Owner
	next  string
}

// Texts that several reasons share.
const (
	nextWait     = "Wait. To watch it: kubectl get {kind} {name} -n {namespace} -w"
	nextOperator = "See whether the operator runs, and its log: kubectl get pods -A -l app.kubernetes.io/name=forecourt-operator"
	nextPods     = "See the pods and their events: kubectl describe pods -n {namespace} -l app.kubernetes.io/instance={name}"
	nextSpec     = "Correct what the message names and apply the file again; kubectl forecourt render -f FILE finds every such fault beforehand"
	nextBounds   = "Choose a value within the bound; value, bound and source are shown by kubectl forecourt why {kind}/{name} -n {namespace}"
	nextResume   = "To end the pause: kubectl patch {kind} {name} -n {namespace} --type merge -p '{\"spec\":{\"suspend\":null}}'"
	nextDescribe = "See the whole object: kubectl describe {kind} {name} -n {namespace}"
)

// remedies hold every reason of the API.
var remedies = map[string]remedy{
	v1alpha1.ReasonReconciled:   {Nobody, ""},
	v1alpha1.ReasonAsExpected:   {Nobody, ""},
	v1alpha1.ReasonUsed:         {Nobody, ""},
	v1alpha1.ReasonUnused:       {Nobody, ""},
	v1alpha1.ReasonOff:          {Nobody, ""},
	v1alpha1.ReasonNeverRun:     {Nobody, ""},
	v1alpha1.ReasonScaledToZero: {Region, "To bring it back: kubectl scale {kind} {name} -n {namespace} --replicas=1"},
	v1alpha1.ReasonProgressing:  {Nobody, nextWait},

	v1alpha1.ReasonSuspendedBySpec: {Region, nextResume},
	v1alpha1.ReasonSuspended:       {Region, nextResume},
	v1alpha1.ReasonPortalSuspended: {Region, "To end the pause: kubectl patch rp {portal} --type merge -p '{\"spec\":{\"suspend\":null}}'"},
	v1alpha1.ReasonUnknown:         {Platform, nextOperator},
	v1alpha1.ReasonInvalidSpec:     {Region, nextSpec},

	v1alpha1.ReasonClassNotFound: {Region, "Set spec.className to one of these: kubectl get portalclasses"},
	v1alpha1.ReasonNoDefaultClass: {Platform, "Mark one class as the default: kubectl annotate portalclass CLASS " +
		v1alpha1.AnnotationDefaultClass + "=true"},
	v1alpha1.ReasonDuplicateDefault:    {Platform, "Leave the annotation " + v1alpha1.AnnotationDefaultClass + " on one class only"},
	v1alpha1.ReasonClassInvalid:        {Platform, "See what is wrong with the class: kubectl describe portalclass {class}"},
	v1alpha1.ReasonNamespaceNotAllowed: {Platform, "Let the class's allowedNamespaces admit namespace {namespace}, or choose another class: kubectl edit portalclass {class}"},
	v1alpha1.ReasonOutOfBounds:         {Region, nextBounds},
	v1alpha1.ReasonAuditOnly:           {Region, nextBounds},
	v1alpha1.ReasonNameConflict:        {Region, "Move the object that the message names out of the way, or give the portal another name"},
	v1alpha1.ReasonKeySecretMissing:    {Platform, "Restore the Secret that the message names from its backup; new keys would make every password useless"},
	v1alpha1.ReasonVolumeMissing:       {Platform, "Restore the volume claim that the message names from its backup"},
	v1alpha1.ReasonAdoptionNeeded:      {Region, "Take the retained objects back with the annotation of the message, or remove them"},
	v1alpha1.ReasonSecretMissing:       {Region, "Create the Secret that the message names in namespace {namespace}"},
	v1alpha1.ReasonConfigMapMissing:    {Region, "Create the ConfigMap that the message names in namespace {namespace}"},
	v1alpha1.ReasonApplyFailed:         {Platform, nextDescribe},

	v1alpha1.ReasonHostnameTaken: {Region, "Choose another host, or have the portal that the message names let go of it: then it is taken over by itself"},
	v1alpha1.ReasonNotRequested:  {Nobody, ""},
	v1alpha1.ReasonAPIMissing:    {Platform, "Install what the message names, or choose another exposure.type or tls.mode; it is picked up by itself"},
	v1alpha1.ReasonRoutePending: {Platform, "See that the controller of the route runs and takes it: kubectl get ingresses,httproutes -n {namespace} " +
		"-l portals.forecourt.dev/portal={name}"},
	v1alpha1.ReasonRouteRefused:        {Platform, "Mend what the route's controller says: the Gateway has to let namespace {namespace} and the host in"},
	v1alpha1.ReasonCertificatePending:  {Platform, "See how far cert-manager is: kubectl describe certificates -n {namespace} -l portals.forecourt.dev/portal={name}"},
	v1alpha1.ReasonCertificateExpired:  {Region, "Renew the certificate in the Secret that the message names"},
	v1alpha1.ReasonCertificateMismatch: {Region, "Put a certificate for every host of the portal, and its key, into the Secret that the message names"},

	v1alpha1.ReasonDeploymentUnavailable: {Platform, nextPods},
	v1alpha1.ReasonPortalUnreachable:     {Platform, nextPods},
	v1alpha1.ReasonCredentialFailing:     {Region, "Mend the Secret that the message speaks of; the pods take it over by themselves"},
	v1alpha1.ReasonKeysPending:           {Nobody, nextWait},
	v1alpha1.ReasonDeliveryStuck:         {Platform, nextPods},
	v1alpha1.ReasonDatabaseUnavailable:   {Platform, "See that the database runs and lets the portal in: kubectl logs -n {namespace} -l app.kubernetes.io/instance={name}"},
	v1alpha1.ReasonSettingsPending:       {Nobody, nextWait},
	v1alpha1.ReasonSettingsRefused:       {Platform, "Do what the message says; operator and portal may be of releases that do not fit together"},
	v1alpha1.ReasonNotConfigured:         {Region, "Set notify.mail on the portal or its class"},
	v1alpha1.ReasonDeliveryFailing:       {Region, "Check the mail server that notify.mail names; messages wait in the outbox and are sent again"},

	v1alpha1.ReasonRunFailed: {Platform, "See why: kubectl logs -n {namespace} -l app.kubernetes.io/instance={name} --tail=200"},
	v1alpha1.ReasonRunHeld: {Region, "See what it found: kubectl forecourt inactivity history {name} -n {namespace}. If that is right, approve it as " +
		"the message says; if not, leave it: it expires, and the next sweep decides anew"},
	v1alpha1.ReasonRunExpired: {Region, "See who is due at the next sweep: kubectl forecourt inactivity forecast {name} -n {namespace}"},
	v1alpha1.ReasonOverdue:    {Platform, "See the Jobs of the sweep: kubectl get cronjobs,jobs -n {namespace} -l portals.forecourt.dev/portal={name}"},

	v1alpha1.ReasonTenantsNotReady: {Region, "See which and why: kubectl get dealertenants -A, then kubectl forecourt status dt/NAME"},

	v1alpha1.ReasonNamespaceNotWatched: {Platform, "Add the namespace that the message names to watchNamespaces of the operator's chart"},

	v1alpha1.ReasonPortalNotFound:     {Region, "Set spec.portalRef to one of these: kubectl get regionalportals -A"},
	v1alpha1.ReasonNotAllowed:         {Region, "Let the portal's tenants.allowFrom admit namespace {namespace}, or move the tenant: kubectl edit rp {portal}"},
	v1alpha1.ReasonTenantLimit:        {Region, "Raise tenants.max of the portal, or remove tenants that are gone"},
	v1alpha1.ReasonDealerCodeTaken:    {Region, "Give one of the two tenants another dealer code; the message names the holder"},
	v1alpha1.ReasonBrandUnknown:       {Region, "Choose among the brands of the portal, or add the brand there"},
	v1alpha1.ReasonInvitationsInvalid: {Region, "Correct the Secret with the invitations as the message says"},
	v1alpha1.ReasonNewerInForce:       {Platform, "Delete the tenant and create it again, as the message says: kubectl delete dt {name} -n {namespace}"},
	v1alpha1.ReasonRefused:            {Region, nextSpec},
	v1alpha1.ReasonClamped:            {Region, nextBounds},
	v1alpha1.ReasonNoAdministrator: {Support, "Reactivate an administrator of the dealership on the accounts page of the service desk, or have one imported: " +
		"nobody there can help colleagues now"},
	v1alpha1.ReasonRequirementsMissing: {Region, "Complete spec.certification of the dealership; what lacks: kubectl get dt {name} -n {namespace} " +
		"-o jsonpath='{.status.missingRequirements}'"},
	v1alpha1.ReasonAdministratorDormant: {Dealership, "Sign in as that administrator, with the code that the portal mails. If the person has left, " +
		"import another administrator (kubectl forecourt accounts import); if no code can arrive, the service desk exempts the account for a time"},
}

// responsible answers who acts on a reason and how. A reason of a newer operator, which this plugin does not know, is for
// the platform team.
func responsible(reason string, about map[string]string) (Owner, string) {
	known, found := remedies[reason]
	if !found {
		known = remedy{Platform, nextDescribe}
	}
	pairs := make([]string, 0, 2*len(about))
	for name, value := range about {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return known.owner, strings.NewReplacer(pairs...).Replace(known.next)
}
