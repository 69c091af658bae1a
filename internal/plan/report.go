// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Report is what a change does.
type Report struct {
	Totals  Totals   `json:"totals"`
	Classes []Class  `json:"classes"`
	Portals []Portal `json:"portals"`
	Tenants []Tenant `json:"tenants"`
	// NotLookedAt says what could not be read and what was assumed instead.
	NotLookedAt []string `json:"notLookedAt,omitempty"`
}

// Changed says whether anything that is in force changes, or is kept from it. An edit that means the same to every portal and
// tenant does not count.
func (r *Report) Changed() bool {
	count := func(v VerdictCounts) int { return v.Created + v.Deleted + v.Changed + v.Waiting + v.Refused }
	for i := range r.Classes {
		if v := r.Classes[i].Verdict; v != Unchanged && v != Changed {
			return true
		}
	}
	return count(r.Totals.Portals)+count(r.Totals.Tenants.VerdictCounts) > 0
}

// Verdict says what becomes of a class, portal or tenant.
type Verdict string

// Verdicts.
const (
	// Created : it is new.
	Created Verdict = "created"
	// Deleted : it is gone.
	Deleted Verdict = "deleted"
	// Changed : something about it changes, if only its status.
	Changed Verdict = "changed"
	// Unchanged : nothing that is in force changes.
	Unchanged Verdict = "unchanged"
	// Refused : what is declared does not come into force; what is there stays as it is.
	Refused Verdict = "refused"
	// Waiting : it comes into force when the pause of the portal ends; what is there stays as it is until then.
	Waiting Verdict = "waiting"
)

