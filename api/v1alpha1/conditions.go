// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Condition types that every kind has, after kstatus: a tool that knows these three needs no others.
const (
	// ConditionReady is True when what was declared is in force.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the operator is working or waiting towards the declared state.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True when only a person can bring progress; the reason says what to mend.
	ConditionStalled = "Stalled"
)

// Condition types of PortalClass.
const (
	// ConditionValid is True when the class's own values can be used.
	ConditionValid = "Valid"
	// ConditionInUse is True when at least one portal uses the class.
	ConditionInUse = "InUse"
)

// ConditionWithinBounds of RegionalPortal and DealerTenant is False when a value is not in force because a bound of the class, or
// for a tenant the portal's value, is stricter.
const ConditionWithinBounds = "WithinBounds"

// Condition types of RegionalPortal.
const (
	// ConditionClassAccepted is True when the portal's class was found and is usable.
	ConditionClassAccepted = "ClassAccepted"
	// ConditionHostnameAccepted is True when no other portal holds hostname or an alias.
	ConditionHostnameAccepted = "HostnameAccepted"
	// ConditionExposed is True when the route's controller reports that requests for the portal's hosts reach it.
	ConditionExposed = "Exposed"
	// ConditionDatabaseReady is True when the portal reports that its database works.
	ConditionDatabaseReady = "DatabaseReady"
	// ConditionWorkloadAvailable is True when enough pods of the wanted template are available.
	ConditionWorkloadAvailable = "WorkloadAvailable"
	// ConditionAuthReady is True when the portal confirmed that the wanted policy is in force.
	ConditionAuthReady = "AuthReady"
	// ConditionNotificationsReady is True when outgoing messages leave. It never lowers Ready.
	ConditionNotificationsReady = "NotificationsReady"
	// ConditionInactivityHealthy is True when the last sweep ended well, no run waits for an approval and none is overdue. It
	// never lowers Ready.
	ConditionInactivityHealthy = "InactivityHealthy"
	// ConditionTenantsHealthy is True when all attached tenants are Ready. It never lowers Ready.
	ConditionTenantsHealthy = "TenantsHealthy"
	// ConditionSuspended is True while spec.suspend pauses the operator's work on the portal.
	ConditionSuspended = "Suspended"
)

// Condition types of DealerTenant.
const (
	// ConditionAttached is True when the portal exists and accepts the tenant.
	ConditionAttached = "Attached"
	// ConditionSynced is True when the portal confirmed that this generation is in force.
	ConditionSynced = "Synced"
	// ConditionCertified is True when the dealership meets the portal's tenants.requirements. It never lowers Ready.
	ConditionCertified = "Certified"
	// ConditionAdministratorsAvailable is True when the dealership has an active administrator who is not dormant. It never lowers Ready.
	ConditionAdministratorsAvailable = "AdministratorsAvailable"
)

// Reasons that several conditions share.
const (
	// ReasonReconciled : everything that was declared is in force.
	ReasonReconciled = "Reconciled"
	// ReasonProgressing : work is under way and needs nobody.
	ReasonProgressing = "Progressing"
	// ReasonUnknown : the facts could not be read.
	ReasonUnknown = "Unknown"
	// ReasonInvalidSpec : a value cannot be used; the message names the field, the value and the cure.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonAsExpected : nothing to report.
	ReasonAsExpected = "AsExpected"
)

