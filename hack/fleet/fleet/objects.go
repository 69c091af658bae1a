// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// portalClass is the default class, so that portals need not name one.
func portalClass(o Options) (*v1alpha1.PortalClass, error) {
	class := &v1alpha1.PortalClass{
		TypeMeta: typeMeta("PortalClass"),
		ObjectMeta: metav1.ObjectMeta{
			Name: "standard", Annotations: map[string]string{v1alpha1.AnnotationDefaultClass: "true"},
		},
		Spec: v1alpha1.PortalClassSpec{
			Release: v1alpha1.PortalRelease{Version: o.Version, Image: o.Image},
			Defaults: &v1alpha1.PortalSettings{
				// One proxy, the demo's local port, stands in front of the portals.
				Exposure: &v1alpha1.ExposureSettings{TrustedProxyHops: ptr.To[int32](1)},
				// Observe changes nothing, so no grace is needed to see at once who would fall due.
				Inactivity: &v1alpha1.InactivitySettings{
					Mode: v1alpha1.InactivityObserve, Months: ptr.To[int32](6), GraceDays: ptr.To[int32](0),
				},
			},
		},
	}
	if o.SMTP != "" {
		host, port, err := splitHostPort(o.SMTP)
		if err != nil {
			return nil, err
		}
		class.Spec.Defaults.Notify = &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{
			Host: host, Port: &port, From: "no-reply@forecourt.example", TLS: v1alpha1.MailTLSNone,
		}}
	}
	return class, nil
}

func (g *generator) namespace() *corev1.Namespace {
	return &corev1.Namespace{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{
			Name:   "dealers-" + g.market.code,
			Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
		},
	}
}

func (g *generator) portal() *v1alpha1.RegionalPortal {
	name := g.market.code + "-dealers"
	host := name + ".localhost"
	if g.options.Port != 0 {
		host = fmt.Sprintf("%s:%d", host, g.options.Port)
	}
	desk := g.market.support
	spec := v1alpha1.RegionalPortalSpec{
		Market: g.market.country, Audience: v1alpha1.AudienceDealer, DisplayName: g.market.displayName,
		Locales: g.market.locales, TimeZone: g.market.timeZone, Hostname: host,
		Support: &v1alpha1.SupportSpec{
			DeskName: desk.desk, Mail: desk.mail, Hours: desk.hours,
			Phones: []v1alpha1.SupportPhone{{Label: desk.label, Number: desk.phone}},
		},
	}
	spec.Branding = &v1alpha1.BrandingSettings{AccentColor: g.market.accentColor}
	for _, b := range brands {
		spec.Brands = append(spec.Brands, v1alpha1.Brand{Name: b.name, DisplayName: b.displayName})
	}
	return &v1alpha1.RegionalPortal{TypeMeta: typeMeta("RegionalPortal"), ObjectMeta: g.meta(name), Spec: spec}
}

// secondBrandShare is 211 of 1,211.
const secondBrandShare = 211.0 / 1211.0

func (g *generator) tenants(count int, places []place, people []person) []*v1alpha1.DealerTenant {
	second := int(float64(count)*secondBrandShare + 0.5)
	names := map[string]bool{}
	byWeight := weighted(places)
	tenants := make([]*v1alpha1.DealerTenant, count)
	for i := range tenants {
		at, which, number := pick(g.random, byWeight), 0, i
		if i >= count-second {
			which, number = 1, i-(count-second)
		}
		code := fmt.Sprintf("%s%05d", g.market.codePrefix[which], 10_001+number)
		tenants[i] = &v1alpha1.DealerTenant{
			TypeMeta:   typeMeta("DealerTenant"),
			ObjectMeta: g.meta(strings.ToLower(code)),
			Spec: v1alpha1.DealerTenantSpec{
				PortalRef: v1alpha1.PortalRef{Name: g.market.code + "-dealers"}, DealerCode: code,
				DisplayName: g.dealerName(names, brands[which], at, people), Brands: []string{brands[which].name},
				Location: g.location(at), Phone: g.market.phone(at.areaCode, g.random.IntN(100)), Hours: pick(g.random, g.market.hours),
			},
		}
	}
	tenants[0].Spec.Invitations = &v1alpha1.InvitationsSpec{
		SecretRef: v1alpha1.SecretNameRef{Name: tenants[0].Name + "-invitations"},
	}
	return tenants
}

// weighted repeats every place as often as its weight says.
func weighted(places []place) []place {
	var all []place
	for _, p := range places {
		for range p.weight {
			all = append(all, p)
		}
	}
	return all
}

// dealerName makes up a name that no other dealership of the market has.
func (g *generator) dealerName(taken map[string]bool, b brand, at place, people []person) string {
	name := ""
	for attempt := 0; attempt < 20; attempt++ {
		name = strings.NewReplacer(
			"{brand}", b.displayName, "{city}", at.city,
			"{family}", pick(g.random, people).family, "{side}", pick(g.random, g.market.sides),
		).Replace(pick(g.random, g.market.nameSchemes))
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
	for number := 2; ; number++ {
		numbered := fmt.Sprintf("%s %d", name, number)
		if !taken[numbered] {
			taken[numbered] = true
			return numbered
		}
	}
}

var streets = []string{"Main Street", "Market Street", "Lake Avenue", "Commerce Drive", "Auto Mall Parkway", "Industrial Boulevard", "Highland Road", "River Road", "Station Street", "College Avenue"}

func (g *generator) location(at place) *v1alpha1.DealerLocation {
	street := fmt.Sprintf("%d %s", 100+g.random.IntN(9800), pick(g.random, streets))
	if g.market.country == "JP" {
		street = fmt.Sprintf("中央%d-%d-%d", 1+g.random.IntN(8), 1+g.random.IntN(30), 1+g.random.IntN(20))
	}
	return &v1alpha1.DealerLocation{
		Street: street, City: at.city, Region: at.region, PostalCode: g.postalCode(at.postal), Country: g.market.country,
		Latitude:  fmt.Sprintf("%.4f", at.latitude+(g.random.Float64()-0.5)*0.2),
		Longitude: fmt.Sprintf("%.4f", at.longitude+(g.random.Float64()-0.5)*0.2),
	}
}

// postalLetters are the letters that Canadian postal codes use in every position.
const postalLetters = "ABCEGHJKLMNPRSTVXY"

func (g *generator) postalCode(pattern string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '#':
			return rune("0123456789"[g.random.IntN(10)])
		case '@':
			return rune(postalLetters[g.random.IntN(len(postalLetters))])
		default:
			return r
		}
	}, pattern)
}

func (g *generator) invitation(tenant *v1alpha1.DealerTenant, people []person) Invitation {
	p := pick(g.random, people)
	username := fmt.Sprintf("%s.%s.%s", p.givenLatin, p.familyLatin, tenant.Name)
	return Invitation{
		DealerCode: tenant.Spec.DealerCode, Username: username, Name: g.fullName(p),
		Mail: fmt.Sprintf("%s.%s@%s.example", p.givenLatin, p.familyLatin, tenant.Name), Phone: tenant.Spec.Phone,
	}
}

func (g *generator) invitationSecret(tenant *v1alpha1.DealerTenant, i Invitation) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: g.meta(tenant.Spec.Invitations.SecretRef.Name),
		StringData: map[string]string{
			"invitations.csv": fmt.Sprintf("username,name,mail,phone\n%s,%s,%s,%s\n", i.Username, i.Name, i.Mail, i.Phone),
		},
	}
}

func (g *generator) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "dealers-" + g.market.code}
}

func typeMeta(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: kind}
}
