// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"net/http"
)

// languageInput chooses the language of texts.
type languageInput struct {
	AcceptLanguage string `header:"Accept-Language" doc:"The languages of the reader; the portal answers in the closest of its own." example:"de-DE"`
}

// supportPhone is a phone line of the desk.
type supportPhone struct {
	Label  string `json:"label" example:"Dealers"`
	Number string `json:"number" doc:"In E.164 form." example:"+18005550123"`
}

// supportTopic is a page that answers what people ask about.
type supportTopic struct {
	Title string `json:"title" example:"Warranty"`
	URL   string `json:"url" format:"uri" example:"https://warranty.northstar.example/"`
}

type supportOutput struct {
	Language string `header:"Content-Language" doc:"The language of the texts." example:"en-US"`
	Body     struct {
		DeskName string         `json:"deskName" example:"Dealer Service Desk"`
		Mail     string         `json:"mail,omitempty" example:"desk@northstar.example"`
		Hours    string         `json:"hours,omitempty" example:"Monday to Friday 7:00-19:00 CT"`
		Phones   []supportPhone `json:"phones" nullable:"false"`
		Topics   []supportTopic `json:"topics" nullable:"false"`
	}
}

// News is an announcement.
type News struct {
	Title    string   `json:"title" example:"Parts ordering is closed on Sunday"`
	Text     string   `json:"text" example:"From 6:00 to 12:00."`
	Language string   `json:"language" doc:"The BCP 47 tag of the texts." example:"en-US"`
	Severity string   `json:"severity" enum:"Information,Warning,Critical" example:"Warning"`
	Brands   []string `json:"brands" nullable:"false" doc:"Whom it concerns; none means everybody." example:"[\"northstar\"]"`
}

type newsOutput struct {
	Body struct {
		Announcements []News `json:"announcements" nullable:"false" doc:"The most serious first."`
	}
}

func (a *API) contentOperations() {
	register(a, operation{
		id: "getSupport", method: http.MethodGet, path: "/support", tag: "Help", who: anybody, summary: "How to reach the service desk",
	}, a.support)
	register(a, operation{
		id: "listAnnouncements", method: http.MethodGet, path: "/announcements", tag: "Help", who: anybody, summary: "What is new",
		description: "People of a dealership get what concerns its brands.",
	}, a.announcements)
}

func (a *API) support(_ context.Context, c *call, _ *languageInput) (*supportOutput, error) {
	desk := a.Settings().Support.In(c.Locale)
	out := &supportOutput{Language: c.Locale}
	out.Body.DeskName, out.Body.Mail, out.Body.Hours = desk.DeskName, desk.Mail, desk.Hours
	out.Body.Phones, out.Body.Topics = []supportPhone{}, []supportTopic{}
	for _, phone := range desk.Phones {
		out.Body.Phones = append(out.Body.Phones, supportPhone{Label: phone.Label, Number: phone.Number})
	}
	for _, topic := range desk.Topics {
		if topic.URL != "" {
			out.Body.Topics = append(out.Body.Topics, supportTopic{Title: topic.In(c.Locale), URL: topic.URL})
		}
	}
	return out, nil
}

func (a *API) announcements(_ context.Context, c *call, _ *languageInput) (*newsOutput, error) {
	var brands []string
	if c.viewer != nil && c.viewer.tenant != nil {
		brands = append([]string{}, c.viewer.tenant.Spec.Brands...)
	}
	out := &newsOutput{}
	out.Body.Announcements = append([]News{}, c.News(brands)...)
	return out, nil
}
