// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// start makes a Ready portal with a Ready tenant.
func start(t *testing.T) (*world.World, *v1alpha1.RegionalPortal, *v1alpha1.DealerTenant) {
	t.Helper()
	w := cluster.New(t)
	portal, tenant := w.Portal("us"), w.Tenant("springfield", "us", "D1")
	w.Create(portal)
	w.Create(tenant)
	w.Ready(portal, tenant)
	return w, portal, tenant
}

func TestReadyMeansThatThePortalHasItInForce(t *testing.T) {
	w, portal, tenant := start(t)
	w.InPortal(w.Key("us"), "D1", "is in force", open(string(tenant.UID)))
	if tenant.Status.Portal == nil || tenant.Status.Portal.Market != "US" || tenant.Status.URL != portal.Status.URL || tenant.Status.SyncedGeneration != 1 {
		t.Errorf("Unexpected status %+v", tenant.Status)
	}
	w.Want(tenant, v1alpha1.ConditionAdministratorsAvailable, "False/NoAdministrator")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.DisplayName = "Another name" })
	w.Ready(tenant)
	generation := tenant.Generation
	w.InPortal(w.Key("us"), "D1", "has the new generation", func(row portalapi.TenantState, found bool) bool {
		return found && row.Generation == generation
	})
	w.Want(portal, v1alpha1.ConditionTenantsHealthy, "True")
	if counts := portal.Status.Tenants; counts != (v1alpha1.TenantCounts{Attached: 1, Ready: 1}) {
		t.Errorf("The portal counts %+v", counts)
	}
}

func TestADeletedTenantIsClosed(t *testing.T) {
	w, portal, tenant := start(t)
	w.Delete(tenant)
	w.InPortal(w.Key("us"), "D1", "is closed", closed)
	again := w.Tenant("springfield", "us", "D1")
	w.Create(again)
	w.Ready(again)
	w.InPortal(w.Key("us"), "D1", "is in force again", open(string(again.UID)))

	w.StopOperator()
	w.Delete(again)
	w.StartOperator()
	w.InPortal(w.Key("us"), "D1", "is closed though nobody saw it go", closed)
	w.Ready(portal)
}

func TestATenantThatWasReplacedWhileNobodyLookedTakesOver(t *testing.T) {
	w, _, tenant := start(t)
	w.StopOperator()
	w.Delete(tenant)
	again := w.Tenant("another-name", "us", "D1")
	w.Create(again)
	w.StartOperator()
	w.Ready(again)
	w.InPortal(w.Key("us"), "D1", "belongs to the new object", open(string(again.UID)))
}

func TestATenantCreatedAgainTakesOverAtOnce(t *testing.T) {
	w, _, tenant := start(t)
	w.Restart(func(o *controllers.Options) { o.PollPeriod, o.PortalCoalesce = time.Hour, time.Hour })
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Hours = "Mon-Sat" })
	w.Ready(tenant) // the operator knows the portal's tenants; nothing makes it look at the portal again
	w.Delete(tenant)
	again := w.Tenant("springfield", "us", "D1")
	w.Create(again)
	w.Ready(again)
	w.InPortal(w.Key("us"), "D1", "belongs to the new object", open(string(again.UID)))
}

func TestChangesBehindTheOperatorsBackAreRepaired(t *testing.T) {
	w, _, tenant := start(t)
	caller := w.Call(w.Key("us"))
	if err := caller.CloseTenant(t.Context(), "D1", string(tenant.UID), "Delete"); err != nil {
		t.Fatal(err)
	}
	w.InPortal(w.Key("us"), "D1", "is in force again", open(string(tenant.UID)))
	stranger := &portalapi.Tenant{
		UID: "nobody", Generation: 1, Spec: portalapi.TenantSpec{DisplayName: "Nobody's", State: "Active", DeletionPolicy: "Retain"},
	}
	if _, err := caller.PutTenant(t.Context(), "D9", stranger); err != nil {
		t.Fatal(err)
	}
	w.InPortal(w.Key("us"), "D9", "is closed: no object declares it", closed)
}

