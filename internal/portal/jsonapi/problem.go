// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// Code names a kind of problem. Codes never change their meaning.
type Code string

// Codes. Besides these, a rule that forbids something gives its own name (people.Refusal).
const (
	BadRequest           Code = "BadRequest"
	SessionNeeded        Code = "SessionNeeded"
	SignInRefused        Code = "SignInRefused"
	CodeNeeded           Code = "CodeNeeded"
	CodeTooSoon          Code = "CodeTooSoon"
	CodeWrong            Code = "CodeWrong"
	CodeOver             Code = "CodeOver"
	FactorNeeded         Code = "FactorNeeded"
	FactorWrong          Code = "FactorWrong"
	PasswordWrong        Code = "PasswordWrong"
	CrossOrigin          Code = "CrossOrigin"
	ProofNeeded          Code = "ProofNeeded"
	PasswordChangeNeeded Code = "PasswordChangeNeeded"
	EnrolmentNeeded      Code = "EnrolmentNeeded"
	MailNeeded           Code = "MailNeeded"
	SSONeeded            Code = "SSONeeded"
	AccountDisabled      Code = "AccountDisabled"
	DealershipClosed     Code = "DealershipClosed"
	DealershipNotLive    Code = "DealershipNotLive"
	NotFound             Code = "NotFound"
	MethodNotAllowed     Code = "MethodNotAllowed"
	Timeout              Code = "Timeout"
	Conflict             Code = "Conflict"
	TooLarge             Code = "TooLarge"
	MediaType            Code = "MediaType"
	Misdirected          Code = "Misdirected"
	InvalidInput         Code = "InvalidInput"
	Throttled            Code = "Throttled"
	Internal             Code = "Internal"
	Busy                 Code = "Busy"
	Unavailable          Code = "Unavailable"
	OutcomeUnknown       Code = "OutcomeUnknown"
)

// kinds are status and title of each code.
var kinds = map[Code]struct {
	status int
	title  string
}{
	BadRequest:           {http.StatusBadRequest, "The request cannot be read"},
	SessionNeeded:        {http.StatusUnauthorized, "There is no session, or it has ended: sign in"},
	SignInRefused:        {http.StatusUnauthorized, "The username or the password is wrong, or the account cannot sign in"},
	CodeNeeded:           {http.StatusUnauthorized, "The code that was mailed is needed, too"},
	CodeTooSoon:          {http.StatusUnauthorized, "The code that was mailed a moment ago is needed, or another one in a minute"},
	CodeWrong:            {http.StatusUnauthorized, "That is not the code that was mailed"},
	CodeOver:             {http.StatusUnauthorized, "No code is good any more: sign in again"},
	FactorNeeded:         {http.StatusUnauthorized, "The second factor is needed, too"},
	FactorWrong:          {http.StatusUnauthorized, "That second factor is wrong"},
	PasswordWrong:        {http.StatusForbidden, "That is not the account's password"},
	CrossOrigin:          {http.StatusForbidden, "The request comes from another site"},
	ProofNeeded:          {http.StatusForbidden, "Prove again who you are: POST " + Prefix + "/me/proof"},
	PasswordChangeNeeded: {http.StatusForbidden, "Another password has to be chosen first, on the pages of the portal"},
	EnrolmentNeeded:      {http.StatusForbidden, "A second factor has to be set up first, on the pages of the portal"},
	MailNeeded:           {http.StatusForbidden, "A code has to be mailed, and there is no address or no mail server for it: the service desk helps"},
	SSONeeded:            {http.StatusForbidden, "The account signs in at the company's provider, on the pages of the portal"},
	AccountDisabled:      {http.StatusForbidden, "The account is disabled"},
	DealershipClosed:     {http.StatusForbidden, "The people of the dealership cannot sign in"},
	DealershipNotLive:    {http.StatusForbidden, "The dealership does not meet the requirements of the market yet"},
	NotFound:             {http.StatusNotFound, "There is nothing here, or nothing that you may see"},
	MethodNotAllowed:     {http.StatusMethodNotAllowed, "The path does not answer this method"},
	Timeout:              {http.StatusRequestTimeout, "The request's body did not come in time"},
	Conflict:             {http.StatusConflict, "It was changed meanwhile: read it again"},
	TooLarge:             {http.StatusRequestEntityTooLarge, "The request's body is too large"},
	MediaType:            {http.StatusUnsupportedMediaType, "The request's body has to be application/json"},
	Misdirected:          {http.StatusMisdirectedRequest, "This host is not served here"},
	InvalidInput:         {http.StatusUnprocessableEntity, "The input cannot be used; nothing was changed"},
	Throttled:            {http.StatusTooManyRequests, "Too many attempts: wait"},
	Internal:             {http.StatusInternalServerError, "Something went wrong"},
	Busy:                 {http.StatusServiceUnavailable, "The portal is busy: try again"},
	Unavailable:          {http.StatusServiceUnavailable, "The database cannot be reached: try again"},
	OutcomeUnknown:       {http.StatusServiceUnavailable, "It is not known whether it was done: look before you try again"},
}

