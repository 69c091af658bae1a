// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

func passwords(length int32, factor v1alpha1.SecondFactorPolicy) *v1alpha1.AuthSettings {
	return &v1alpha1.AuthSettings{Password: &v1alpha1.PasswordSettings{MinLength: &length}, SecondFactor: factor}
}

// TestShortPasswordsNeverStandAlone tries class, portal and bound together: below 15 characters a second factor has to be required.
func TestShortPasswordsNeverStandAlone(t *testing.T) {
	for name, test := range map[string]struct {
		class, portal *v1alpha1.AuthSettings
		bound         *v1alpha1.AuthBounds
		length        int32
		fault         string
	}{
		"8 beside a required factor":              {portal: passwords(8, v1alpha1.SecondFactorRequired), length: 8},
		"14 and no word on the factor":            {portal: passwords(14, ""), fault: `spec.auth.password.minLength: "14": below 15 is only for auth.secondFactor Required, which is AdminsOnly`},
		"the class requires the factor":           {class: &v1alpha1.AuthSettings{SecondFactor: v1alpha1.SecondFactorRequired}, portal: passwords(8, ""), length: 8},
		"the class's bound requires the factor":   {bound: &v1alpha1.AuthBounds{SecondFactor: v1alpha1.SecondFactorRequired}, portal: passwords(8, ""), length: 8},
		"the class's bound on the length":         {bound: &v1alpha1.AuthBounds{MinPasswordLength: new(int32(15))}, portal: passwords(8, ""), length: 15},
		"a bound on the length that is too short": {bound: &v1alpha1.AuthBounds{MinPasswordLength: new(int32(10))}, portal: passwords(8, ""), fault: `"10": below 15`},
		"the portal takes away the class's factor": {
			class: passwords(8, v1alpha1.SecondFactorRequired), portal: &v1alpha1.AuthSettings{SecondFactor: v1alpha1.SecondFactorAdminsOnly},
			fault: "which is AdminsOnly (a default of PortalClass standard); raise it to at least 15",
		},
	} {
		t.Run(name, func(t *testing.T) {
			class, portal := smallClass(t), smallPortal(t)
			if test.class != nil {
				class.Spec.Defaults = &v1alpha1.PortalSettings{Auth: test.class}
			}
			if test.bound != nil {
				class.Spec.Bounds = &v1alpha1.ClassBounds{Auth: test.bound}
			}
			portal.Spec.Auth = test.portal
			effective, err := settings.Resolve(class, portal)
			switch {
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Errorf("%v, want %s", err, test.fault)
			case test.fault == "" && err != nil:
				t.Error(err)
			case test.fault == "" && effective.Settings.Auth.PasswordMinLength != test.length:
				t.Errorf("%d characters, want %d", effective.Settings.Auth.PasswordMinLength, test.length)
			}
		})
	}
}

func TestAClassCannotLetShortPasswordsStandAlone(t *testing.T) {
	class := smallClass(t)
	class.Spec.Defaults = &v1alpha1.PortalSettings{Auth: passwords(12, "")}
	want := `spec.defaults.auth.password.minLength: "12": below 15 is only for auth.secondFactor Required`
	if err := settings.ValidateClass(class); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	class.Spec.Bounds = &v1alpha1.ClassBounds{Auth: &v1alpha1.AuthBounds{SecondFactor: v1alpha1.SecondFactorRequired}}
	if err := settings.ValidateClass(class); err != nil {
		t.Errorf("every portal of the class requires the factor, but %v", err)
	}
}

// TestWhatIsBuiltInIsNotTold keeps settings.yaml of portals as it was: the portal knows the built-in values itself.
func TestWhatIsBuiltInIsNotTold(t *testing.T) {
	portal := smallPortal(t)
	before := resolve(t, smallClass(t), portal).Settings
	portal.Spec.Auth = &v1alpha1.AuthSettings{
		SecondFactor: v1alpha1.SecondFactorAdminsOnly,
		Recovery: &v1alpha1.RecoverySettings{
			Channels: []v1alpha1.RecoveryChannel{v1alpha1.RecoveryMail}, LinkMinutes: new(int32(30)), CodeMinutes: new(int32(10)),
		},
	}
	portal.Spec.Tenants = &v1alpha1.TenantsSpec{Requirements: &v1alpha1.TenantRequirements{Technicians: &v1alpha1.Technicians{Engine: new(int32(0))}}}
	if diff := cmp.Diff(before, resolve(t, smallClass(t), portal).Settings); diff != "" {
		t.Errorf("what is built in, written out (-before +after):\n%s", diff)
	}
}