func TestATenantThatTheCacheLacksIsNotClosed(t *testing.T) {
	elsewhere := cluster.MakeNamespace(t, nil) // a namespace that the operator's cache does not hold
	w, _, _ := start(t)
	unseen := w.Tenant("unseen", "us", "D8")
	unseen.Namespace = elsewhere
	w.Create(unseen)
	caller := w.Call(w.Key("us"))
	for code, uid := range map[string]string{"D8": string(unseen.UID), "D9": "of-nobody"} {
		row := &portalapi.Tenant{
			UID: uid, Generation: 1, Spec: portalapi.TenantSpec{DisplayName: "Dealership", State: "Active", DeletionPolicy: "Retain"},
		}
		if _, err := caller.PutTenant(t.Context(), code, row); err != nil {
			t.Fatal(err)
		}
	}
	w.InPortal(w.Key("us"), "D9", "is closed: no object declares it", closed)
	w.InPortal(w.Key("us"), "D8", "stays: the API server has its object", open(string(unseen.UID)))
	w.Delete(unseen)
	w.InPortal(w.Key("us"), "D8", "is closed with its object", closed)
}

func TestThePortalCountsItsTenantsWithoutAPoll(t *testing.T) {
	w := cluster.New(t)
	w.Restart(func(o *controllers.Options) { o.PollPeriod = time.Hour })
	portal, tenant := w.Portal("us"), w.Tenant("springfield", "us", "D1")
	w.Create(portal)
	w.Ready(portal)
	w.Create(tenant)
	counted := func(want v1alpha1.TenantCounts) {
		t.Helper()
		controlplane.Eventually(t, world.Within, "the portal counts its tenants", func(context.Context) error {
			if w.Read(portal); portal.Status.Tenants != want {
				return fmt.Errorf("%+v", portal.Status.Tenants)
			}
			return nil
		})
	}
	counted(v1alpha1.TenantCounts{Attached: 1, Ready: 1})
	w.Delete(tenant)
	counted(v1alpha1.TenantCounts{})
	w.InPortal(w.Key("us"), "D1", "is closed", closed)
}

func TestAPortalThatIsAheadOfARestoredClusterIsTold(t *testing.T) {
	w, _, tenant := start(t)
	ahead := &portalapi.Tenant{
		UID: string(tenant.UID), Generation: 7, Spec: portalapi.TenantSpec{DisplayName: "Ahead", State: "Active", DeletionPolicy: "Retain"},
	}
	if _, err := w.Call(w.Key("us")).PutTenant(t.Context(), "D1", ahead); err != nil {
		t.Fatal(err)
	}
	w.Want(tenant, v1alpha1.ConditionStalled, "True/NewerInForce")
	w.Delete(tenant)
	again := w.Tenant("springfield", "us", "D1")
	w.Create(again)
	w.Ready(again)
}

func TestAccountsAreCounted(t *testing.T) {
	w, portal, tenant := start(t)
	accounts := "username,class,tenant,name,mail,role\nada,Dealer,D1,Ada Lane,ada@dealer.example,administrator\n" +
		"bo,Dealer,D1,Bo Reed,bo@dealer.example,user\n"
	result, err := w.Call(w.Key("us")).ImportAccounts(t.Context(), strings.NewReader(accounts), portalapi.ImportOptions{})
	if err != nil || result.Created != 2 {
		t.Fatalf("Import: %+v, %v", result, err)
	}
	w.Want(tenant, v1alpha1.ConditionAdministratorsAvailable, "True")
	if got := tenant.Status.Accounts; got == nil || got.Total != 2 || got.Administrators != 1 {
		t.Errorf("Accounts %+v: want two, one of them an administrator", got)
	}
	controlplane.Eventually(t, world.Within, "the portal counts the accounts", func(context.Context) error {
		if w.Read(portal); portal.Status.Accounts == nil || portal.Status.Accounts.Total != 2 {
			return fmt.Errorf("%+v", portal.Status.Accounts)
		}
		return nil
	})
}