// Reasons of RegionalPortal and PortalClass.
const (
	// ReasonClassNotFound : className names no PortalClass.
	ReasonClassNotFound = "ClassNotFound"
	// ReasonNoDefaultClass : className is unset and no PortalClass is the default.
	ReasonNoDefaultClass = "NoDefaultClass"
	// ReasonDuplicateDefault : another, older class is the default already.
	ReasonDuplicateDefault = "DuplicateDefault"
	// ReasonClassInvalid : the class is not Valid. A class that is Stalled for another reason can be used by name.
	ReasonClassInvalid = "ClassInvalid"
	// ReasonNamespaceNotAllowed : the class's allowedNamespaces do not admit the portal's namespace.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonOutOfBounds : a bound of the class refuses a value; what is in force stays.
	ReasonOutOfBounds = "OutOfBounds"
	// ReasonAuditOnly : values cross bounds of the class, whose mode Audit only reports it.
	ReasonAuditOnly = "AuditOnly"
	// ReasonNameConflict : an object with a child's name exists and is not ours.
	ReasonNameConflict = "NameConflict"
	// ReasonKeySecretMissing : a key Secret is missing though the portal has data; it is never made anew.
	ReasonKeySecretMissing = "KeySecretMissing"
	// ReasonVolumeMissing : the volume is missing though the portal had one; it is never made anew.
	ReasonVolumeMissing = "VolumeMissing"
	// ReasonAdoptionNeeded : retained objects of an earlier portal are there; the annotation adopt takes them back.
	ReasonAdoptionNeeded = "AdoptionNeeded"
	// ReasonSecretMissing : a Secret that the spec names does not exist or lacks the key.
	ReasonSecretMissing = "SecretMissing"
	// ReasonConfigMapMissing : a ConfigMap that the spec names does not exist or lacks the key.
	ReasonConfigMapMissing = "ConfigMapMissing"
	// ReasonDeploymentUnavailable : too few pods are available.
	ReasonDeploymentUnavailable = "DeploymentUnavailable"
	// ReasonScaledToZero : replicas is 0.
	ReasonScaledToZero = "ScaledToZero"
	// ReasonPortalUnreachable : the portal's internal API does not answer.
	ReasonPortalUnreachable = "PortalUnreachable"
	// ReasonSettingsPending : the portal has not confirmed the wanted settings yet.
	ReasonSettingsPending = "SettingsPending"
	// ReasonSettingsRefused : the portal refused the wanted settings; the message says why.
	ReasonSettingsRefused = "SettingsRefused"
	// ReasonDatabaseUnavailable : the portal reports that its database does not answer.
	ReasonDatabaseUnavailable = "DatabaseUnavailable"
	// ReasonNotConfigured : notify.mail is unset; messages wait in the outbox.
	ReasonNotConfigured = "NotConfigured"
	// ReasonDeliveryFailing : messages could not be delivered.
	ReasonDeliveryFailing = "DeliveryFailing"
	// ReasonOff : inactivity.mode is Off.
	ReasonOff = "Off"
	// ReasonNeverRun : no sweep has run yet.
	ReasonNeverRun = "NeverRun"
	// ReasonRunFailed : the last sweep failed.
	ReasonRunFailed = "RunFailed"
	// ReasonOverdue : a sweep should have run and did not.
	ReasonOverdue = "Overdue"
	// ReasonRunHeld : a run would have exceeded a limit, disabled nobody and waits for an approval.
	ReasonRunHeld = "RunHeld"
	// ReasonRunExpired : the last run was held and nobody approved it in time.
	ReasonRunExpired = "RunExpired"
	// ReasonTenantsNotReady : some attached tenants are not Ready.
	ReasonTenantsNotReady = "TenantsNotReady"
	// ReasonSuspendedBySpec : spec.suspend pauses the operator's work on the portal.
	ReasonSuspendedBySpec = "SuspendedBySpec"
	// ReasonSuspended : what is declared waits until spec.suspend ends.
	ReasonSuspended = "Suspended"
	// ReasonApplyFailed : the API server refused a child object.
	ReasonApplyFailed = "ApplyFailed"
	// ReasonUsed and ReasonUnused say whether a class has portals.
	ReasonUsed   = "Used"
	ReasonUnused = "Unused"
)

// Reasons about hosts, routes and certificates of a RegionalPortal.
const (
	// ReasonHostnameTaken : another portal holds hostname or an alias; the message names it.
	ReasonHostnameTaken = "HostnameTaken"
	// ReasonNotRequested : exposure.type is None, so there is no route to report on.
	ReasonNotRequested = "NotRequested"
	// ReasonAPIMissing : the cluster does not know the kind of route or certificate that exposure asks for.
	ReasonAPIMissing = "APIMissing"
	// ReasonRoutePending : the route's controller has not reported that it serves the route.
	ReasonRoutePending = "RoutePending"
	// ReasonRouteRefused : the route's controller refuses the route; the message repeats its reason.
	ReasonRouteRefused = "RouteRefused"
	// ReasonCertificatePending : cert-manager has not issued a certificate for the hosts yet.
	ReasonCertificatePending = "CertificatePending"
	// ReasonCertificateExpired : the certificate that serves is not valid any more, or not yet.
	ReasonCertificateExpired = "CertificateExpired"
	// ReasonCertificateMismatch : the certificate that serves does not cover a host, or cannot be read.
	ReasonCertificateMismatch = "CertificateMismatch"
)

