// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

// flowForm asks a signed-out form for the token of the running flow before the handler is called.
func (s *site) flowForm(handler publicHandler) publicHandler {
	return func(x *exchange) (reply, error) {
		if err := x.form(); err != nil {
			return nil, err
		}
		if flow, _ := s.forms.flow(x.r); !s.forms.allowsFlow(flow, x.value("token")) {
			return nil, faultForm
		}
		return handler(x)
	}
}

// flowToken answers the token for a signed-out form; it starts a flow when there is none.
func (s *site) flowToken(x *exchange) string { return s.forms.flowToken(s.flowOf(x)) }

// flowOf answers the visit to the signed-out forms, the same for all forms of a page.
func (s *site) flowOf(x *exchange) string {
	if x.flow == "" {
		x.flow = s.forms.keepFlow(x.w, x.r)
	}
	return x.flow
}
