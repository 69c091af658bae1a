// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

// openRoutes answer anybody, also without a session. They show nothing of anybody to somebody who has proved nothing.
const openRoutes = `
	GET /activate
	POST /activate
	GET /activate/{token}
	GET /assets/{name}
	GET /become-a-dealer
	POST /become-a-dealer
	GET /brands
	GET /brands/{name}
	GET /careers
	GET /dealerships
	GET /dealerships/{code}
	POST /language
	GET /no-account
	GET /recover
	POST /recover
	GET /recover/code
	POST /recover/code
	GET /recover/link/{token}
	GET /recover/password
	POST /recover/password
	POST /recover/restart
	GET /recover/sent
	GET /recover/username
	POST /recover/username
	GET /sign-in
	POST /sign-in
	POST /sign-in/ask
	GET /sign-in/asked
	GET /sign-in/code
	POST /sign-in/code
	POST /sign-in/code/new
	GET /sign-in/enrol
	POST /sign-in/enrol/app
	POST /sign-in/enrol/code
	POST /sign-in/enrol/code/new
	POST /sign-in/enrol/passkey
	POST /sign-in/enrol/passkey/options
	GET /sign-in/factor
	POST /sign-in/factor
	POST /sign-in/factor/passkey
	POST /sign-in/factor/passkey/options
	POST /sign-in/restart
	POST /sign-in/sso
	GET /sign-in/sso/callback
	GET /sign-in/sso/signed-out
	GET /sign-in/unlock
	POST /sign-in/unlock
	GET /support
	GET /support/sent
	GET /support/write
	POST /support/write
	GET /unlock
	POST /unlock
	GET /unlock/{token}
`

// ownRoutes need a session and look at nobody but its owner, also where they have the id of something.
const ownRoutes = `
	GET /onboarding
	GET /profile
	GET /profile/activity
	GET /profile/addresses
	GET /profile/addresses/{slot}
	POST /profile/addresses/{slot}
	POST /profile/addresses/{slot}/again
	POST /profile/addresses/{slot}/cancel
	GET /profile/addresses/{slot}/code
	POST /profile/addresses/{slot}/code
	POST /profile/addresses/{slot}/remove
	GET /profile/confirm
	POST /profile/confirm
	POST /profile/confirm/factor
	POST /profile/confirm/factor/passkey
	POST /profile/confirm/factor/passkey/options
	POST /profile/confirm/sso
	GET /profile/devices
	POST /profile/devices/{id}/forget
	GET /profile/factors
	GET /profile/factors/app
	POST /profile/factors/app
	POST /profile/factors/app/code
	POST /profile/factors/codes
	GET /profile/factors/passkey
	POST /profile/factors/passkey
	POST /profile/factors/passkey/options
	POST /profile/factors/{id}/remove
	POST /profile/language
	GET /profile/password
	POST /profile/password
	GET /profile/sessions
	POST /profile/sessions/others
	POST /profile/sessions/{id}/end
	GET /session
	POST /sign-out
	GET /{$}
`
