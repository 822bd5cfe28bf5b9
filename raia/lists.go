package raia

import (
	"context"
	"iter"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/page"
	"github.com/seed-127a5941/parley/internal/transport"
)

// OrderBy is the field by which a list is sorted. The vendor's default is not published.
type OrderBy string

// These are the fields by which lists can be sorted. Lists of users accept only OrderByCreatedAt.
const (
	OrderByCreatedAt OrderBy = "createdAt"
	OrderByUpdatedAt OrderBy = "updatedAt"
)

// OrderDirection is the direction of a sort.
type OrderDirection string

// These are the directions.
const (
	OrderDirectionAscending  OrderDirection = "ASC"
	OrderDirectionDescending OrderDirection = "DESC"
)

// Page is one page of a list. If the server sent the items without an envelope, only Data and Raw are set.
type Page[T any] struct {
	CurrentPage     int        `json:"currentPage"`     // by the vendor's example, the first page is 1
	PageSize        int        `json:"pageSize"`        // the maximum number of items on a page
	TotalItems      int        `json:"totalItems"`      // on all pages
	TotalPages      int        `json:"totalPages"`      // of PageSize items each
	HasNextPage     bool       `json:"hasNextPage"`     // there is a page after this one
	HasPreviousPage bool       `json:"hasPreviousPage"` // there is a page before this one
	Data            []*T       `json:"data"`            // the items, never nil
	Raw             parley.Raw `json:"-"`               // the response as received
}

// object is an item of a list.
type object[T any] interface {
	*T
	identity() string // "" for an object that is not an item, such as an error
}

// legacy is an item with members that used to have other names.
type legacy interface{ applyLegacyFields() }

func listItem[T any, P object[T]]() page.Item[T] {
	item := page.Item[T]{ID: func(one *T) string { return P(one).identity() }}
	if _, ok := any((*T)(nil)).(legacy); ok {
		item.AfterDecode = func(one *T) { any(one).(legacy).applyLegacyFields() }
	}
	return item
}

// fetchPage sends call and decodes the response: an envelope, an array, or one item.
func fetchPage[T any, P object[T]](ctx context.Context, api *transport.Client, call transport.Call) (*Page[T], error) {
	return page.Fetch(ctx, api, call, listItem[T, P](), func(p *Page[T]) (*[]*T, *parley.Raw) {
		return &p.Data, &p.Raw
	})
}

// fetchList sends call and decodes the response: an array, one item, or an envelope.
func fetchList[T any, P object[T]](ctx context.Context, api *transport.Client, call transport.Call) ([]*T, error) {
	return page.FetchList(ctx, api, call, listItem[T, P]())
}

// walk yields the items of all pages from start on. A start of 0 means the first page, whatever its number is. The
// pages share the memory of their responses. No item refers to that memory.
func walk[T any, P object[T]](
	ctx context.Context, api *transport.Client, start int, call func(page int) transport.Call,
) iter.Seq2[*T, error] {
	return page.Walk("raia: "+call(start).Operation.Name, start, func(at int, spare []byte) (page.Page[T], error) {
		next := call(at)
		next.Buffer = spare
		p, err := fetchPage[T, P](ctx, api, next)
		if err != nil {
			return page.Page[T]{}, err
		}
		return page.Page[T]{
			Items: p.Data, Position: position[T, P](p), Next: following(p, at), More: p.HasNextPage,
			Spare: p.Raw,
		}, nil
	})
}

// following returns the number of the page after p. p is the response to the request for page at. The vendor does not
// publish the number of the first page. A server that sends 0 counts from 0. A server that sends no number counts from
// 1, as in the vendor's example.
func following[T any](p *Page[T], at int) int {
	if at == 0 && p.CurrentPage == 0 && p.HasNextPage && saysItsNumber(p.Raw) {
		return 1
	}
	return max(p.CurrentPage, at, 1) + 1
}

func saysItsNumber(raw []byte) bool {
	kind := lenient.Kind(memberOf(raw, "currentPage"))
	return kind != 0 && kind != 'n'
}

// position returns the number of the page, or the id of its first item if the server sent no number.
func position[T any, P object[T]](p *Page[T]) any {
	switch {
	case p.CurrentPage != 0:
		return p.CurrentPage
	case len(p.Data) > 0:
		return P(p.Data[0]).identity()
	}
	return nil
}
