package page

import (
	"context"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Item tells Fetch and FetchList how to treat the items of a list.
type Item[T any] struct {
	// ID returns the id of an item. It returns "" for an object of another kind, such as an error that was sent with
	// 200.
	ID func(*T) string
	// AfterDecode completes an item, for example with a member that came under its older name. It may be nil.
	AfterDecode func(*T)
}

// Fetch sends call and decodes its response, which is one page of a list, into a new P. open returns the fields of P
// for the items and for the response as received.
func Fetch[P, T any](
	ctx context.Context, api *transport.Client, call transport.Call, item Item[T],
	open func(*P) (*[]*T, *parley.Raw),
) (*P, error) {
	return transport.Decode(ctx, api, call, func(response *transport.Response) (*P, error) {
		page := new(P)
		items, raw := open(page)
		if err := lenient.Page(response.Decoder(), response.Body, page, items, item.is); err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		item.complete(*items)
		*raw = response.Body
		return page, nil
	})
}

// FetchList sends call and decodes its response, which is a whole list: an array, one item alone, or an envelope.
func FetchList[T any](ctx context.Context, api *transport.Client, call transport.Call, item Item[T]) ([]*T, error) {
	return transport.Decode(ctx, api, call, func(response *transport.Response) ([]*T, error) {
		items, err := lenient.List(response.Decoder(), response.Body, item.is)
		if err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		item.complete(items)
		return items, nil
	})
}

func (i Item[T]) is(one *T) bool { return i.ID(one) != "" }

func (i Item[T]) complete(items []*T) {
	if i.AfterDecode == nil {
		return
	}
	for _, one := range items {
		i.AfterDecode(one)
	}
}
