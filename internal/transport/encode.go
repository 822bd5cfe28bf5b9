package transport

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// Encoded is the result of EncodeJSON. A Call.Body of this type is not encoded again.
type Encoded []byte

// EncodeJSON encodes v as json.Marshal does, but refuses text that is not UTF-8. encoding/json would replace such text
// by U+FFFD and so send something that the caller did not say. The error matches ErrInvalidArgument and begins with
// name, or with the name of the field that holds the text.
//
// A v of type Encoded is returned as it is.
func EncodeJSON(name string, v any) ([]byte, error) {
	if done, ok := v.(Encoded); ok {
		return done, nil
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, apierr.Invalid(name, "cannot be encoded as JSON: %v", err)
	}
	if !utf8.Valid(encoded) { // json.Marshal copies a json.RawMessage unchecked
		return nil, notUTF8(name)
	}
	// Both forms of U+FFFD may be text of the caller, so only the values themselves can tell.
	if bytes.Contains(encoded, []byte(`\ufffd`)) || bytes.Contains(encoded, []byte("\ufffd")) {
		if bad := invalidText(reflect.ValueOf(v), name, deepest); bad != "" {
			return nil, notUTF8(bad)
		}
	}
	return encoded, nil
}

// checkText refuses text of queries and forms that is not UTF-8.
func checkText(lists ...url.Values) error {
	for _, values := range lists {
		for name, list := range values {
			for _, value := range list {
				if !utf8.ValidString(value) {
					return notUTF8(name)
				}
			}
		}
	}
	return nil
}

func notUTF8(name string) error { return apierr.Invalid(name, "is not valid UTF-8") }

// deepest is the number of levels that invalidText descends into a value. encoding/json has refused cycles by then.
const deepest = 1000

// invalidText returns the name of the first string in v that is not UTF-8, and "" if all are.
func invalidText(v reflect.Value, name string, deepest int) (bad string) {
	if deepest == 0 {
		return ""
	}
	deepest--
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return name
		}
	case reflect.Pointer, reflect.Interface:
		return invalidText(v.Elem(), name, deepest)
	case reflect.Struct:
		for i := 0; i < v.NumField() && bad == ""; i++ {
			bad = invalidText(v.Field(i), v.Type().Field(i).Name, deepest)
		}
	case reflect.Map:
		for entry := v.MapRange(); bad == "" && entry.Next(); {
			if bad = invalidText(entry.Key(), name, deepest); bad == "" {
				bad = invalidText(entry.Value(), name, deepest)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && bad == "" && v.Type().Elem().Kind() != reflect.Uint8; i++ {
			bad = invalidText(v.Index(i), name, deepest)
		}
	default:
	}
	return bad
}