// TestASingleChangeIsToldWhole changes one value of recovery: the portal gets all, since there is no default within.
func TestASingleChangeIsToldWhole(t *testing.T) {
	portal := smallPortal(t)
	portal.Spec.Auth = &v1alpha1.AuthSettings{Recovery: &v1alpha1.RecoverySettings{CodeMinutes: new(int32(5))}}
	want := &portalconfig.Recovery{Channels: []string{"Mail"}, LinkMinutes: 30, CodeMinutes: 5}
	if diff := cmp.Diff(want, resolve(t, smallClass(t), portal).Settings.Auth.Recovery); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestClassAndPortalMakeSingleSignOnTogether lets the class name the provider and the portal its groups.
func TestClassAndPortalMakeSingleSignOnTogether(t *testing.T) {
	class, portal := smallClass(t), smallPortal(t)
	shared := provider("https://login.example")
	shared.ServiceDeskGroups = nil
	class.Spec.Defaults = &v1alpha1.PortalSettings{Auth: &v1alpha1.AuthSettings{SSO: shared}}
	if err := settings.ValidateClass(class); err != nil {
		t.Fatalf("a class that leaves the groups to its portals: %v", err)
	}
	_, err := settings.Resolve(class, portal)
	if want := "spec.auth.sso.serviceDeskGroups"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("without groups: %v, want %s", err, want)
	}
	portal.Spec.Auth = &v1alpha1.AuthSettings{SSO: &v1alpha1.SSOSettings{UserGroups: []string{"us-staff"}}}
	got := resolve(t, class, portal)
	want := &portalconfig.SSO{
		IssuerURL: "https://login.example", ClientID: "portals", GroupsClaim: "groups", UserGroups: []string{"us-staff"}, PasswordSignIn: "BreakGlassOnly",
	}
	if diff := cmp.Diff(want, got.Settings.Auth.SSO); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&settings.SSOSecrets{Client: v1alpha1.SecretKeyRef{Name: "login", Key: "current"}}, got.SSO); diff != "" {
		t.Errorf("the secrets (-want +got):\n%s", diff)
	}
}

// TestAGatewayNeedsNoMailServer keeps the two apart: a portal may send text messages only.
func TestAGatewayNeedsNoMailServer(t *testing.T) {
	portal := smallPortal(t)
	portal.Spec.Notify = &v1alpha1.NotifySettings{SMS: &v1alpha1.SMSSettings{WebhookSecretRef: v1alpha1.SecretNameRef{Name: "sms"}}}
	got := resolve(t, smallClass(t), portal)
	if got.Mail != nil || got.SMS == nil || got.SMS.SecretName != "sms" {
		t.Errorf("mail %+v, text messages %+v", got.Mail, got.SMS)
	}
}

// TestReferencesNameEveryObject lists what has to be there before a pod of the full portal can start.
func TestReferencesNameEveryObject(t *testing.T) {
	var got []string
	for _, reference := range resolve(t, fullClass(t), fullPortal(t)).References() {
		got = append(got, fmt.Sprintf("%s %s %v %s", reference.Kind, reference.Name, reference.Keys, reference.Condition))
	}
	want := []string{
		"Secret us-dealers-database [dsn] DatabaseReady", "Secret us-dealers-mail [username password] NotificationsReady",
		"Secret us-dealers-sms [url secret] NotificationsReady", "Secret us-dealers-login [current] AuthReady",
		"Secret us-dealers-login [previous] AuthReady", "ConfigMap us-dealers-look [logo.svg] ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
