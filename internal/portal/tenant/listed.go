// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Listed is a question for dealerships that the public may see: those that are declared, active and live.
type Listed struct {
	// Search finds dealerships whose name, city, region, postal code, code or brands contain every word; empty finds all.
	Search string
	// Brand by name; empty means all.
	Brand string
	// After is the dealer code of the last one of the page before; empty for the first page.
	After string
	// Limit is the most dealerships of the page, 1 to 100.
	Limit int
}

// maxWords is the most words of a search that are looked at.
const maxWords = 6

// public is the condition for dealerships that the public may see.
const public = "t.closed_at IS NULL AND t.state = 'Active' AND t.live_at IS NOT NULL"

// ListPublic reads a page of dealerships by name, and says whether there are more.
func (s *Service) ListPublic(ctx context.Context, query Listed) (page []*Tenant, more bool, err error) {
	limit := min(max(query.Limit, 1), 100)
	where, args := []string{public}, []any{limit + 1}
	add := func(condition, value string) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	words := strings.Fields(FoldText(query.Search))
	for _, word := range words[:min(len(words), maxWords)] {
		add(`t.listed_text LIKE $%d ESCAPE '!'`, "%"+escapeLike(word)+"%")
	}
	if query.Brand != "" {
		add(`t.listed_brands LIKE $%d ESCAPE '!'`, "%|"+escapeLike(query.Brand)+"|%")
	}
	if query.After != "" {
		add(`(t.listed_name, t.dealer_code) > (SELECT a.listed_name, a.dealer_code FROM tenants a WHERE a.dealer_code = $%d)`, query.After)
	}
	rows, err := s.db.QueryContext(ctx, "SELECT "+columns+" FROM tenants t WHERE "+strings.Join(where, " AND ")+
		" ORDER BY t.listed_name, t.dealer_code LIMIT $1", args...)
	if err != nil {
		return nil, false, fmt.Errorf("listing dealerships: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, false, err
		}
		page = append(page, t)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("listing dealerships: %w", err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// GetPublic reads a dealership that the public may see; ErrNotFound when there is none of that code.
func GetPublic(ctx context.Context, q store.Querier, dealerCode string) (*Tenant, error) {
	if !code.MatchString(dealerCode) {
		return nil, ErrNotFound
	}
	return scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM tenants t WHERE t.dealer_code = $1 AND "+public, dealerCode))
}

// listed are the columns that lists are ordered by and searched in.
type listed struct{ name, text, brands string }

func listedOf(t *Tenant) listed {
	at := t.Spec.Location
	text := append([]string{t.Spec.DisplayName, at.City, at.Region, at.PostalCode, t.DealerCode}, t.Spec.Brands...)
	brands := ""
	if len(t.Spec.Brands) > 0 {
		brands = "|" + strings.Join(t.Spec.Brands, "|") + "|"
	}
	return listed{name: FoldText(t.Spec.DisplayName), text: FoldText(strings.Join(text, " ")), brands: brands}
}

// FoldText is the form in which names and places are compared: without case and diacritics, so that "koln" finds "Köln".
func FoldText(text string) string {
	bare := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFKC)
	folded, _, err := transform.String(bare, cases.Fold().String(text))
	if err != nil {
		return strings.ToLower(text)
	}
	return folded
}

// escapeLike makes a text a literal part of a pattern.
func escapeLike(text string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text)
}

// indexedAtOnce is the most dealerships of one transaction of index.
const indexedAtOnce = 200

// index fills in the columns of lists where they are not those of the declaration: a program wrote it that does not know them.
func (s *Service) index(ctx context.Context) error {
	for {
		var changed int
		err := s.db.Tx(ctx, func(tx *store.Tx) error {
			stale, err := stale(ctx, tx)
			if err != nil {
				return err
			}
			changed = len(stale)
			for _, t := range stale {
				row := listedOf(t)
				_, err := tx.ExecContext(ctx, `
UPDATE tenants SET listed_name = $2, listed_text = $3, listed_brands = $4, listed_digest = digest WHERE dealer_code = $1 AND digest = $5`,
					t.DealerCode, row.name, row.text, row.brands, t.Digest)
				if err != nil {
					return fmt.Errorf("listing %s: %w", t.DealerCode, err)
				}
			}
			return nil
		})
		if err != nil || changed < indexedAtOnce {
			return err
		}
	}
}

// stale reads some of the dealerships whose columns of lists are not those of the declaration.
func stale(ctx context.Context, tx *store.Tx) ([]*Tenant, error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM tenants t WHERE t.listed_digest <> t.digest LIMIT $1", indexedAtOnce)
	if err != nil {
		return nil, fmt.Errorf("looking for dealerships that are not listed: %w", err)
	}
	defer rows.Close()
	var list []*Tenant
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("looking for dealerships that are not listed: %w", err)
	}
	return list, nil
}
