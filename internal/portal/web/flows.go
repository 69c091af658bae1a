// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

// flowForm asks a signed-out form for the token of the running flow before the handler is called.
func (s *site) flowForm(handler publicHandler) publicHandler {
	return func(x *exchange) (reply, error) {
		if err := x.form(); err != nil {
			return nil, err
		}
		if !s.forms.allowsFlow(s.forms.flow(x.r), x.value("token")) {
			return nil, faultForm
		}
		return handler(x)
	}
}

// runningFlow answers the token for a signed-out form; it starts a flow when there is none.
func (s *site) runningFlow(x *exchange) string {
	flow := s.forms.flow(x.r)
	if flow == "" {
		flow = s.forms.beginFlow(x.w)
	}
	return s.forms.flowToken(flow)
}
