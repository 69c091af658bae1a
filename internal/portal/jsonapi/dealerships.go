// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"net/http"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

type codeInput struct {
	Code string `path:"code" maxLength:"64" doc:"The dealer code." example:"US-04211"`
}

// department is a department of a dealership.
type department struct {
	Name  string `json:"name" example:"Service"`
	Phone string `json:"phone,omitempty" doc:"In E.164 form." example:"+16085550145"`
}

type dealershipOutput struct {
	Body struct {
		Code        string       `json:"code" doc:"The dealer code." example:"US-04211"`
		Name        string       `json:"name" example:"Lakeside Northstar of Madison"`
		Brands      []string     `json:"brands" nullable:"false" example:"[\"northstar\"]"`
		Open        bool         `json:"open" doc:"Whether its people may sign in."`
		Live        bool         `json:"live" doc:"Whether it has met the requirements of the market."`
		Phone       string       `json:"phone,omitempty" doc:"In E.164 form." example:"+16085550144"`
		Hours       string       `json:"hours,omitempty" example:"Mon-Fri 8:00-19:00"`
		Street      string       `json:"street,omitempty" example:"1200 Lakeside Drive"`
		City        string       `json:"city,omitempty" example:"Madison"`
		Region      string       `json:"region,omitempty" example:"WI"`
		PostalCode  string       `json:"postalCode,omitempty" example:"53703"`
		Country     string       `json:"country,omitempty" doc:"ISO 3166-1 alpha-2." example:"US"`
		Departments []department `json:"departments" nullable:"false"`
	}
}

func (a *API) dealershipOperations() {
	register(a, operation{
		id: "getDealership", method: http.MethodGet, path: "/dealerships/{code}", tag: "Dealerships", errors: []int{http.StatusNotFound},
		summary: "A dealership", description: "One's own; the service desk gets any.",
	}, a.dealership)
}

func (a *API) dealership(ctx context.Context, c *call, in *codeInput) (*dealershipOutput, error) {
	if c.viewer.account.Role != account.ServiceDesk && in.Code != c.viewer.account.Tenant {
		return nil, tenant.ErrNotFound
	}
	of, err := tenant.Get(ctx, a.DB, in.Code)
	if err != nil {
		return nil, err
	}
	out := &dealershipOutput{}
	b, at := &out.Body, of.Spec.Location
	b.Code, b.Name, b.Brands, b.Open, b.Live = of.DealerCode, of.Spec.DisplayName, append([]string{}, of.Spec.Brands...), of.Open(), of.Live()
	b.Phone, b.Hours = of.Spec.Phone, of.Spec.Hours
	b.Street, b.City, b.Region, b.PostalCode, b.Country = at.Street, at.City, at.Region, at.PostalCode, at.Country
	b.Departments = []department{}
	for _, one := range of.Spec.Departments {
		b.Departments = append(b.Departments, department{Name: one.Name, Phone: one.Phone})
	}
	return out, nil
}
