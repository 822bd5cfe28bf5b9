// Package page fetches the pages of a list and walks them lazily.
package page

import (
	"fmt"
	"iter"

	"github.com/seed-127a5941/parley"
)

// Page is one page of a list, as Walk needs it.
type Page[T any] struct {
	Items []*T // nil items are skipped
	// Position is the place of the page in the list: the number or offset that the server sends, or otherwise
	// the id of the first item. If two pages in a row have the same position, the server does not page. Position must
	// be comparable. Nil means that it is unknown, and it is then not compared.
	Position any
	// Next is the position from which fetch gets the next page.
	Next int
	// More reports that there is a next page.
	More bool
	// Spare is memory that the next page may overwrite. It may be nil.
	Spare []byte
}

// Full reports whether a page of n items may have a successor, for a list whose vendor sends no total. A page that is
// shorter than the limit is the last one. Without a limit, which is 0, the first page holds the whole list.
func Full(n, limit int) bool { return limit > 0 && n >= limit }

// Walk yields the items of all pages from start on. It is lazy: it calls fetch when the first item of a page is
// needed, so a caller who stops causes no further request. An error is yielded once, with a nil item, and ends the
// walk. An empty page ends it too, whatever the page claims. The text of an error begins with operation ("raia: list
// conversations").
//
// Each range over the result begins anew, so fetch must not change the variables that it closes over. fetch gets the
// Spare of the page before. A walk of many pages then needs the memory of one: without it, a list of 10 000 items took
// 3 % more time and half as many bytes again.
func Walk[T any](operation string, start int, fetch func(at int, spare []byte) (Page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var before any
		var spare []byte
		for at := start; ; {
			page, err := fetch(at, spare)
			if err == nil && len(page.Items) > 0 && page.Position != nil && page.Position == before {
				err = repeated(operation, page.Position)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if some, more := each(page.Items, yield); !some || !more || !page.More {
				return
			}
			before, at, spare = page.Position, page.Next, page.Spare
		}
	}
}

// each yields the items that are not nil. some reports whether there were any, and more whether the caller wants more.
func each[T any](items []*T, yield func(*T, error) bool) (some, more bool) {
	for _, item := range items {
		if item == nil {
			continue
		}
		if some = true; !yield(item, nil) {
			return some, false
		}
	}
	return some, true
}

func repeated(operation string, position any) error {
	return fmt.Errorf("%s: %w: page %v came twice in a row", operation, parley.ErrDecode, position)
}