func TestALostDatabaseIsFilledAgain(t *testing.T) {
	w, portal, tenant := start(t)
	second := w.Tenant("shelbyville", "us", "D2")
	w.Create(second)
	w.Ready(second)
	store := portal.Status.Store.ID
	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	if err := w.Host.EmptyData(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.InPortal(w.Key("us"), "D1", "is in force again", open(string(tenant.UID)))
	w.InPortal(w.Key("us"), "D2", "is in force again", open(string(second.UID)))
	w.Ready(portal, tenant, second)
	if portal.Status.Store.ID == store {
		t.Error("The portal still tells the store that is lost")
	}
}

func TestARestoredDatabaseIsBroughtUpToDate(t *testing.T) {
	w, portal, tenant := start(t)
	doomed := w.Tenant("doomed", "us", "D2")
	w.Create(doomed)
	w.Ready(doomed)
	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	restore, err := w.Host.SaveData(w.Key("us"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Ready(portal)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Hours = "Mon-Sat" })
	later := w.Tenant("later", "us", "D3")
	w.Create(later)
	w.Delete(doomed)
	w.Ready(tenant, later)
	w.InPortal(w.Key("us"), "D2", "is closed", closed)

	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	if err := restore(); err != nil {
		t.Fatal(err)
	}
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.InPortal(w.Key("us"), "D1", "has the newest generation", func(row portalapi.TenantState, found bool) bool {
		return found && row.Generation == tenant.Generation
	})
	w.InPortal(w.Key("us"), "D2", "is closed", closed)
	w.InPortal(w.Key("us"), "D3", "is in force again", open(string(later.UID)))
}

func TestAPortalThatIsDownChangesNothingThatItConfirmed(t *testing.T) {
	w, portal, tenant := start(t)
	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Want(portal, v1alpha1.ConditionReady, "False")
	waiting := w.Tenant("shelbyville", "us", "D2")
	w.Create(waiting)
	w.Want(waiting, v1alpha1.ConditionSynced, "Unknown/PortalUnreachable")
	w.Want(waiting, v1alpha1.ConditionAttached, "True")
	before := tenant.DeepCopy()
	w.StopOperator()
	w.StartOperator()
	w.Want(waiting, v1alpha1.ConditionSynced, "Unknown/PortalUnreachable")
	w.Read(tenant)
	if diff := cmp.Diff(before.Status, tenant.Status); diff != "" {
		t.Errorf("The confirmed tenant changed (-before +after):\n%s", diff)
	}
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Ready(waiting, tenant)
}

func TestAPortalMayComeLaterAndGo(t *testing.T) {
	w := cluster.New(t)
	tenant := w.Tenant("springfield", "us", "D1")
	w.Create(tenant)
	w.Want(tenant, v1alpha1.ConditionAttached, "False/PortalNotFound")
	w.Want(tenant, v1alpha1.ConditionStalled, "False")
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(tenant)
	w.Delete(portal)
	w.Want(tenant, v1alpha1.ConditionReady, "False/PortalNotFound")
}

func TestFirstAdministratorsAreInvitedOnce(t *testing.T) {
	w := cluster.New(t)
	w.Create(w.Portal("us"))
	tenant := w.Tenant("springfield", "us", "D1")
	tenant.Spec.Invitations = &v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: "people"}}
	w.Create(tenant)
	missing := w.Want(tenant, v1alpha1.ConditionReady, "False/InvitationsInvalid")
	if !strings.Contains(missing.Message, "people") {
		t.Errorf("Message %q: want the name of the Secret in it", missing.Message)
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "people"},
		StringData: map[string]string{"invitations.csv": "username,name,mail\nada,Ada Lane\n"},
	}
	w.Create(secret)
	malformed := w.Want(tenant, v1alpha1.ConditionStalled, "True/InvitationsInvalid")
	if strings.Contains(malformed.Message, "Ada") {
		t.Errorf("The message repeats personal data: %s", malformed.Message)
	}
	world.Change(w, secret, func(s *corev1.Secret) {
		s.Data["invitations.csv"] = []byte("username,name,mail,phone\nada,Ada Lane,ada@dealer.example,+13125550100\n")
	})
	w.Ready(tenant)
	if tenant.Status.Accounts == nil || tenant.Status.Accounts.Total != 1 {
		t.Errorf("Accounts %+v: want one", tenant.Status.Accounts)
	}
	w.Delete(secret)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Hours = "Mon-Sat" })
	w.Ready(tenant)
	w.InPortal(w.Key("us"), "D1", "still has one account", func(row portalapi.TenantState, found bool) bool {
		return found && row.Accounts.Total == 1
	})
}

