// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// mostSettings is how many bytes the settings of a portal may have as JSON: they stand in a ConfigMap and are sent in one request.
const mostSettings = 512 << 10

func support(spec *v1alpha1.SupportSpec) portalconfig.Support {
	desk := portalconfig.Support{DeskName: spec.DeskName, Mail: spec.Mail, Hours: spec.Hours, NewDealerURL: spec.NewDealerURL}
	for _, phone := range spec.Phones {
		desk.Phones = append(desk.Phones, portalconfig.SupportPhone{Label: phone.Label, Number: phone.Number, Localized: localized(phone.Localized)})
	}
	for _, topic := range spec.Topics {
		desk.Topics = append(desk.Topics, portalconfig.SupportTopic{Title: topic.Title, URL: topic.URL, Localized: localized(topic.Localized)})
	}
	for _, career := range spec.Careers {
		desk.Careers = append(desk.Careers, portalconfig.SupportCareer{Location: career.Location, URL: career.URL, Localized: localized(career.Localized)})
	}
	for _, texts := range spec.Localized {
		desk.Localized = append(desk.Localized, portalconfig.SupportTexts(texts))
	}
	return desk
}

func localized(texts []v1alpha1.LocalizedText) []portalconfig.LocalizedText {
	var list []portalconfig.LocalizedText
	for _, text := range texts {
		list = append(list, portalconfig.LocalizedText(text))
	}
	return list
}

func (m *merged) announcements() []portalconfig.Announcement {
	var list []portalconfig.Announcement
	for _, said := range m.Announcements {
		news := portalconfig.Announcement{
			Title: said.Title, Text: said.Text, Brands: said.Brands, From: moment(said.From), Until: moment(said.Until),
			Severity: string(or(said.Severity, v1alpha1.SeverityInformation)),
		}
		for _, texts := range said.Localized {
			news.Localized = append(news.Localized, portalconfig.AnnouncementText(texts))
		}
		list = append(list, news)
	}
	return list
}

// moment is a time as the portal gets it, empty for none.
func moment(at *metav1.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// requirements are nil when a dealership needs nothing.
func (m *merged) requirements() *portalconfig.Requirements {
	said := m.Tenants.Requirements
	if said == nil {
		return nil
	}
	needed := portalconfig.Requirements{Technicians: technicians(said.Technicians), Documents: said.Documents}
	if needed.Technicians == (portalconfig.Technicians{}) && len(needed.Documents) == 0 {
		return nil
	}
	return &needed
}

func technicians(said *v1alpha1.Technicians) portalconfig.Technicians {
	if said == nil {
		return portalconfig.Technicians{}
	}
	return portalconfig.Technicians{
		Electrical: valueOr(said.Electrical, 0), Chassis: valueOr(said.Chassis, 0),
		Engine: valueOr(said.Engine, 0), Driveline: valueOr(said.Driveline, 0),
	}
}

// logo is the image at the top of the pages; nil for none.
func (m *merged) logo() *v1alpha1.LogoRef {
	return m.Branding.LogoConfigMapRef
}

// content checks what pages show: its locales and brands are the portal's, and its addresses lead somewhere.
func (c *checker) content(spec *v1alpha1.RegionalPortalSpec) {
	if spec.Support != nil {
		c.supportDesk(spec.Support)
	}
	for i, news := range spec.Announcements {
		path := fmt.Sprintf("announcements[%d].", i)
		for j, brand := range news.Brands {
			c.brand(path+"brands["+strconv.Itoa(j)+"]", brand)
		}
		for j, text := range news.Localized {
			c.locale(path+"localized["+strconv.Itoa(j)+"].locale", text.Locale)
		}
	}
}

func (c *checker) supportDesk(desk *v1alpha1.SupportSpec) {
	for i, phone := range desk.Phones {
		c.texts(fmt.Sprintf("support.phones[%d]", i), phone.Localized)
	}
	for i, topic := range desk.Topics {
		path := fmt.Sprintf("support.topics[%d]", i)
		if topic.URL != "" {
			c.webURL(path+".url", topic.URL)
		}
		c.texts(path, topic.Localized)
	}
	for i, career := range desk.Careers {
		path := fmt.Sprintf("support.careers[%d]", i)
		c.webURL(path+".url", career.URL)
		c.texts(path, career.Localized)
	}
	if desk.NewDealerURL != "" {
		c.webURL("support.newDealerURL", desk.NewDealerURL)
	}
	for i, texts := range desk.Localized {
		c.locale(fmt.Sprintf("support.localized[%d].locale", i), texts.Locale)
	}
}

func (c *checker) texts(path string, texts []v1alpha1.LocalizedText) {
	for i, text := range texts {
		c.locale(fmt.Sprintf("%s.localized[%d].locale", path, i), text.Locale)
	}
}

// locale checks that people can choose the locale of a text.
func (c *checker) locale(path, locale string) {
	if !slices.Contains(c.Locales, locale) {
		c.fault(path, locale, "not one of the portal's locales, so nobody would read it",
			"use one of "+strings.Join(c.Locales, ", ")+", or add the locale to spec.locales")
	}
}

func (c *checker) brand(path, name string) {
	names := make([]string, 0, len(c.Brands))
	for _, brand := range c.Brands {
		names = append(names, brand.Name)
	}
	if !slices.Contains(names, name) {
		c.fault(path, name, "not one of the portal's brands", "use one of "+strings.Join(names, ", ")+", or add the brand to spec.brands")
	}
}

// size checks that the settings can be stored and sent.
func (c *checker) size(settings *portalconfig.Settings) {
	raw, err := json.Marshal(settings)
	if err != nil {
		panic(fmt.Sprintf("settings: encoding the settings: %v", err)) // plain data: cannot fail
	}
	if len(raw) > mostSettings {
		c.fault("announcements", fmt.Sprintf("%d bytes", len(raw)), fmt.Sprintf("the portal's settings together have more than %d bytes", mostSettings),
			"shorten texts of announcements and support, or leave out locales")
	}
}
