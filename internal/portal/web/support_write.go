// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

const (
	// maxMessage is the most bytes of a message's form: two thousand characters may take nine bytes each.
	maxMessage = 48 << 10
	// writingTime is how long it takes a person to write a message, at least.
	writingTime = 3 * time.Second
)

// messageForm is flowForm for the forms in which people write.
func (s *site) messageForm(handler publicHandler) publicHandler {
	return func(x *exchange) (reply, error) {
		if err := x.formUpTo(maxMessage); err != nil {
			return nil, err
		}
		if flow, _ := s.forms.flow(x.r); !s.forms.allowsFlow(flow, x.value("token")) {
			return nil, faultForm
		}
		return handler(x)
	}
}

// started notes in a form when it was opened in a flow.
func (f *forms) started(flow string) string {
	payload := encoding.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(f.now().UnixMilli())))
	return payload + "." + f.sign("writes since", flow+" "+payload)
}

// writingSince answers how long ago a form of the flow was opened; false when that is made up.
func (f *forms) writingSince(flow, started string) (time.Duration, bool) {
	payload, mac, _ := strings.Cut(started, ".")
	raw, err := encoding.DecodeString(payload)
	if err != nil || len(raw) != 8 || !f.matches(mac, "writes since", flow+" "+payload) {
		return 0, false
	}
	return f.now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(raw)))), true //nolint:gosec // written by started
}

// writing is a message as it is typed, and what is wrong with it.
type writing struct {
	support.Message
	faults []support.Fault
	// again : it came faster than anybody writes, trapped : a field was filled that nobody sees.
	again, trapped bool
	started        string
}

// writeView is the form for a message.
type writeView struct {
	viewer                          *viewer
	FormToken, Started, Action      string
	Problem, Again, Trapped, Closed bool
	Reach                           supportView
	Dealership, DealershipName      string
	Departments, Topics             []optionView
	Name, Mail, Phone               inputField
	Address, AddressFault, Body     string
	BodyFault, TopicFault           string
	// NeedsMail asks for an address, which is not known.
	NeedsMail bool
	// As is who writes when he is signed in; then he need not say it.
	As, Desk string
}

// newWriteView makes the form for what was typed.
func (s *site) newWriteView(x *exchange, action string, w writing) (*writeView, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := &writeView{
		viewer: v, Action: action, Closed: !s.support.Open(), Again: w.again, Trapped: w.trapped, Reach: x.support(), Desk: desk(x, t),
		Problem: w.again || w.trapped || len(w.faults) > 0, Address: w.Address, Body: w.Body,
	}
	if view.Closed {
		return view, nil
	}
	view.FormToken, view.Started = s.flowToken(x), w.started
	if view.Started == "" {
		view.Started = s.forms.started(s.flowOf(x))
	}
	view.fill(t, w, action == applyPath)
	view.NeedsMail = v == nil || v.account.Mail == ""
	if v != nil {
		view.As = displayName(v.account)
	}
	for _, topic := range topicsOf(x.look.settings, action) {
		view.Topics = append(view.Topics, optionView{Value: topic.Title, Label: topic.In(x.locale.Tag), Selected: topic.Title == w.Topic})
	}
	if err := s.addressTo(x, view, w.Message); err != nil {
		return nil, err
	}
	return view, t.err
}

// topicsOf are the topics to choose from; an application has none.
func topicsOf(settings *portalconfig.Settings, action string) []portalconfig.SupportTopic {
	if action == applyPath {
		return nil
	}
	return settings.Support.Topics
}

// fill fills in the fields.
func (view *writeView) fill(t *texts, w writing, phone bool) {
	problems := map[support.Field]string{}
	for _, fault := range w.faults {
		problems[fault.Field] = t.get(faultKeys[fault])
	}
	view.Name = inputField{
		ID: "name", Label: t.get("home.name"), Type: "text", Value: w.Name, Autocomplete: "name", MaxLength: support.MaxName,
		Fault: problems[support.FieldName],
	}
	view.Mail = inputField{
		ID: "mail", Label: t.get("write.mail"), Type: "email", Value: w.Mail, Autocomplete: "email", MaxLength: 254,
		Fault: problems[support.FieldMail], Hint: t.get("write.mailHint"),
	}
	view.Phone = inputField{
		ID: "phone", Label: t.get("layout.phone"), Type: "tel", Value: w.Phone, Autocomplete: "tel", MaxLength: support.MaxPhone,
		Fault: problems[support.FieldPhone], Optional: !phone,
	}
	view.AddressFault, view.BodyFault, view.TopicFault = problems[support.FieldAddress], problems[support.FieldBody], problems[support.FieldTopic]
}

