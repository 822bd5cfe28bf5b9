package syntphony_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// These secrets are in the tests' configs. They must never be printed.
const (
	testToken  = "test-bearer-token"
	testAPIKey = "test-api-key"
	testSecret = "test-client-secret"
)

var caller = syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux", Locale: "es-ES"}

// own gives cfg connections of its own. They are closed with the test.
func own(t testing.TB, cfg syntphony.Config) syntphony.Config {
	pool := &http.Transport{}
	t.Cleanup(pool.CloseIdleConnections)
	cfg.HTTPClient = &http.Client{Transport: pool}
	return cfg
}

// newClient returns a client that hardly waits between two attempts, unless cfg says otherwise.
func newClient(t testing.TB, cfg syntphony.Config) *syntphony.Client {
	t.Helper()
	if cfg.MaxRetryWait == 0 {
		cfg.MaxRetryWait = time.Millisecond
	}
	client, err := syntphony.NewClient(own(t, cfg))
	require.NoError(t, err)
	return client
}

// newFake starts the public fake server and a client for it.
func newFake(t testing.TB) (*syntphonytest.Server, *syntphony.Client) {
	t.Helper()
	server := syntphonytest.NewServer()
	t.Cleanup(server.Close)
	return server, newClient(t, server.Config())
}

// simulated runs f in a synctest bubble with the public fake server. cfg is for a client of it.
func simulated(t *testing.T, f func(t *testing.T, server *syntphonytest.Server, cfg syntphony.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		listener, err := network.Listen("127.0.0.1:80")
		require.NoError(t, err)
		server := syntphonytest.NewServerOn(listener)
		defer time.Sleep(time.Minute) // for a fetch of a token that the end of the server interrupted
		defer server.Close()
		transport := &http.Transport{DialContext: network.DialContext}
		defer transport.CloseIdleConnections()
		cfg := server.Config()
		cfg.HTTPClient = &http.Client{Transport: transport}
		f(t, server, cfg)
	})
}

// config is for a server that consists of a test's own handler, below a path prefix.
func config(base string) syntphony.Config {
	return syntphony.Config{
		BaseURL: base + "/prefix/v9", OrgID: "org", EnvID: "env", BotID: "bot", ChannelID: "channel",
		APIKey: testAPIKey, Locale: "en-US",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
	}
}

// newStub starts a server that answers every call with status and body.
func newStub(t testing.TB, status int, body string) (*fakeserver.Server, *syntphony.Client) {
	t.Helper()
	return newHandler(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func newHandler(t testing.TB, h http.HandlerFunc) (*fakeserver.Server, *syntphony.Client) {
	t.Helper()
	server := fakeserver.New(h)
	t.Cleanup(server.Close)
	return server, newClient(t, config(server.URL()))
}

// only returns the single request that arrived.
func only(t testing.TB, server *fakeserver.Server) fakeserver.Request {
	t.Helper()
	requests := server.Requests()
	require.Len(t, requests, 1)
	return requests[0]
}

// assertJSON compares a body with the expected JSON.
func assertJSON(t testing.TB, want string, body []byte) {
	t.Helper()
	require.True(t, json.Valid(body), "%s", body)
	assert.JSONEq(t, want, string(body))
}

const minimalReply = `{"sessionCode":"s-1"}`
