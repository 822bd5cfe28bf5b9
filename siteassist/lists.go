package siteassist

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/page"
	"github.com/seed-127a5941/parley/internal/transport"
)

// OrderDirection is the direction of a sort.
type OrderDirection string

// The directions.
const (
	OrderDirectionAscending  OrderDirection = "asc"
	OrderDirectionDescending OrderDirection = "desc"
)

// Page is one page of a list. Total, Limit and Offset are 0 where the server sends none, as with messages.
type Page[T any] struct {
	Total  int        `json:"total"`  // items on all pages
	Limit  int        `json:"limit"`  // items a page holds at most
	Offset int        `json:"offset"` // items before this page
	Data   []*T       `json:"data"`   // the items, none of them nil
	Raw    parley.Raw `json:"-"`      // the reply as sent
}

// object is an item of a list.
type object[T any] interface {
	*T
	identity() string // "" for an object that is not an item, such as an error
}

// legacy is an item with members that had other names once.
type legacy interface{ applyLegacyFields() }

// fetchPage sends call and decodes the response: an envelope, an array, or one item.
func fetchPage[T any, P object[T]](ctx context.Context, api *transport.Client, call transport.Call) (*Page[T], error) {
	item := page.Item[T]{ID: func(one *T) string { return P(one).identity() }}
	if _, ok := any((*T)(nil)).(legacy); ok {
		item.AfterDecode = func(one *T) { any(one).(legacy).applyLegacyFields() }
	}
	return page.Fetch(ctx, api, call, item, func(p *Page[T], raw parley.Raw) *[]*T {
		p.Raw = raw
		return &p.Data
	})
}

// walk yields the items of all pages from offset on.
func walk[T any, P object[T]](
	op *transport.Operation, offset, limit int, list func(at int) (*Page[T], error),
) iter.Seq2[*T, error] {
	operation := "siteassist: " + op.Name
	return page.Walk(operation, offset, func(at int, _ []byte) (page.Page[T], error) {
		p, err := list(at)
		if err != nil {
			return page.Page[T]{}, err
		}
		if p.Offset > 0 && p.Offset < at && len(p.Data) > 0 {
			return page.Page[T]{}, fmt.Errorf("%s: %w: the page at offset %d came again in place of that at %d",
				operation, parley.ErrDecode, p.Offset, at)
		}
		return next[T, P](p, at, limit), nil
	})
}

// next says where p stands and whether there is a page behind it, by the vendor's own rule: total > offset + limit, as
// the reply has them. Without a total, a page shorter than the limit is the last.
func next[T any, P object[T]](p *Page[T], at, limit int) page.Page[T] {
	out := page.Page[T]{Items: p.Data, Next: at + max(p.Limit, 0)}
	if p.Limit <= 0 {
		out.Next = at + len(p.Data)
	}
	out.Position = position[T, P](p, at)
	out.More = p.Total > out.Next
	if p.Total == 0 {
		out.More = page.Full(len(p.Data), limit)
	}
	return out
}

// position is the offset where the reply confirms the one that was asked for: between two pages new items may come, and
// the next page then begins with the same item rightly. Otherwise the first item tells a page that came again.
func position[T any, P object[T]](p *Page[T], at int) any {
	switch {
	case at > 0 && p.Offset == at:
		return at
	case len(p.Data) > 0 && P(p.Data[0]).identity() != "":
		return P(p.Data[0]).identity()
	}
	return nil
}

// query collects what is set.
type query url.Values

func (q query) text(name, value string) {
	if value != "" {
		q[name] = []string{value}
	}
}

func (q query) number(name string, value int) {
	if value != 0 {
		q[name] = []string{strconv.Itoa(value)}
	}
}

// checkWindow checks what all lists take.
func checkWindow(limit, maxLimit, offset int) error {
	if err := within("Limit", limit, maxLimit); err != nil {
		return err
	}
	if offset < 0 {
		return apierr.Invalid("Offset", "must not be negative")
	}
	return nil
}

// within refuses what is neither 0, which means the server's default, nor between 1 and limit.
func within(name string, value, limit int) error {
	if value < 0 || value > limit {
		return apierr.Invalid(name, "must be between 1 and %d, or 0 for the server's default", limit)
	}
	return nil
}

// atMost refuses a value of more than limit characters.
func atMost(name, value string, limit int) error {
	if len(value) > limit && utf8.RuneCountInString(value) > limit {
		return apierr.Invalid(name, "is longer than %d characters", limit)
	}
	return nil
}

// required refuses an empty value and one of more than limit characters.
func required(name, value string, limit int) error {
	if value == "" {
		return apierr.Required(name)
	}
	return atMost(name, value, limit)
}

// lacks is the error of a reply without the member that no caller can do without; nil if value is there.
func lacks(member, value string) error {
	if value == "" {
		return errors.New("the reply has no " + member)
	}
	return nil
}
