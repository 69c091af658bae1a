// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/url"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
)

// activityView lists what happened to one's own account.
type activityView struct {
	Lines []lineView
	// Older and Newest are the addresses of other pages of the list, empty when there is none.
	Older, Newest string
}

func (s *site) showActivity(x *exchange, v *viewer) (reply, error) {
	before := x.r.URL.Query().Get("before")
	if before != "" && uuid.Validate(before) != nil {
		return nil, faultBadRequest
	}
	lines, older, err := s.people.Own(x.r.Context(), v.account, before)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := activityView{}
	for _, line := range lines {
		one := x.line(t, v.account.ID, line)
		if line.ActorClass == audit.ActorAccount && line.ActorID == v.account.ID {
			one.By = ""
		}
		view.Lines = append(view.Lines, one)
	}
	if older != "" {
		view.Older = "/profile/activity?" + url.Values{"before": {older}}.Encode()
	}
	if before != "" {
		view.Newest = "/profile/activity"
	}
	return page{name: "activity", title: t.get("profile.activity"), viewer: s.bar(x.look, v, "profile.activity"), body: view}, t.err
}
