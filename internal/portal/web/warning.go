// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
)

// warningLead is how long before its end a session warns (WCAG 2.2, 2.2.1 asks for at least 20 seconds).
const warningLead = 2 * time.Minute

// warningView tells the page's script when to warn, in seconds from the answer on.
type warningView struct {
	// IdleSeconds until the session ends when nothing happens, LeftSeconds until it ends in any case.
	IdleSeconds, LeftSeconds int
	// LeadSeconds before either end the warning appears.
	LeadSeconds int
}

// warn counts from the session's last use, which was just now.
func warn(s *session.Session, limits session.Limits) warningView {
	// The last use is written down every half minute, so that much earlier the session may end.
	idle := limits.Idle - session.SeenEvery
	return warningView{
		IdleSeconds: int(idle.Seconds()),
		LeftSeconds: int(s.ExpiresAt.Sub(s.LastSeenAt).Seconds()),
		LeadSeconds: int(min(warningLead, idle/2).Seconds()),
	}
}

// keepSession is asked by somebody who presses "stay signed in": coming here is the use.
func (s *site) keepSession(*exchange, *viewer) (reply, error) { return noContent{}, nil }

// noContent answers a script.
type noContent struct{}

func (noContent) write(x *exchange) { x.w.WriteHeader(http.StatusNoContent) }
