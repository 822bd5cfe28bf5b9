package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// errNoList says that a reply is an object which is neither an item nor an envelope, such as an error sent with 200.
var errNoList = errors.New("the reply is neither a list nor one of its items")

// Kind returns the first byte of a JSON text: '{', '[', '"', 'n' for null; 0 for none.
func Kind(body []byte) byte {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 {
		return 0
	}
	return body[0]
}

// List decodes the reply of a list endpoint: an array, an envelope with "data", or one item alone, which isItem tells
// from an object that is none (by its id). A null among the items is left out. The result is never nil without an error.
func List[T any](body []byte, isItem func(*T) bool) ([]*T, error) {
	if Kind(body) != '{' {
		return array[T](body)
	}
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	if Kind(envelope.Data) == '[' {
		return array[T](envelope.Data)
	}
	return One(body, isItem)
}

// Page decodes the reply of a paged list into envelope, whose items it sets: its "data", or what List takes instead.
func Page[T any](body []byte, envelope any, items *[]*T, isItem func(*T) bool) (err error) {
	if Kind(body) == '{' {
		err = json.Unmarshal(body, envelope) // at once, where List would scan the items twice
	}
	if err == nil && *items == nil {
		*items, err = List(body, isItem)
	}
	*items = Items(*items)
	return err
}

// One decodes an object that stands where a list is expected.
func One[T any](body []byte, isItem func(*T) bool) ([]*T, error) {
	item := new(T)
	if err := json.Unmarshal(body, item); err != nil {
		return nil, err
	}
	if !isItem(item) {
		return nil, errNoList
	}
	return []*T{item}, nil
}

func array[T any](body []byte) ([]*T, error) {
	var items []*T
	if err := json.Unmarshal(body, &items); err != nil {
		return nil, err
	}
	if items == nil {
		return nil, errNoList // null
	}
	return Items(items), nil
}

// Items leaves out what is null in a decoded list, so that no caller meets a nil.
func Items[T any](items []*T) []*T {
	return slices.DeleteFunc(items, func(item *T) bool { return item == nil })
}
