package fakeserver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo responds with the request's body, so that a test sees that recording left the body whole.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })

func start(t testing.TB, h http.Handler) (*Server, *http.Client) {
	s := New(h)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return s, &http.Client{Transport: transport}
}

func post(t testing.TB, c *http.Client, url, body string) (*http.Response, string) {
	resp, err := c.Post(url, "text/plain", strings.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(answer)
}

func TestServer_RecordsAndServes(t *testing.T) {
	s, c := start(t, echo)
	_, answer := post(t, c, s.URL()+"/a%2Fb/c?x=1", "hello")
	assert.Equal(t, "hello", answer)
	require.Len(t, s.Requests(), 1)
	got := s.Requests()[0]
	assert.Equal(t, "POST", got.Method)
	assert.Equal(t, "/a%2Fb/c", got.Path)
	assert.Equal(t, "1", got.Query.Get("x"))
	assert.Equal(t, "text/plain", got.Header.Get("Content-Type"))
	assert.Equal(t, "hello", string(got.Body))
}

func TestClose_EndsADelayAndAHandlerThatWaits(t *testing.T) {
	began := make(chan struct{})
	s, c := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	failed := make(chan error, 1)
	go func() {
		_, err := c.Get(s.URL())
		failed <- err
	}()
	<-began
	s.Close()
	require.Error(t, <-failed)
	s.Close()
}

func TestServe_AfterCloseBeganAnswersNothing(t *testing.T) {
	s, _ := start(t, echo)
	s.Close()
	w := httptest.NewRecorder()
	s.serve(w, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Empty(t, s.Requests())
}

func TestServe_RequestCutHalfWayIsRecordedOnly(t *testing.T) {
	s, _ := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("served") }))
	cut := io.MultiReader(strings.NewReader("ha"), failing{})
	s.serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", cut))
	assert.Equal(t, "ha", string(s.Requests()[0].Body))
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestJSON(t *testing.T) {
	w := httptest.NewRecorder()
	JSON(w, 201, map[string]int{"a": 1})
	assert.Equal(t, 201, w.Code)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.JSONEq(t, `{"a":1}`, w.Body.String())
}

func TestStartAt_AddressThatIsTakenIsAnError(t *testing.T) {
	s, _ := start(t, echo)
	addr := strings.TrimPrefix(s.URL(), "http://")
	require.Error(t, Unstarted(echo).StartAt(addr))
	s.Close()
	again := Unstarted(echo)
	require.NoError(t, again.StartAt(addr))
	defer again.Close()
	assert.Equal(t, "http://"+addr, again.URL())
}

func TestStartAt_AllInterfacesAreReachedAtLoopback(t *testing.T) {
	s := Unstarted(echo)
	require.NoError(t, s.StartAt(":0"))
	defer s.Close()
	assert.True(t, strings.HasPrefix(s.URL(), "http://127.0.0.1:"), s.URL())
}

// startInMemory must run in a synctest bubble.
func startInMemory(t *testing.T, h http.Handler) (*Server, *http.Client) {
	s, l := Unstarted(h), NewMemory()
	s.StartOn(l)
	transport := &http.Transport{DialContext: l.DialContext}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return s, &http.Client{Transport: transport}
}

func TestStartOn_ServesInSimulatedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := startInMemory(t, echo)
		assert.Equal(t, "http://127.0.0.1", s.URL())
		began := time.Now()
		s.Fail(1, Failure{Delay: 3 * time.Hour})
		_, answer := post(t, c, s.URL(), "late")
		assert.Equal(t, "late", answer)
		assert.Equal(t, 3*time.Hour, time.Since(began))
	})
}
