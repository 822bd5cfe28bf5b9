package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
)

// byteOrderMark stands before the JSON that some platforms write.
var byteOrderMark = []byte("\ufeff")

// Unmarshal decodes data into v as json.Unmarshal does, but it is more tolerant. It skips a byte order mark. It decodes
// a number that is not written as an integer into an integer field: 12.0 and 1e3 keep their value, 12.5 loses its
// fraction, and a number outside the range of the field becomes the nearest number within it. Only data that holds such
// a number costs a second pass.
//
// A build with Go 1.27 or with GOEXPERIMENT=jsonv2 matches the names of members exactly. In every other build
// encoding/json decodes, which takes "ID" for "id" too.
//
// A type that has an UnmarshalJSON method decodes its own JSON, so the method has to call Unmarshal in its turn.
func Unmarshal(data []byte, v any) error {
	return unmarshalValue(bytes.TrimPrefix(data, byteOrderMark), v)
}

// unmarshalValue is Unmarshal for data before which no byte order mark may stand.
func unmarshalValue(data []byte, v any) error {
	err := unmarshal(data, v)
	mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || mismatch.Type == nil || !isInteger(mismatch.Type.Kind()) {
		return err
	}
	return unmarshal(integers(data, v), v)
}
