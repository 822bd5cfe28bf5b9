package cassette

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
)

// shortest is the minimum length of a value. Shorter ones cannot be told from other text.
const shortest = 4

// secret is a value that must not be in a cassette.
type secret struct{ name, value, fake string }

// scrubber removes the secrets from a recording.
type scrubber struct {
	vendor *Vendor

	mu      sync.Mutex
	secrets []secret
}

func newScrubber(v *Vendor, settings Settings) (*scrubber, error) {
	s := &scrubber{vendor: v}
	for _, variable := range v.Variables {
		value := settings[variable.Name]
		if value == variable.Fake || value == "" {
			continue
		}
		if len(value) < shortest {
			return nil, fmt.Errorf("cassette: the value of %s is too short to be found in a recording", variable.Name)
		}
		s.add(secret{variable.Name, value, variable.Fake})
	}
	return s, nil
}

// add adds a secret. The longest secrets come first, because a shorter one may be a part of a longer one.
func (s *scrubber) add(one secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.secrets, func(known secret) bool { return known.value == one.value }) {
		return
	}
	s.secrets = append(s.secrets, one)
	slices.SortStableFunc(s.secrets, func(a, b secret) int { return cmp.Compare(len(b.value), len(a.value)) })
}

// learn is the hook that finds the credentials that the vendor hands out.
func (s *scrubber) learn(i *cassette.Interaction) error {
	var reply any
	if json.Unmarshal([]byte(i.Response.Body), &reply) == nil {
		s.search(reply)
	}
	return nil
}

func (s *scrubber) search(value any) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			s.search(one)
		}
	case map[string]any:
		for name, one := range v {
			if text, ok := one.(string); ok && len(text) >= shortest && slices.Contains(s.vendor.Issued, name) {
				s.add(secret{name, text, Redacted + "-" + name})
				continue
			}
			s.search(one)
		}
	}
}

// scrub is the hook that reduces an exchange to the parts that a replay needs, without secrets and personal data.
func (s *scrubber) scrub(i *cassette.Interaction) error {
	request, response := &i.Request, &i.Response
	request.Headers = s.headers(request.Headers, append([]string{"Content-Type"}, s.vendor.Headers...))
	response.Headers = s.headers(response.Headers, []string{"Content-Type", "Retry-After", "X-Request-Id"})
	for _, text := range [...]*string{&request.URL, &request.Body, &response.Body} {
		*text = anonymous(s.clean(*text))
	}
	request.Body, response.Body = indent(request.Body), indent(response.Body)
	*request = cassette.Request{
		Method: request.Method, URL: request.URL, Host: hostOf(request.URL), Headers: request.Headers,
		Body: request.Body,
	}
	*response = cassette.Response{Code: response.Code, Headers: response.Headers, Body: response.Body}
	return nil
}

// headers keeps the named headers, and replaces the values of credential headers.
func (s *scrubber) headers(from http.Header, names []string) http.Header {
	kept := http.Header{}
	for _, name := range names {
		if value := header(from, name); value != "" {
			kept.Set(name, anonymous(s.clean(value)))
		}
	}
	for _, name := range s.vendor.Credentials {
		if header(from, name) != "" {
			kept.Set(name, Redacted)
		}
	}
	return kept
}

func hostOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return u.Host
}

// indent makes JSON readable. It returns other text unchanged.
func indent(text string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}

// clean replaces the secrets, plain and in the spellings of URLs, JSON and headers. It works in one pass, so that it
// does not search a replacement for another secret.
func (s *scrubber) clean(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pairs []string
	for _, one := range s.secrets {
		for _, spell := range spellings {
			pairs = append(pairs, spell(one.value), spell(one.fake))
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

var spellings = [...]func(string) string{
	func(s string) string { return s }, url.QueryEscape, url.PathEscape,
	func(s string) string { return lowerEscapes(url.QueryEscape(s)) },
	func(s string) string { return lowerEscapes(url.PathEscape(s)) },
	func(s string) string { return quoted(s, true) },
	func(s string) string { return quoted(s, false) },
}

// quoted returns s as it is written within a JSON string. Encoders for HTML escape more characters.
func quoted(s string, forHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(forHTML)
	_ = encoder.Encode(s) // a string can always be encoded
	return strings.Trim(out.String(), "\n")[1 : out.Len()-2]
}

// check refuses a cassette that still holds a secret, in any spelling.
func (s *scrubber) check(data []byte) error {
	kept, err := cassette.LoadWithFS("", memory(data))
	if err != nil {
		return err
	}
	texts := []string{string(data)} // including the keys
	for _, i := range kept.Interactions {
		texts = append(texts, i.Request.URL, i.Request.Body, i.Response.Body) // YAML may have broken these into lines
		for _, h := range []http.Header{i.Request.Headers, i.Response.Headers} {
			for _, values := range h {
				texts = append(texts, values...)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.secrets {
		if slices.ContainsFunc(texts, func(text string) bool { return occurs(one.value, text) }) {
			return fmt.Errorf("the value of %s still occurs in it", one.name)
		}
	}
	return nil
}

// memory is a cassette in memory.
type memory []byte

// ReadFile returns the cassette.
func (m memory) ReadFile(string) ([]byte, error) { return m, nil }

// WriteFile has no effect.
func (m memory) WriteFile(string, []byte) error { return nil }

// IsFileExists returns true.
func (m memory) IsFileExists(string) bool { return true }
