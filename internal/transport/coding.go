package transport

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-127a5941/parley"
)

// codingError says that the body has a content coding that cannot be decoded. It is not retried: the response came
// whole, and another one would be the same.
type codingError struct {
	coding string
	err    error // why the decoding failed; nil if the coding is unknown
}

func (e *codingError) Error() string {
	text := parley.ErrDecode.Error() + ": Content-Encoding " + strconv.Quote(e.coding)
	if e.err != nil {
		return text + ": " + e.err.Error()
	}
	return text + " was not asked for and is not decoded"
}

// Unwrap returns ErrDecode and the error of net/http's decoder.
func (e *codingError) Unwrap() []error {
	if e.err == nil {
		return []error{parley.ErrDecode}
	}
	return []error{parley.ErrDecode, e.err}
}

// unknownCoding returns an error if the body has a content coding that net/http did not undo. net/http asks for gzip
// only and undoes it.
func unknownCoding(resp *http.Response) error {
	coding := strings.TrimSpace(strings.Join(resp.Header.Values("Content-Encoding"), ", "))
	if coding == "" || strings.EqualFold(coding, "identity") || resp.Uncompressed {
		return nil
	}
	return &codingError{coding: coding}
}

// codingErr turns an error of net/http's decoder into a codingError. compressed says that net/http decompresses the
// body.
func codingErr(compressed bool, err error) error {
	if err == nil || !compressed {
		return err
	}
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return &codingError{coding: "gzip", err: err}
	}
	return err
}
