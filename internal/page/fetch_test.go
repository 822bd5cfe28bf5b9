package page

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

type thing struct {
	ID   string `json:"id"`
	Old  string `json:"old"`
	Name string `json:"name"`
}

type thingPage struct {
	Total int      `json:"total"`
	Data  []*thing `json:"data"`
	Raw   parley.Raw
}

var things = Item[thing]{
	ID:          func(t *thing) string { return t.ID },
	AfterDecode: func(t *thing) { t.Name += t.Old },
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// site is a server in memory that sends body.
func site(t *testing.T, status int, body string) *transport.Client {
	c, err := transport.New(transport.Config{
		Vendor: "v", BaseURL: "https://api.example", MaxRetries: -1,
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
			}, nil
		})},
		NewError: func(f *apierr.ErrorResponse) error {
			return &responseError{f.Causes}
		},
	})
	require.NoError(t, err)
	return c
}

type responseError struct{ causes []error }

func (e *responseError) Error() string   { return "error response" }
func (e *responseError) Unwrap() []error { return e.causes }

var listThings = transport.Call{
	Operation: &transport.Operation{Name: "list", Method: "GET", Path: "/things", Idempotent: true},
}

func fetch(t *testing.T, status int, body string) (*thingPage, error) {
	return Fetch(t.Context(), site(t, status, body), listThings, things, func(p *thingPage) (*[]*thing, *parley.Raw) {
		return &p.Data, &p.Raw
	})
}

func TestFetch(t *testing.T) {
	body := `{"total":1.0,"data":[{"id":"a","old":"b"},null]}`
	page, err := fetch(t, 200, body)
	require.NoError(t, err)
	assert.Equal(t, &thingPage{Total: 1, Data: []*thing{{"a", "b", "b"}}, Raw: parley.Raw(body)}, page)
	for _, body := range []string{`{"error":"x"}`, `null`, `<html>`, ``} {
		_, err := fetch(t, 200, body)
		require.ErrorIs(t, err, parley.ErrDecode, body)
	}
	_, err = fetch(t, 404, "")
	require.EqualError(t, err, "error response")
}

func TestFetchList(t *testing.T) {
	for body, want := range map[string][]*thing{
		`[{"id":"a","old":"b"}]`: {{"a", "b", "b"}}, `{"id":"a"}`: {{ID: "a"}}, `{"data":[]}`: {},
	} {
		list, err := FetchList(t.Context(), site(t, 200, body), listThings, things)
		require.NoError(t, err)
		assert.Equal(t, want, list)
	}
	_, err := FetchList(t.Context(), site(t, 200, `{}`), listThings, things)
	require.ErrorIs(t, err, parley.ErrDecode)
	_, err = FetchList(t.Context(), site(t, 500, ``), listThings, things)
	require.EqualError(t, err, "error response")
	list, err := FetchList(t.Context(), site(t, 200, `[{"id":"a","old":"b"}]`), listThings, Item[thing]{ID: things.ID})
	require.NoError(t, err)
	assert.Equal(t, []*thing{{"a", "b", ""}}, list, "without AfterDecode")
}