// problem is an answer that is an error, as RFC 9457 has it.
type problem struct {
	Type      string  `json:"type" doc:"Names the kind of problem: urn:forecourt:problem: and the code." example:"urn:forecourt:problem:NotFound"`
	Title     string  `json:"title" doc:"Says the same in English." example:"There is nothing here, or nothing that you may see"`
	Status    int     `json:"status" doc:"The status of the answer." example:"404"`
	Code      Code    `json:"code" doc:"Names the kind of problem; stable." example:"NotFound"`
	Reference string  `json:"reference" doc:"The number of the request in the portal's log and audit trail." example:"7Q2M-X0KD"`
	Errors    []fault `json:"errors,omitempty" nullable:"false" doc:"What is wrong with which field."`
	Step      *step   `json:"step,omitempty" doc:"The next step of a sign-in."`

	// retryAfter is when to try again; zero for nothing to say.
	retryAfter time.Duration
	cause      error
}

// fault is what is wrong with one field.
type fault struct {
	Field  string `json:"field,omitempty" doc:"The field, or its place in the request; empty when it is none." example:"reason"`
	Code   string `json:"code" doc:"What is wrong; Invalid when the document says what is right." example:"ReasonMissing"`
	Detail string `json:"detail,omitempty" doc:"What is wrong, in English." example:"expected length <= 300"`
}

// step is what a sign-in waits for.
type step struct {
	Kind string `json:"kind" enum:"Code,Factor" doc:"Code: POST /api/v1/sessions/code with the code that was mailed. Factor: POST /api/v1/sessions/factor with a code of the app, or a recovery code." example:"Factor"`
	Flow string `json:"flow" doc:"Send it with the next step. Keep it secret." example:"aGVsbG8gd29ybGQgdGhpcyBpcyBub3QgYSByZWFsIG9uZQ"`
}

// Error makes a problem an error.
func (p *problem) Error() string { return string(p.Code) }

// Unwrap answers what it is about.
func (p *problem) Unwrap() error { return p.cause }

// GetStatus answers the status.
func (p *problem) GetStatus() int { return p.Status }

// ContentType answers the media type.
func (p *problem) ContentType(string) string { return "application/problem+json" }

func problemOf(code Code) *problem {
	return &problem{Type: "urn:forecourt:problem:" + string(code), Code: code, Title: kinds[code].title, Status: kinds[code].status}
}

// named is a problem with the name of a rule.
func named(code Code, rule string) *problem {
	p := problemOf(code)
	p.Code, p.Type = Code(rule), "urn:forecourt:problem:"+rule
	return p
}

func throttled(wait time.Duration) *problem {
	p := problemOf(Throttled)
	p.retryAfter = wait
	return p
}

// problemFor answers the problem that an error is.
func problemFor(err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	p := describe(err)
	p.cause = err
	return p
}

func describe(err error) *problem {
	var refusal people.Refusal
	var invalid *people.FaultError
	var wait *signin.WaitError
	switch {
	case errors.As(err, &refusal):
		return ofRefusal(refusal)
	case errors.As(err, &invalid):
		return ofFaults(invalid)
	case errors.As(err, &wait):
		return throttled(wait.RetryAfter)
	case errors.Is(err, session.ErrEnded):
		return problemOf(SessionNeeded)
	case errors.Is(err, tenant.ErrNotFound):
		return problemOf(NotFound)
	case errors.Is(err, account.ErrConflict):
		return problemOf(Conflict)
	case errors.Is(err, password.ErrBusy):
		p := problemOf(Busy)
		p.retryAfter = 5 * time.Second
		return p
	case errors.Is(err, store.ErrOutcomeUnknown):
		return problemOf(OutcomeUnknown)
	case store.Unavailable(err), errors.Is(err, context.Canceled): // who cancels has gone away and sees no answer
		p := problemOf(Unavailable)
		p.retryAfter = time.Minute
		return p
	default:
		return problemOf(Internal)
	}
}

