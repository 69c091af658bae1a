// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

func (s *site) profileRoutes() map[string]signedInHandler {
	return joined(s.addressRoutes(), map[string]signedInHandler{
		"GET /profile":                                    s.showProfile,
		"POST /profile/language":                          s.chooseOwnLanguage,
		"GET " + confirmPath:                              s.showConfirm,
		"POST " + confirmPath:                             s.confirm,
		"POST " + confirmPath + "/factor":                 s.confirmFactor,
		"POST " + confirmPath + "/factor/passkey":         s.confirmFactor,
		"POST " + confirmPath + "/factor/passkey/options": s.confirmOptions,
		"GET /profile/password":                           s.showPassword,
		"POST /profile/password":                          s.changePassword,
		"GET /profile/sessions":                           s.showSessions,
		"POST /profile/sessions/{id}/end":                 s.proven(s.endSession),
		"POST /profile/sessions/others":                   s.proven(s.endOtherSessions),
		"GET /profile/activity":                           s.showActivity,
	})
}

// profileView is the overview of one's own account.
type profileView struct {
	FormToken, Notice, Name, Username, Role, Tenant string
	Addresses                                       []addressView
	// Languages to choose from; BrowserLanguage is true when none was chosen.
	Languages       []languageView
	BrowserLanguage bool
}

// profileNotices are what the page may say about what was just done, by the word in its address.
var profileNotices = map[string]string{"language": "profile.languageChosen"}

// notice answers the text for the word in the address; empty when there is none.
func (x *exchange) notice(t *texts, words map[string]string) string {
	key := words[x.r.URL.Query().Get("notice")]
	if key == "" {
		return ""
	}
	return t.get(key)
}

func (s *site) showProfile(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	view := profileView{
		FormToken: s.forms.sessionToken(v.session.ID), Notice: x.notice(t, profileNotices),
		Name: displayName(v.account), Username: v.account.Username, Role: roleText(t, v.account.Role), Tenant: v.affiliation(t),
		BrowserLanguage: v.account.Language == "",
	}
	current := ""
	if own := x.look.locales.Choose(v.account.Language); own != nil {
		current = own.Tag
	}
	if list := languageList(x.look, current); len(list) > 1 {
		view.Languages = list
	}
	for _, one := range s.addresses(t, v.account) {
		if one.Value != "" {
			view.Addresses = append(view.Addresses, one)
		}
	}
	return page{name: "profile", title: t.get("profile.title"), viewer: s.bar(x.look, v, "profile"), body: view}, t.err
}

// signOut ends the session at the server and in the browser.
func (s *site) signOut(x *exchange, v *viewer) (reply, error) {
	if err := s.leave(x); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieSession)
	x.w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.signOutAtProvider(x, v)
}
