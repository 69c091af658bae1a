// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

// languageLife is how long a browser keeps the language that was chosen in it.
const languageLife = 365 * 24 * time.Hour

// languagesView is a choice of languages. With one language there is none.
type languagesView struct {
	FormToken, Here string
	List            []languageView
}

// languageView is a language under its own name.
type languageView struct {
	Tag, Name string
	Current   bool
}

// localeOf is the locale of a request: what was chosen in the browser before, otherwise what the browser asks for.
func (s *site) localeOf(l *look, r *http.Request) *i18n.Locale {
	if locale := l.locales.Choose(s.forms.cookie(r, cookieLanguage)); locale != nil {
		return locale
	}
	return l.locales.Pick(r.Header.Get("Accept-Language"))
}

// languages is the choice on signed-out pages, which leads back to the page that is shown. Other hosts get none, and so no cookie.
func (s *site) languages(x *exchange) languagesView {
	list := languageList(x.look, x.locale.Tag)
	if len(list) < 2 || hostOf(x.r.Host, s.forms.https) != s.host {
		return languagesView{}
	}
	view := languagesView{FormToken: s.flowToken(x), Here: "/", List: list}
	if s.shows(s.publicPages, x.r.URL.Path) {
		view.Here = x.r.URL.Path
	}
	return view
}

// languageList names the portal's locales, with the region where several speak one language.
func languageList(l *look, current string) []languageView {
	speak := map[string]int{}
	for _, locale := range l.locales.All() {
		speak[locale.Language]++
	}
	var list []languageView
	for _, locale := range l.locales.All() {
		t := &texts{locale: locale}
		view := languageView{Tag: locale.Tag, Name: t.get("language.self"), Current: locale.Tag == current}
		if region := locale.Region(); speak[locale.Language] > 1 && region != "" {
			view.Name = fmt.Sprintf("%s (%s)", view.Name, region)
		}
		list = append(list, view)
	}
	return list
}

// languageOf answers the tag among the portal's locales; empty when it is none of them.
func languageOf(l *look, tag string) string {
	for _, locale := range l.locales.All() {
		if locale.Tag == tag {
			return tag
		}
	}
	return ""
}

// chooseLanguage notes the language in the browser.
func (s *site) chooseLanguage(x *exchange) (reply, error) {
	tag := languageOf(x.look, x.value("language"))
	if tag == "" {
		return nil, faultBadRequest
	}
	s.forms.keepLanguage(x.w, tag)
	if to := x.value("next"); s.shows(s.publicPages, to) {
		return redirect{to}, nil
	}
	return redirect{"/"}, nil
}

// keepLanguage keeps a language in the browser, or forgets it when it is empty.
func (f *forms) keepLanguage(w http.ResponseWriter, tag string) {
	if tag == "" {
		f.dropCookie(w, cookieLanguage)
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS; without it the host is a .localhost name
		Name: f.cookieName(cookieLanguage), Value: tag, Path: "/", Secure: f.https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(languageLife.Seconds()),
	})
}

// chooseOwnLanguage notes the language of somebody's pages and letters with his account; empty means the browser's.
func (s *site) chooseOwnLanguage(x *exchange, v *viewer) (reply, error) {
	tag := languageOf(x.look, x.value("language"))
	if tag == "" && x.value("language") != "" {
		return nil, faultBadRequest
	}
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error {
		return account.ChooseLanguage(x.r.Context(), tx, v.account, tag, v.actor(x))
	})
	if err != nil {
		return nil, err
	}
	s.forms.keepLanguage(x.w, tag)
	return redirect{"/profile?notice=language"}, nil
}
