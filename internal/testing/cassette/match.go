package cassette

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
)

// difference names the first part in which a request differs from a recorded one. It returns "" if they match.
func (v *Vendor) difference(r *http.Request, kept cassette.Request) string {
	target, err := url.Parse(kept.URL)
	switch {
	case err != nil:
		return "url"
	case r.Method != kept.Method:
		return "method"
	case r.URL.Scheme != target.Scheme || r.URL.Host != target.Host:
		return "origin"
	case r.URL.EscapedPath() != target.EscapedPath():
		return "path"
	case !sameQuery(r.URL.RawQuery, target.RawQuery):
		return "query"
	}
	for _, name := range v.Credentials {
		if (header(r.Header, name) == "") != (header(kept.Headers, name) == "") {
			return "credential " + name
		}
	}
	for _, name := range v.Headers {
		if header(r.Header, name) != header(kept.Headers, name) {
			return "header " + name
		}
	}
	if !sameBody(header(r.Header, "Content-Type"), takeBody(r), header(kept.Headers, "Content-Type"),
		[]byte(kept.Body)) {
		return "body"
	}
	return ""
}

// header returns a value, however its name is spelled in the cassette.
func header(h http.Header, name string) string {
	for key, values := range h {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// takeBody reads the body and replaces it by a copy.
func takeBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(r.Body) // it is in memory
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

func sameQuery(a, b string) bool {
	first, errFirst := url.ParseQuery(a)
	second, errSecond := url.ParseQuery(b)
	return errFirst == nil && errSecond == nil && reflect.DeepEqual(first, second)
}

// sameBody compares the content of two bodies.
func sameBody(typeA string, a []byte, typeB string, b []byte) bool {
	mediaA, paramsA, _ := mime.ParseMediaType(typeA)
	mediaB, paramsB, _ := mime.ParseMediaType(typeB)
	switch {
	case mediaA != mediaB:
		return false
	case strings.HasSuffix(mediaA, "json"):
		return sameJSON(a, b)
	case mediaA == "application/x-www-form-urlencoded":
		return sameQuery(strings.TrimSpace(string(a)), strings.TrimSpace(string(b)))
	case strings.HasPrefix(mediaA, "multipart/"):
		return sameParts(a, paramsA["boundary"], b, paramsB["boundary"])
	}
	return bytes.Equal(a, b)
}

func sameJSON(a, b []byte) bool {
	if len(bytes.TrimSpace(a)) == 0 || len(bytes.TrimSpace(b)) == 0 {
		return len(bytes.TrimSpace(a)) == len(bytes.TrimSpace(b))
	}
	first, errFirst := parseJSON(a)
	second, errSecond := parseJSON(b)
	return errFirst == nil && errSecond == nil && reflect.DeepEqual(first, second)
}

// parseJSON decodes one value, with all numbers in one spelling.
func parseJSON(text []byte) (any, error) {
	if !json.Valid(text) {
		return nil, errors.New("no JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return plain(value), nil
}

func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		return number(v)
	}
	return value
}

// number spells 1, 1.0 and 1e0 alike. Integers keep all of their digits.
func number(n json.Number) json.Number {
	if !strings.ContainsAny(n.String(), ".eE") {
		return n
	}
	f, err := n.Float64()
	switch {
	case err != nil:
		return n
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return json.Number(strconv.FormatInt(int64(f), 10))
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}

// part is one part of a multipart body.
type part struct {
	name, file, media string
	body              []byte
}

func sameParts(a []byte, boundaryA string, b []byte, boundaryB string) bool {
	first, errFirst := parseParts(a, boundaryA)
	second, errSecond := parseParts(b, boundaryB)
	return errFirst == nil && errSecond == nil && slices.EqualFunc(first, second, func(a, b part) bool {
		return a.name == b.name && a.file == b.file && sameBody(a.media, a.body, b.media, b.body)
	})
}

func parseParts(body []byte, boundary string) ([]part, error) {
	if !bytes.Contains(body, []byte("\r\n")) {
		body = bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")) // YAML has changed the line ends
	}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	var parts []part
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), text})
	}
}
