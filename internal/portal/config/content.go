// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"slices"
	"time"

	"golang.org/x/text/language"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

func (f *faults) support(s portalconfig.Support) {
	f.required("support.deskName", s.DeskName)
	for i, phone := range s.Phones {
		at := fmt.Sprintf("support.phones[%d]", i)
		if !phoneNumber.MatchString(phone.Number) {
			f.add(at+".number", "%q is no E.164 number, for example +12025550100", phone.Number)
		}
		f.localized(at, phone.Localized)
	}
	if _, err := mail.ParseAddress(s.Mail); err != nil && s.Mail != "" {
		f.add("support.mail", "%q is no mail address", s.Mail)
	}
	for i, topic := range s.Topics {
		at := fmt.Sprintf("support.topics[%d]", i)
		f.required(at+".title", topic.Title)
		f.webURL(at+".url", topic.URL)
		f.localized(at, topic.Localized)
	}
	for i, career := range s.Careers {
		at := fmt.Sprintf("support.careers[%d]", i)
		f.required(at+".location", career.Location)
		if f.required(at+".url", career.URL) {
			f.webURL(at+".url", career.URL)
		}
		f.localized(at, career.Localized)
	}
	f.webURL("support.newDealerURL", s.NewDealerURL)
	for i, texts := range s.Localized {
		f.locale(fmt.Sprintf("support.localized[%d].locale", i), texts.Locale)
	}
}

// webURL accepts https only: the pages link to it. Empty means that there is none.
func (f *faults) webURL(at, value string) {
	if value == "" {
		return
	}
	if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		f.add(at, "%q is no address of a page: use https://HOST/PATH", value)
	}
}

func (f *faults) localized(at string, texts []portalconfig.LocalizedText) {
	for i, text := range texts {
		at := fmt.Sprintf("%s.localized[%d]", at, i)
		f.locale(at+".locale", text.Locale)
		f.required(at+".text", text.Text)
	}
}

func (f *faults) locale(at, locale string) {
	if _, err := language.Parse(locale); err != nil {
		f.add(at, "%q is no BCP 47 language tag", locale)
	}
}

func (f *faults) announcements(s *portalconfig.Settings) {
	for i, news := range s.Announcements {
		at := fmt.Sprintf("announcements[%d]", i)
		f.required(at+".title", news.Title)
		f.required(at+".text", news.Text)
		f.oneOf(at+".severity", news.Severity, "Information", "Warning", "Critical")
		from, until := f.moment(at+".from", news.From), f.moment(at+".until", news.Until)
		if !from.IsZero() && !until.IsZero() && !from.Before(until) {
			f.add(at+".from", "%q is not before until, %q", news.From, news.Until)
		}
		for j, name := range news.Brands {
			if !slices.ContainsFunc(s.Brands, func(brand portalconfig.Brand) bool { return brand.Name == name }) {
				f.add(fmt.Sprintf("%s.brands[%d]", at, j), "%q is none of the brands", name)
			}
		}
		for j, texts := range news.Localized {
			at := fmt.Sprintf("%s.localized[%d]", at, j)
			f.locale(at+".locale", texts.Locale)
			f.required(at+".title", texts.Title)
			f.required(at+".text", texts.Text)
		}
	}
}

// moment reads a time; empty means none.
func (f *faults) moment(at, value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	read, err := time.Parse(time.RFC3339, value)
	if err != nil {
		f.add(at, "%q is no time: use 2006-01-02T15:04:05Z", value)
	}
	return read
}

func (f *faults) requirements(r *portalconfig.Requirements) {
	if r == nil {
		return
	}
	const most = 1000
	between(f, "requirements.technicians.electrical", r.Technicians.Electrical, 0, most)
	between(f, "requirements.technicians.chassis", r.Technicians.Chassis, 0, most)
	between(f, "requirements.technicians.engine", r.Technicians.Engine, 0, most)
	between(f, "requirements.technicians.driveline", r.Technicians.Driveline, 0, most)
	for i, document := range r.Documents {
		f.required(fmt.Sprintf("requirements.documents[%d]", i), document)
	}
}

// sms judges where the gateway for text messages is told; nil means that there is none.
func (f *faults) sms(s *portalconfig.SMS) {
	if s != nil {
		f.required("sms.urlFile", s.URLFile)
		f.required("sms.secretFile", s.SecretFile)
	}
}

// logo judges the kind of image by the name of the file.
func (f *faults) logo(file string) {
	if file != "" {
		f.oneOf("logoFile", path.Ext(file), ".svg", ".png", ".webp")
	}
}