// Reasons of DealerTenant.
const (
	// ReasonNamespaceNotWatched : portalRef names a namespace that the operator does not look at.
	ReasonNamespaceNotWatched = "NamespaceNotWatched"
	// ReasonPortalNotFound : portalRef names no RegionalPortal.
	ReasonPortalNotFound = "PortalNotFound"
	// ReasonPortalSuspended : what is declared waits until the portal's spec.suspend ends.
	ReasonPortalSuspended = "PortalSuspended"
	// ReasonNotAllowed : the portal's tenants.allowFrom does not admit the tenant's namespace.
	ReasonNotAllowed = "NotAllowed"
	// ReasonTenantLimit : the portal's tenants.max is reached.
	ReasonTenantLimit = "TenantLimit"
	// ReasonDealerCodeTaken : another tenant holds the dealer code.
	ReasonDealerCodeTaken = "DealerCodeTaken"
	// ReasonBrandUnknown : a brand is not among the portal's.
	ReasonBrandUnknown = "BrandUnknown"
	// ReasonInvitationsInvalid : the invitations Secret is missing or malformed.
	ReasonInvitationsInvalid = "InvitationsInvalid"
	// ReasonNewerInForce : the portal has a newer generation of this tenant in force, as after a restore of the cluster.
	ReasonNewerInForce = "NewerInForce"
	// ReasonRefused : the portal refused the tenant; the message says what to mend.
	ReasonRefused = "Refused"
	// ReasonClamped : a laxer value is not in force; the bound is.
	ReasonClamped = "Clamped"
	// ReasonNoAdministrator : the dealership has no active administrator.
	ReasonNoAdministrator = "NoAdministrator"
	// ReasonRequirementsMissing : the dealership does not meet the portal's tenants.requirements; status.missingRequirements lists what lacks.
	ReasonRequirementsMissing = "RequirementsMissing"
	// ReasonAdministratorDormant : the dealership's only active administrator would have been disabled for inactivity if another one led.
	ReasonAdministratorDormant = "AdministratorDormant"
)

// Annotations and labels of the API.
const (
	// AnnotationDefaultClass marks the PortalClass that is used when a portal names none.
	AnnotationDefaultClass = "portals.forecourt.dev/is-default-class"
	// AnnotationAdopt on a RegionalPortal names the UID of the earlier portal whose retained objects it takes back.
	AnnotationAdopt = "portals.forecourt.dev/adopt"
	// AnnotationReconcileAt on any of the kinds asks for a look at everything, by a new value, for example the time of day. It is
	// acted on once; status.lastHandledReconcileAt tells.
	AnnotationReconcileAt = "portals.forecourt.dev/reconcile-at"
)

// Annotations on a RegionalPortal that ask for something about inactivity. Each value is acted on once; what became of it is
// in status.inactivity.requests.
const (
	// AnnotationApproveRun is RUN/COUNT: the held run may disable the accounts that it froze, of which there are COUNT.
	AnnotationApproveRun = "portals.forecourt.dev/approve-inactivity-run"
	// AnnotationUndoRun is RUN: whom the run disabled and nobody has changed since is active again.
	AnnotationUndoRun = "portals.forecourt.dev/undo-inactivity-run"
	// AnnotationRunInactivity is NAME or Observe/NAME: a run now, in the policy's mode or only looking. NAME is any new word.
	AnnotationRunInactivity = "portals.forecourt.dev/run-inactivity"
)

// Reasons of events about spec.suspend.
const (
	// EventSuspended : the operator's work on the portal is paused.
	EventSuspended = "WorkSuspended"
	// EventResumed : the pause has ended.
	EventResumed = "WorkResumed"
)

// Reasons of events about inactivity.
const (
	// EventRunHeld : a run waits for an approval.
	EventRunHeld = "InactivityRunHeld"
	// EventRunFailed : a run failed.
	EventRunFailed = "InactivityRunFailed"
	// EventSweepOverdue : a sweep should have ended and has not.
	EventSweepOverdue = "InactivityOverdue"
	// EventRunApproved : a held run was approved and has disabled its set.
	EventRunApproved = "InactivityRunApproved"
	// EventRunUndone : a run was undone.
	EventRunUndone = "InactivityRunUndone"
	// EventRunCompleted : a run that an annotation asked for has ended.
	EventRunCompleted = "InactivityRunCompleted"
	// EventRequestRefused : an annotation is malformed or the portal refused what it asks for.
	EventRequestRefused = "InactivityRequestRefused"
)

// AnnotationRotateKeys on a RegionalPortal is KEY/NAME: replace a key without anybody noticing. KEY is session, pepper, tokens or certificate,
// NAME any new word. Each value is acted on once; what became of it is in status.keyRotations.
const AnnotationRotateKeys = "portals.forecourt.dev/rotate-keys"

// Reasons of events about keys.
const (
	// EventKeyRotated : the rotation of a key has ended.
	EventKeyRotated = "KeyRotated"
	// EventKeyRotationRefused : the annotation rotate-keys is malformed.
	EventKeyRotationRefused = "KeyRotationRefused"
)

// Reasons of AuthReady, DatabaseReady and NotificationsReady about what is mounted from Secrets.
const (
	// ReasonCredentialFailing : a pod cannot use what is mounted from a Secret; what was in force before still is.
	ReasonCredentialFailing = "CredentialFailing" //nolint:gosec // a reason
	// ReasonKeysPending : the pods have other keys in force than the Secrets hold.
	ReasonKeysPending = "KeysPending"
	// ReasonDeliveryStuck : messages are due and nobody sends them.
	ReasonDeliveryStuck = "DeliveryStuck"
)
