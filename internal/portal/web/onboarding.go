// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/onboarding"
)

const onboardingPath = "/onboarding"

// beforeLive are the signed-in routes that a dealership's administrators reach before it is live.
var beforeLive = map[string]bool{"GET " + onboardingPath: true, "GET /session": true, "POST /sign-out": true}

func (s *site) onboardingRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{"GET " + onboardingPath: s.showOnboarding}
}

// waits says whether the viewer's dealership is not live yet.
func (v *viewer) waits() bool { return v.tenant != nil && !v.tenant.Live() }

// administers says whether the viewer is an administrator of a dealership.
func (v *viewer) administers() bool { return v.account.Role == account.Administrator }

// untilLive keeps everything but the checklist closed while the viewer's dealership is not live; nil lets the request through.
func (s *site) untilLive(x *exchange, v *viewer) (reply, error) {
	switch {
	case !v.waits(), x.r.Pattern == "POST /sign-out", x.r.Pattern == "GET /session":
		return nil, nil
	case !v.administers():
		return s.notLive(x, v.tenant.Spec.DisplayName)
	case beforeLive[x.r.Pattern], v.account.MustChangePassword: // the way to another password is open
		return nil, nil
	default:
		return redirect{onboardingPath}, nil
	}
}

// notLive answers for people who are no administrators of a dealership that is not live.
func (s *site) notLive(x *exchange, dealership string) (reply, error) {
	t := x.texts()
	return s.refused(x, t, refusedView{
		Title: t.get("onboarding.refusedTitle"), Paragraphs: []string{t.get("onboarding.refusedText", "tenant", dealership)},
	})
}

// tenantNotLive answers for an account whose dealership is not live.
func (s *site) tenantNotLive(x *exchange, a *account.Account) (reply, error) {
	of, err := s.tenantOf(x, a)
	if err != nil {
		return nil, err
	}
	return s.notLive(x, of.Spec.DisplayName)
}

// onboardingView is the checklist of a dealership.
type onboardingView struct {
	Title, Lead, Progress, Next string
	Live                        bool
	Technicians, Documents      []checkView
}

// checkView is one line of the checklist.
type checkView struct {
	Label, State string
	Met          bool
}

// showOnboarding shows the administrators what the market requires and what their dealership has. Where nothing is required there is no
// such page.
func (s *site) showOnboarding(x *exchange, v *viewer) (reply, error) {
	if v.tenant == nil || !v.administers() {
		return nil, faultNotFound
	}
	items := x.checklist(v)
	if len(items) == 0 && v.tenant.Live() {
		return redirect{"/"}, nil
	}
	t := x.texts()
	missing := len(onboarding.Missing(items))
	view := onboardingView{
		Live: v.tenant.Live(), Progress: t.get("onboarding.progress", "met", len(items)-missing, "all", len(items)),
		Next: t.get("onboarding.next", "desk", desk(x, t)),
	}
	view.Title, view.Lead = onboardingTexts(t, view.Live, missing, v.tenant.Spec.DisplayName)
	for _, item := range items {
		if item.Document == "" {
			view.Technicians = append(view.Technicians, technicianLine(t, item))
		} else {
			view.Documents = append(view.Documents, x.documentLine(t, item))
		}
	}
	return page{name: "onboarding", title: view.Title, viewer: s.bar(x.look, v, "onboarding"), body: view}, t.err
}

// checklist is what the market requires with what the viewer's dealership has today.
func (x *exchange) checklist(v *viewer) []onboarding.Item {
	return onboarding.Checklist(x.look.settings.Requirements, v.tenant.Spec.Certification, x.now().In(x.look.zone).Format(time.DateOnly))
}

func onboardingTexts(t *texts, live bool, missing int, dealership string) (title, lead string) {
	switch {
	case !live && missing == 0: // the portal lets it go live within the hour
		return t.get("onboarding.soonTitle"), t.get("onboarding.soonLead", "tenant", dealership)
	case !live:
		return t.get("onboarding.title"), t.get("onboarding.lead", "tenant", dealership)
	case missing > 0:
		return t.get("onboarding.shortTitle"), t.get("onboarding.shortLead", "tenant", dealership)
	default:
		return t.get("onboarding.metTitle"), t.get("onboarding.metLead", "tenant", dealership)
	}
}

// skillKeys are the texts of the skills of technicians.
var skillKeys = map[string]string{
	onboarding.Electrical: "onboarding.electrical", onboarding.Chassis: "onboarding.chassis",
	onboarding.Engine: "onboarding.engine", onboarding.Driveline: "onboarding.driveline",
}

func technicianLine(t *texts, item onboarding.Item) checkView {
	return checkView{
		Label: t.get(skillKeys[item.Skill]), Met: item.Met(),
		State: t.get("onboarding.have", "have", strconv.Itoa(int(item.Have)), "need", strconv.Itoa(int(item.Need))),
	}
}

func (x *exchange) documentLine(t *texts, item onboarding.Item) checkView {
	line := checkView{Label: item.Document, Met: item.Met(), State: t.get("onboarding.missing")}
	day, err := time.Parse(time.DateOnly, item.ValidUntil)
	switch {
	case !item.Declared:
	case err != nil:
		line.State = t.get("onboarding.there")
	case item.Expired:
		line.State = t.get("onboarding.expired", "date", x.locale.Date(day, time.UTC))
	default:
		line.State = t.get("onboarding.until", "date", x.locale.Date(day, time.UTC))
	}
	return line
}

// shortfall is what administrators of a live dealership are told at the start page; empty when nothing is missing.
func (x *exchange) shortfall(t *texts, v *viewer) string {
	if v.tenant == nil || !v.administers() {
		return ""
	}
	if missing := len(onboarding.Missing(x.checklist(v))); missing > 0 {
		return t.count("onboarding.shortfall", missing)
	}
	return ""
}

// now is the time by which pages decide what to show.
func (x *exchange) now() time.Time { return x.site.forms.now() }