func ofRefusal(refusal people.Refusal) *problem {
	switch {
	case refusal == people.Foreign:
		return problemOf(NotFound)
	case refusal.Overtaken():
		p := named(Conflict, string(refusal))
		p.Title = "What the account is now does not allow it"
		return p
	default:
		p := named(Conflict, string(refusal))
		p.Title, p.Status = "You may not do this to the account", http.StatusForbidden
		return p
	}
}

// fields are the fields that faults belong to.
var fields = map[people.Fault]string{
	people.ReasonMissing: "reason", people.ReasonTooLong: "reason", people.DayMissing: "until", people.DayPast: "until", people.DayTooFar: "until",
	people.NameMissing: "name", people.NameInvalid: "name", people.MailMissing: "mail", people.MailInvalid: "mail", people.PhoneInvalid: "phone",
	people.RoleUnknown: "role", people.RoleSame: "role", people.UsernameMissing: "username", people.UsernameInvalid: "username",
	people.UsernameTaken: "username", people.DealershipUnknown: "dealership", people.DealershipClosed: "dealership",
}

func ofFaults(invalid *people.FaultError) *problem {
	p := problemOf(InvalidInput)
	for _, one := range invalid.Faults {
		p.Errors = append(p.Errors, fault{Field: fields[one], Code: string(one)})
	}
	return p
}

// codesByStatus are the problems that are found before any service is asked.
var codesByStatus = map[int]Code{
	http.StatusBadRequest: BadRequest, http.StatusForbidden: CrossOrigin, http.StatusRequestTimeout: Timeout,
	http.StatusRequestEntityTooLarge: TooLarge, http.StatusUnsupportedMediaType: MediaType, http.StatusMisdirectedRequest: Misdirected,
	http.StatusUnprocessableEntity: InvalidInput,
}

// OfStatus is the problem of a request that the listener refuses before it is the API's.
func OfStatus(status int, cause error) error {
	code, known := codesByStatus[status]
	if !known {
		code = Internal
	}
	p := problemOf(code)
	p.cause = cause
	return p
}

// explain completes problems on their way out, and makes problems of what the framework refuses. What was sent is not repeated.
func (a *API) explain(ctx huma.Context, _ string, body any) (any, error) {
	var p *problem
	switch found := body.(type) {
	case *problem:
		p = found
	case *huma.ErrorModel:
		errors.As(OfStatus(found.Status, errors.New(found.Detail)), &p)
		for _, detail := range found.Errors {
			p.Errors = append(p.Errors, fault{Field: detail.Location, Code: "Invalid", Detail: detail.Message})
		}
	default:
		return body, nil
	}
	a.finish(ctx.Context(), p, ctx.Operation().Method, ctx.Operation().Path, ctx.SetHeader)
	return p, nil
}

// finish numbers and logs a problem, and sets the headers that belong to it.
func (a *API) finish(ctx context.Context, p *problem, method, route string, set func(name, value string)) {
	if c := callOf(ctx); c != nil {
		p.Reference = c.Reference
	}
	level := slog.LevelInfo
	if p.Status >= http.StatusInternalServerError && !errors.Is(p.cause, context.Canceled) {
		level = slog.LevelError
	}
	a.Logger.Log(ctx, level, "Request failed", "reference", p.Reference, "method", method, "route", route, "status", p.Status, "code", p.Code, "err", p.cause)
	if p.retryAfter > 0 {
		set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		set("WWW-Authenticate", `Bearer realm="portal"`)
	}
}

// Fail answers a request with the problem that an error is.
func (a *API) Fail(w http.ResponseWriter, r *http.Request, reference string, err error) {
	p := problemFor(err)
	p.Reference = reference
	a.finish(r.Context(), p, r.Method, r.Pattern, w.Header().Set)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // the client may have gone away
	}
}
