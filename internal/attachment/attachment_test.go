// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package attachment_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/attachment"
)

// claim is a tenant in a namespace, made on a day of January, named after its UID.
func claim(namespace, uid, code string, day int) v1alpha1.DealerTenant {
	return v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: uid, UID: types.UID(uid),
			CreationTimestamp: metav1.NewTime(time.Date(2026, time.January, day, 0, 0, 0, 0, time.UTC)),
		},
		Spec: v1alpha1.DealerTenantSpec{DealerCode: code},
	}
}

func confirmedBefore(tenant v1alpha1.DealerTenant) v1alpha1.DealerTenant {
	tenant.Status.SyncedGeneration = 1
	return tenant
}

func TestAdmission(t *testing.T) {
	selecting := &v1alpha1.NamespaceSelector{
		From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"dealers": "us"}},
	}
	tests := map[string]struct {
		tenant    v1alpha1.DealerTenant
		others    []v1alpha1.DealerTenant
		allowFrom *v1alpha1.NamespaceSelector
		limit     *int32
		inForce   string
		want      string
	}{
		"the portal's own namespace is always allowed": {tenant: claim("home", "a", "D1", 1)},
		"another namespace is not allowed by default":  {tenant: claim("away", "a", "D1", 1), want: "NotAllowed"},
		"from Same means the own namespace only": {
			tenant: claim("away", "a", "D1", 1), allowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSame}, want: "NotAllowed",
		},
		"from All allows every namespace": {
			tenant: claim("away", "a", "D1", 1), allowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll},
		},
		"a namespace with the label is allowed":        {tenant: claim("labelled", "a", "D1", 1), allowFrom: selecting},
		"a namespace without the label is not allowed": {tenant: claim("away", "a", "D1", 1), allowFrom: selecting, want: "NotAllowed"},
		"the own namespace needs no label":             {tenant: claim("home", "a", "D1", 1), allowFrom: selecting},
		"an unknown namespace is not allowed":          {tenant: claim("new", "a", "D1", 1), allowFrom: selecting, want: "NotAllowed"},
		"the older claim to a code wins": {
			tenant: claim("home", "a", "D1", 1), others: []v1alpha1.DealerTenant{claim("home", "b", "D1", 2)},
		},
		"the younger claim to a code loses": {
			tenant: claim("home", "b", "D1", 2), others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1)}, want: "DealerCodeTaken",
		},
		"of two claims of one age the first name wins": {
			tenant: claim("home", "b", "D1", 1), others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1)}, want: "DealerCodeTaken",
		},
		"who has the code in force keeps it against an older claim": {
			tenant: claim("home", "b", "D1", 2), others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1)}, inForce: "b",
		},
		"an older claim does not take a code in force": {
			tenant: claim("home", "a", "D1", 1), others: []v1alpha1.DealerTenant{claim("home", "b", "D1", 2)}, inForce: "b", want: "DealerCodeTaken",
		},
		"who was confirmed keeps the code while the portal cannot be asked": {
			tenant: confirmedBefore(claim("home", "b", "D1", 2)), others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1)},
		},
		"a claim that is not allowed does not count": {
			tenant: claim("home", "b", "D1", 2), others: []v1alpha1.DealerTenant{claim("away", "a", "D1", 1)},
		},
		"within the limit": {
			tenant: claim("home", "b", "D2", 2), others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1)}, limit: new(int32(2)),
		},
		"beyond the limit the younger loses": {
			tenant: claim("home", "b", "D2", 2), others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1)}, limit: new(int32(1)), want: "TenantLimit",
		},
		"beyond the limit the older stays": {
			tenant: claim("home", "a", "D1", 1), others: []v1alpha1.DealerTenant{claim("home", "b", "D2", 2)}, limit: new(int32(1)),
		},
		"who is refused does not use up the limit": {
			tenant: claim("home", "c", "D2", 3), limit: new(int32(2)),
			others: []v1alpha1.DealerTenant{claim("home", "a", "D1", 1), claim("home", "b", "D1", 2), claim("away", "d", "D3", 1)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rules := &attachment.Rules{
				Portal: &v1alpha1.RegionalPortal{
					ObjectMeta: metav1.ObjectMeta{Namespace: "home", Name: "us"},
					Spec:       v1alpha1.RegionalPortalSpec{Tenants: &v1alpha1.TenantsSpec{AllowFrom: test.allowFrom, Max: test.limit}},
				},
				Others:  append(test.others, test.tenant),
				InForce: func(string) string { return test.inForce },
				Labels:  map[string]labels.Set{"labelled": {"dealers": "us"}, "away": {"dealers": "ca"}},
			}
			got := ""
			if refusal := rules.Judge(&test.tenant); refusal != nil {
				got = refusal.Reason
			}
			if got != test.want {
				t.Errorf("Refused for %q: want %q", got, test.want)
			}
		})
	}
}
