package cassette

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
)

// Samples are the JSON bodies of successful responses, by operation: a method and a path in which ids are "{id}".
type Samples map[string][]any

// LoadSamples reads the samples of a vendor from its cassettes.
func LoadSamples(dir string) (Samples, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	samples := Samples{}
	for _, file := range files {
		tape, err := cassette.Load(strings.TrimSuffix(file, ".yaml"))
		if err != nil {
			return nil, err
		}
		for _, i := range tape.Interactions {
			_, path, _ := strings.Cut(strings.TrimPrefix(i.Request.URL, "https://"), "/")
			samples.add(i.Request.Method, "/"+path, i.Response.Code, []byte(i.Response.Body))
		}
	}
	return samples, nil
}

func (s Samples) add(method, path string, status int, body []byte) {
	var v any
	if status < 200 || status >= 300 || json.Unmarshal(body, &v) != nil {
		return
	}
	switch v.(type) {
	case map[string]any, []any: // a text such as "Success" has no members
		key := method + " " + withoutIDs(path)
		s[key] = append(s[key], v)
	}
}

// withoutIDs replaces the ids and the realm in a path, and removes its query.
func withoutIDs(path string) string {
	path, _, _ = strings.Cut(path, "?")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) >= 20 || i > 0 && segments[i-1] == "realms" {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// Collector is an http.RoundTripper that keeps the responses of a fake as samples.
type Collector struct {
	Base http.RoundTripper

	mu      sync.Mutex
	samples Samples
}

// RoundTrip sends r and keeps its response.
func (c *Collector) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.Base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.samples == nil {
		c.samples = Samples{}
	}
	c.samples.add(r.Method, r.URL.Path, response.StatusCode, body)
	return response, err
}

// Differences compares the collected responses with the vendor's samples. Each operation of the samples must have been
// called, and the union of its responses must have each member of each sample, with a value of the same JSON type or
// null.
func (c *Collector) Differences(vendor Samples) (found []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for operation, samples := range vendor {
		responses := c.samples[operation]
		if len(responses) == 0 {
			found = append(found, operation+" was not called")
			continue
		}
		for _, sample := range samples {
			found = append(found, differences(operation, sample, responses)...)
		}
	}
	return found
}

// differences compares a sample with the values at the same place in the responses.
func differences(at string, sample any, values []any) (found []string) {
	values = slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == nil })
	if sample == nil || len(values) == 0 {
		return nil
	}
	switch sample := sample.(type) {
	case map[string]any:
		for name, member := range sample {
			if given := members(values, name); len(given) == 0 {
				found = append(found, at+": "+name+" is missing")
			} else {
				found = append(found, differences(at+": "+name, member, given)...)
			}
		}
	case []any:
		items := elements(values)
		for _, item := range sample {
			if len(items) > 0 {
				found = append(found, differences(at+"[]", item, items)...)
			}
		}
	}
	for _, v := range values {
		if fmt.Sprintf("%T", v) != fmt.Sprintf("%T", sample) {
			found = append(found, fmt.Sprintf("%s is a %T and no %T", at, v, sample))
		}
	}
	return found
}

func members(values []any, name string) (given []any) {
	for _, v := range values {
		o, _ := v.(map[string]any)
		if member, ok := o[name]; ok {
			given = append(given, member)
		}
	}
	return given
}

func elements(values []any) (items []any) {
	for _, v := range values {
		list, _ := v.([]any)
		items = append(items, list...)
	}
	return items
}