func TestWhatThePortalRefusesIsTold(t *testing.T) {
	w, _, tenant := start(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "people"},
		StringData: map[string]string{"invitations.csv": "username,name,mail\nada,Ada Lane,not-an-address\n"},
	}
	w.Create(secret)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) {
		d.Spec.Invitations = &v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: "people"}}
	})
	refused := w.Want(tenant, v1alpha1.ConditionStalled, "True/Refused")
	if !strings.Contains(refused.Message, "invitations[0].mail") || strings.Contains(refused.Message, "not-an-address") {
		t.Errorf("Message %q: want the field and no personal data", refused.Message)
	}
	world.Change(w, secret, func(s *corev1.Secret) {
		s.Data["invitations.csv"] = []byte("username,name,mail\nada,Ada Lane,ada@dealer.example\n")
	})
	w.Ready(tenant)
}

func TestTwoOperatorsAtWorkDoNoHarm(t *testing.T) {
	w := cluster.New(t)
	first := w.Operator
	w.StartOperator()
	defer first.Stop()
	portal := w.Portal("us")
	w.Create(portal)
	var tenants []client.Object
	for i := range 20 {
		tenant := w.Tenant(fmt.Sprintf("dealer-%02d", i), "us", fmt.Sprintf("D%02d", i))
		w.Create(tenant)
		tenants = append(tenants, tenant)
	}
	w.Ready(append(tenants, portal)...)
	w.Delete(tenants[0])
	w.InPortal(w.Key("us"), "D00", "is closed", closed)
	w.Ready(tenants[1:]...)
}

func TestTheTenantsOwnValuesAreJudged(t *testing.T) {
	w, portal, tenant := start(t)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) {
		d.Spec.Inactivity = &v1alpha1.TenantInactivity{Months: new(int32(12))}
	})
	w.Want(tenant, v1alpha1.ConditionWithinBounds, "False/Clamped")
	w.Ready(tenant)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Inactivity = &v1alpha1.InactivitySettings{Months: new(int32(24))}
	})
	w.Want(tenant, v1alpha1.ConditionWithinBounds, "True")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"unheard-of"} })
	fault := w.Want(tenant, v1alpha1.ConditionStalled, "True/BrandUnknown")
	if !strings.Contains(fault.Message, "spec.brands[0]") || !strings.Contains(fault.Message, "unheard-of") {
		t.Errorf("Message %q: want field and value in it", fault.Message)
	}
	w.InPortal(w.Key("us"), "D1", "keeps what is in force", func(row portalapi.TenantState, found bool) bool {
		return found && !row.Closed && row.Generation == 2
	})
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Brands = append(p.Spec.Brands, v1alpha1.Brand{Name: "unheard-of", DisplayName: "Now heard of"})
	})
	w.Ready(tenant)
}
