package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"
)

// errNoList is the error of a response that is neither a list nor one of its items, such as an error sent with 200.
var errNoList = errors.New("the response is neither a list nor one of its items")

// Kind returns the first byte of a JSON text, after a byte order mark and white space: '{', '[', '"', or 'n' for null.
// It returns 0 for an empty text.
func Kind(body []byte) byte {
	if len(body) > 0 && body[0] > ' ' && body[0] < utf8.RuneSelf {
		return body[0]
	}
	body = bytes.TrimLeft(bytes.TrimPrefix(body, byteOrderMark), " \t\r\n")
	if len(body) == 0 {
		return 0
	}
	return body[0]
}

// List decodes the response of a list endpoint: an array, an envelope with "data", or one item alone. isItem
// distinguishes an item from an object of another kind, usually by its id. List drops nulls among the items, and it
// never returns nil without an error.
func List[T any](d *Decoder, body []byte, isItem func(*T) bool) ([]*T, error) {
	if Kind(body) != '{' {
		return array[T](d, body)
	}
	var e envelope
	if err := d.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	switch {
	case Kind(e.Data) == '[':
		return array[T](d, e.Data)
	case Kind(e.Data) == 'n' && e.empty():
		return []*T{}, nil
	}
	return one(d, body, isItem)
}

// envelope is an object around a list, with the names that the vendors give to the number of all items.
type envelope struct {
	Data       json.RawMessage `json:"data"`
	Total      json.RawMessage `json:"total"`
	TotalItems json.RawMessage `json:"totalItems"`
}

// empty reports whether the server says that the list has no items. Servers written in Go send null for such a list.
// A null alone does not prove that, because an error that is sent with a 2xx may have "data": null too.
func (e envelope) empty() bool { return isZero(e.Total) || isZero(e.TotalItems) }

func isZero(number json.RawMessage) bool {
	value, err := strconv.ParseFloat(string(number), 64)
	return err == nil && value == 0
}

// Page decodes the response of a paged list into envelope. It sets items, which is the field for "data", and takes
// every form of a list that List takes.
func Page[T any](d *Decoder, body []byte, envelope any, items *[]*T, isItem func(*T) bool) (err error) {
	if Kind(body) == '{' {
		err = d.Unmarshal(body, envelope) // directly, because List would scan the items twice
	}
	if err == nil && *items == nil {
		*items, err = List(d, body, isItem)
	}
	*items = Items(*items)
	return err
}

// one decodes an object that stands where a list is expected.
func one[T any](d *Decoder, body []byte, isItem func(*T) bool) ([]*T, error) {
	item := new(T)
	if err := d.Unmarshal(body, item); err != nil {
		return nil, err
	}
	if !isItem(item) {
		return nil, errNoList
	}
	return []*T{item}, nil
}

func array[T any](d *Decoder, body []byte) ([]*T, error) {
	var items []*T
	if err := d.Unmarshal(body, &items); err != nil {
		return nil, err
	}
	if items == nil {
		return nil, errNoList // null
	}
	return Items(items), nil
}

// Items removes the nils from a decoded list, so that no caller meets one.
func Items[T any](items []*T) []*T {
	return slices.DeleteFunc(items, func(item *T) bool { return item == nil })
}
