package siteassist

import (
	"context"
	"fmt"
	"iter"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/page"
	"github.com/seed-127a5941/parley/internal/transport"
)

// OrderDirection is the direction of a sort.
type OrderDirection string

// These are the directions.
const (
	OrderDirectionAscending  OrderDirection = "asc"
	OrderDirectionDescending OrderDirection = "desc"
)

// Page is one page of a list. Total, Limit and Offset are zero if the server does not send them, as with messages.
type Page[T any] struct {
	Total  int        `json:"total"`  // the number of items on all pages
	Limit  int        `json:"limit"`  // the maximum number of items on a page
	Offset int        `json:"offset"` // the number of items before this page
	Data   []*T       `json:"data"`   // the items, never nil
	Raw    parley.Raw `json:"-"`      // the response as sent
}

// object is an item of a list.
type object[T any] interface {
	*T
	identity() string // "" for an object that is not an item, such as an error
}

// legacy is an item with members that used to have other names.
type legacy interface{ applyLegacyFields() }

// fetchPage sends call and decodes the response: an envelope, an array, or one item.
func fetchPage[T any, P object[T]](ctx context.Context, api *transport.Client, call transport.Call) (*Page[T], error) {
	item := page.Item[T]{ID: func(one *T) string { return P(one).identity() }}
	if _, ok := any((*T)(nil)).(legacy); ok {
		item.AfterDecode = func(one *T) { any(one).(legacy).applyLegacyFields() }
	}
	return page.Fetch(ctx, api, call, item, func(p *Page[T]) (*[]*T, *parley.Raw) {
		return &p.Data, &p.Raw
	})
}

// allPages yields the items of all pages from offset on.
func allPages[T any, P object[T]](
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

// next returns p with its position, and whether another page follows. By the vendor's own rule that is so if total is
// more than offset + limit, with the values of the response. Without a total, a page shorter than the limit is the last
// one.
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

// position returns a value that tells pages apart. It is the offset if the response confirms the requested one, because
// new items may come between two requests, and then the second page rightly begins with an item of the first. Otherwise
// it is the id of the first item. If that comes again, the server has sent the same page twice.
func position[T any, P object[T]](p *Page[T], at int) any {
	switch {
	case at > 0 && p.Offset == at:
		return at
	case len(p.Data) > 0 && P(p.Data[0]).identity() != "":
		return P(p.Data[0]).identity()
	}
	return nil
}