// VerdictCounts counts by verdict.
type VerdictCounts struct {
	Total     int `json:"total"`
	Created   int `json:"created"`
	Deleted   int `json:"deleted"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
	Waiting   int `json:"waiting"`
}

func (c *VerdictCounts) add(v Verdict) {
	c.Total++
	switch v {
	case Created:
		c.Created++
	case Deleted:
		c.Deleted++
	case Changed:
		c.Changed++
	case Unchanged:
		c.Unchanged++
	case Refused:
		c.Refused++
	case Waiting:
		c.Waiting++
	}
}

// Totals sum up a report.
type Totals struct {
	Portals VerdictCounts `json:"portals"`
	// Markets of the portals, and how many of them have a portal that is not unchanged.
	Markets        int          `json:"markets"`
	MarketsTouched int          `json:"marketsTouched"`
	Tenants        TenantTotals `json:"tenants"`
	Pods           PodTotals    `json:"pods"`
	Objects        ObjectTotals `json:"objects"`
}

// TenantTotals count tenants.
type TenantTotals struct {
	VerdictCounts `json:",inline"`
	// InTouchedPortals is how many tenants belong to portals that are not unchanged: their people notice.
	InTouchedPortals int `json:"inTouchedPortals"`
	// Sent and Closed are the calls that portals get.
	Sent   int `json:"sent"`
	Closed int `json:"closed"`
}

// PodTotals count serving pods.
type PodTotals struct {
	Before int `json:"before"`
	After  int `json:"after"`
	// Restart is how many of them are replaced, in Portals portals; in Interrupted of those nobody can sign in meanwhile.
	Restart     int `json:"restart"`
	Portals     int `json:"portals"`
	Interrupted int `json:"interrupted"`
}

// ObjectTotals count the objects of portals by action.
type ObjectTotals struct {
	Create    int `json:"create"`
	Update    int `json:"update"`
	Delete    int `json:"delete"`
	Unchanged int `json:"unchanged"`
}

// Class is what becomes of a PortalClass.
type Class struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Problem is why portals cannot use it.
	Problem *Problem `json:"problem,omitempty"`
	// PortalsBefore and PortalsAfter use it.
	PortalsBefore int `json:"portalsBefore"`
	PortalsAfter  int `json:"portalsAfter"`
}

// Portal is what becomes of a RegionalPortal.
type Portal struct {
	Namespace string  `json:"namespace"`
	Name      string  `json:"name"`
	Market    string  `json:"market"`
	Verdict   Verdict `json:"verdict"`
	// Edited says that the object itself changes, whatever that means.
	Edited bool `json:"edited,omitempty"`
	// Class after the change, and before when it was another.
	Class       string `json:"class,omitempty"`
	ClassBefore string `json:"classBefore,omitempty"`
	// Problem is why what is declared does not come into force; an unchanged portal may have one, too.
	Problem *Problem `json:"problem,omitempty"`
	// Effects are what people and programs notice.
	Effects []Effect `json:"effects,omitempty"`
	Pods    Pods     `json:"pods"`
	// Boost is a temporary floor of the number of pods, when one is in force.
	Boost *Boost `json:"boost,omitempty"`
	// Values that are another than before, in the order of the API; none of a portal that is refused.
	Values []ValueChange `json:"values,omitempty"`
	// Crossings are values of the portal that a bound clamps, refuses or, with Audit, reports.
	Crossings []settings.Crossing `json:"crossings,omitempty"`
	// Due says who falls due under the policy for unused accounts, when that changes and the cluster can be asked.
	Due *Due `json:"due,omitempty"`
	// Objects of the portal in creation order; none of an unchanged portal.
	Objects []Object `json:"objects,omitempty"`
	// Tenants that belong to the portal.
	Tenants int `json:"tenants"`
}

// Effect is what people and programs notice.
type Effect string

// Effects, in the order in which they are listed.
const (
	// Exposure : the address, the proxies believed, or who may reach the pages.
	Exposure Effect = "exposure"
	// Auth : the policy for sign-in, and the secrets of single sign-on.
	Auth Effect = "auth"
	// AccountPolicy : the policy for accounts that nobody uses, and when its sweep runs.
	AccountPolicy Effect = "account policy"
	// Content : names, brands, languages, colours, logo, support desk, announcements, time zone.
	Content Effect = "content"
	// Mail : how messages leave.
	Mail Effect = "mail"
	// Egress : whom the pods may reach.
	Egress Effect = "egress"
	// Workload : image, number and shape of the pods.
	Workload Effect = "workload"
	// Database : where accounts are stored.
	Database Effect = "database"
	// Attachment : whose tenants may attach, and what they need before they go live.
	Attachment Effect = "tenants"
	// Retention : what stays when the portal is deleted.
	Retention Effect = "retention"
	// Suspension : the operator's work on the portal pauses or resumes.
	Suspension Effect = "suspension"
	// Bounds : what the condition WithinBounds says.
	Bounds Effect = "bounds"
)

// Pods are the serving pods of a portal.
type Pods struct {
	Before int32 `json:"before"`
	After  int32 `json:"after"`
	// Restart is how many are replaced because their template changes.
	Restart int32 `json:"restart"`
	// Interrupted says that nobody can sign in meanwhile: an Embedded database allows one pod at a time.
	Interrupted bool `json:"interrupted,omitempty"`
}

// ValueChange is a value that is another than before.
type ValueChange struct {
	Path   string `json:"path"`
	Before any    `json:"before"`
	After  any    `json:"after"`
	// Source of the value after the change.
	Source v1alpha1.ValueSource `json:"source,omitempty"`
	// Bound that holds instead of what the source says.
	Bound string `json:"bound,omitempty"`
}

// Action says what happens to an object.
type Action string

// Actions. Of a portal that is deleted, the garbage collector deletes what it owns.
const (
	// Create : it is made.
	Create Action = "create"
	// Update : it is changed in place.
	Update Action = "update"
	// Delete : it is removed.
	Delete Action = "delete"
	// None : nothing happens to it.
	None Action = "none"
)

// Object is what becomes of an object of a portal.
type Object struct {
	Ref    `json:",inline"`
	Action Action `json:"action"`
	// Restarts says that pods are replaced.
	Restarts bool `json:"restarts,omitempty"`
	// Paths that change; empty unless the action is Update.
	Paths []string `json:"paths,omitempty"`
	// Note says what else there is to know.
	Note string `json:"note,omitempty"`
}

// Ref names an object.
type Ref struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
}

// TenantAction says which call a portal gets for a tenant.
type TenantAction string

// Calls for tenants.
const (
	// Send : the portal is told what is declared.
	Send TenantAction = "send"
	// Close : the portal closes the dealership; its accounts go or stay as its deletion policy says.
	Close TenantAction = "close"
	// NoCall : the portal is told nothing; the tenant's status may change.
	NoCall TenantAction = "none"
)

// Tenant is what becomes of a DealerTenant. Unchanged ones are listed, too.
type Tenant struct {
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	DealerCode string       `json:"dealerCode"`
	Portal     string       `json:"portal"`
	Verdict    Verdict      `json:"verdict"`
	Action     TenantAction `json:"action"`
	// Problem is why it is not attached or not in force.
	Problem *Problem `json:"problem,omitempty"`
	// Note says what changes when the portal is told nothing, and what is clamped.
	Note string `json:"note,omitempty"`
}