// faultKeys are the texts of what can be wrong with a message.
var faultKeys = map[support.Fault]string{
	{Field: support.FieldName, Problem: support.Missing}: "write.nameMissing", {Field: support.FieldName, Problem: support.TooLong}: "write.tooLong",
	{Field: support.FieldMail, Problem: support.Missing}: "write.mailMissing", {Field: support.FieldMail, Problem: support.Invalid}: "write.mailInvalid",
	{Field: support.FieldAddress, Problem: support.TooLong}: "write.tooLong",
	{Field: support.FieldPhone, Problem: support.Missing}:   "write.phoneMissing", {Field: support.FieldPhone, Problem: support.TooLong}: "write.tooLong",
	{Field: support.FieldTopic, Problem: support.Invalid}: "write.topicInvalid",
	{Field: support.FieldBody, Problem: support.Missing}:  "write.bodyMissing", {Field: support.FieldBody, Problem: support.TooLong}: "write.bodyTooLong",
}

// addressTo fills in the dealership that the message is for.
func (s *site) addressTo(x *exchange, view *writeView, m support.Message) error {
	if m.Dealership == "" {
		return nil
	}
	of, err := tenant.GetPublic(x.r.Context(), s.db, m.Dealership)
	if errors.Is(err, tenant.ErrNotFound) {
		return faultNotFound
	}
	if err != nil {
		return err
	}
	view.Dealership, view.DealershipName = of.DealerCode, of.Spec.DisplayName
	for _, department := range of.Spec.Departments {
		view.Departments = append(view.Departments, optionView{Value: department.Name, Label: department.Name, Selected: department.Name == m.Department})
	}
	return nil
}

func (s *site) showWrite(x *exchange) (reply, error) {
	query := x.r.URL.Query()
	return s.writePage(x, writing{Message: support.Message{Dealership: clip(query.Get("dealership")), Department: clip(query.Get("department"))}})
}

func (s *site) writePage(x *exchange, w writing) (reply, error) {
	view, err := s.newWriteView(x, writeFormPath, w)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	p := page{status: statusOf(view.Problem), name: "write", title: t.get("write.title"), problem: view.Problem, body: view}
	return s.openPage(x, view.viewer, p, "support.write"), t.err
}

func (s *site) write(x *exchange) (reply, error) {
	return s.takeMessage(x, support.General, s.writePage)
}

func (s *site) apply(x *exchange) (reply, error) {
	if x.look.settings.Support.NewDealerURL != "" {
		return nil, faultNotFound
	}
	return s.takeMessage(x, support.NewDealer, func(x *exchange, w writing) (reply, error) {
		view, err := s.newWriteView(x, applyPath, w)
		if err != nil {
			return nil, err
		}
		return s.newDealerPage(x, view, statusOf(view.Problem))
	})
}

// takeMessage sends what was typed, or shows the form again with what is wrong.
func (s *site) takeMessage(x *exchange, kind support.Kind, again func(*exchange, writing) (reply, error)) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	w := x.typed(kind, v)
	flow, _ := s.forms.flow(x.r)
	since, genuine := s.forms.writingSince(flow, w.started)
	switch {
	case !genuine:
		return nil, faultForm
	case x.value("website") != "": // nobody sees this field
		w.trapped = true
		return again(x, w)
	case v == nil && since < writingTime:
		w.again = true
		return again(x, w)
	}
	reference, faults, err := s.support.Send(x.r.Context(), w.Message, clientAddress(x.r, s.hops))
	limit, limited := errors.AsType[*support.LimitError](err)
	switch {
	case limited:
		return nil, faultMessages(limit.Wait)
	case errors.Is(err, support.ErrNoDealership):
		return nil, faultNotFound
	case errors.Is(err, support.ErrClosed): // the page says how to reach the desk
		return again(x, w)
	case err != nil:
		return nil, err
	case len(faults) > 0:
		w.faults = faults
		return again(x, w)
	}
	s.logger.InfoContext(x.r.Context(), "Message to the desk queued", "reference", x.reference, "message", reference, "kind", string(kind))
	return redirect{"/support/sent?" + url.Values{"reference": {reference}}.Encode()}, nil
}

// typed reads the form. What is known of a writer who is signed in comes from his account.
func (x *exchange) typed(kind support.Kind, v *viewer) writing {
	w := writing{started: x.value("started"), Message: support.Message{
		Kind: kind, Name: x.value("name"), Mail: strings.TrimSpace(x.value("mail")), Address: x.value("address"), Phone: x.value("phone"),
		Body: x.value("body"), Language: x.locale.Tag,
	}}
	if kind == support.General {
		w.Topic = x.value("topic")
		w.Dealership, w.Department = clip(x.value("dealership")), clip(x.value("department"))
	}
	if v == nil {
		return w
	}
	w.AccountID, w.Name = v.account.ID, displayName(v.account)
	if v.account.Mail != "" {
		w.Mail = v.account.Mail
	}
	if w.Phone == "" {
		w.Phone = v.account.Phone
	}
	return w
}

// faultMessages says how long somebody has to wait who wrote too often.
func faultMessages(wait time.Duration) *fault {
	return &fault{status: http.StatusTooManyRequests, key: "messages", retryAfter: wait, counted: true}
}
