package transport

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// redirector answers every request but those to /landed with a redirect to target.
func redirector(t *testing.T, code int, target func() string) (string, *[]http.Header) {
	var seen []http.Header
	url, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		seen = append(seen, r.Header.Clone())
		if strings.HasPrefix(r.URL.Path, "/landed") {
			_, _ = w.Write([]byte(`{"id":"1"}`))
			return
		}
		w.Header().Set("Location", target())
		w.WriteHeader(code)
	})
	return url, &seen
}

func TestRedirect_FollowedWithinTheOriginWithItsKey(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		url, seen := redirector(t, code, func() string { return "/landed?x=1" })
		require.NoError(t, use(t, newTestClient(t, url, nil), get))
		require.Len(t, *seen, 2)
		assert.Equal(t, testKey, (*seen)[1].Get("Agent-Secret-Key"))
	}
}

func TestRedirect_ToAnotherOriginCarriesNothing(t *testing.T) {
	var reached int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(other.Close)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(secure.Close)
	host := func(name string) string { return strings.Replace(other.URL, "127.0.0.1", name, 1) }
	for name, target := range map[string]string{
		"port":      other.URL + "/landed?token=hush",
		"scheme":    strings.Replace(secure.URL, "127.0.0.1", "127.0.0.1", 1) + "/landed",
		"host":      host("localhost") + "/landed",
		"subdomain": host("sub.localhost") + "/landed",
		"no URL":    "http://%zz/?token=hush",
		"user info": "http://user:hush@127.0.0.1/landed",
		"no host":   "http:///landed",
	} {
		t.Run(name, func(t *testing.T) {
			url, seen := redirector(t, 302, func() string { return target })
			err := use(t, newTestClient(t, url, nil), get)
			assert.Len(t, *seen, 1)
			assert.Equal(t, 302, asFailure(t, err).StatusCode)
			assert.ErrorContains(t, err, "redirect not followed")
			assert.NotContains(t, err.Error(), "hush")
		})
	}
	assert.Zero(t, reached)
}

func TestRedirect_ItsRefusalShowsNoSecret(t *testing.T) {
	url, _ := redirector(t, 302, func() string { return "https://" + testKey + ".example/" })
	err := use(t, newTestClient(t, url, nil), get)
	assert.ErrorContains(t, err, "https://[redacted].example")
	assertNoSecret(t, spell(err))
}

func TestRedirect_LeavesTheHeaderToItsRoundTripper(t *testing.T) {
	header := http.Header{"Location": {"https://other.example/"}}
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: header, Body: http.NoBody}, nil
		})}
	})
	assert.ErrorContains(t, use(t, c, get), "redirect not followed")
	assert.Equal(t, http.Header{"Location": {"https://other.example/"}}, header)
}

func TestRedirect_NeverForAPOST(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		url, seen := redirector(t, code, func() string { return "/landed" })
		err := use(t, newTestClient(t, url, nil), post)
		assert.Len(t, *seen, 1)
		assert.Equal(t, code, asFailure(t, err).StatusCode)
		assert.ErrorContains(t, err, "redirect not followed: only GET and HEAD")
		assert.Equal(t, code == 303, strings.Contains(err.Error(), parley.ErrDeliveryUnknown.Error()))
	}
}

func TestRedirect_AtMostTen(t *testing.T) {
	url, seen := redirector(t, 302, func() string { return "/again" })
	err := use(t, newTestClient(t, url, nil), get)
	assert.Len(t, *seen, 11)
	assert.ErrorContains(t, err, "10 were followed already")
	assert.Equal(t, 1, asFailure(t, err).Attempts)
}

func TestDo_RoundTripperThatBreaksItsContract(t *testing.T) {
	body := &watched{Reader: newReader("{}")}
	for name, tt := range map[string]struct {
		answer *http.Response
		err    error
	}{
		"neither answer nor error": {},
		"both":                     {&http.Response{StatusCode: 200, Body: body}, errors.New("down")},
		"both, no body":            {&http.Response{StatusCode: 200}, errors.New("down")},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			c := newTestClient(t, "https://api.example", func(cfg *Config) {
				cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					n++
					return tt.answer, tt.err
				})}
			})
			err := use(t, c, post)
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Equal(t, 1, n)
			require.Error(t, use(t, c, get))
			assert.Equal(t, 4, n)
		})
	}
	assert.True(t, body.closed)
}

type watched struct {
	io.Reader
	closed bool
}

func (w *watched) Close() error { w.closed = true; return nil }
