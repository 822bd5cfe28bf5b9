package aisera_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/conformance"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestSuite(t *testing.T) { conformance.Run(t, suiteVendor()) }

func TestSuite_CutAfterEachByteOverHTTP1(t *testing.T) { conformance.CutHTTP1(t, suiteVendor()) }

func TestSuite_CutAfterEachByteOverHTTP2(t *testing.T) { conformance.CutHTTP2(t, suiteVendor()) }

func TestSuite_HoldsEveryMethod(t *testing.T) {
	c, err := aisera.NewClient(suiteConfig(conformance.Settings{BaseURL: "https://acme.example.com"}))
	require.NoError(t, err)
	const frames = "sends frames, not requests: TestSuite_Conn"
	conformance.Complete(t, c, everyMethod, map[string]any{"Conn": &aisera.Conn{}}, map[string]string{
		"Dial":      "is a handshake, tried once: TestSuite_Dial",
		"Conn.Send": frames, "Conn.Receive": frames, "Conn.Responses": frames, "Conn.Exchange": frames,
		"Conn.Ask":      frames,
		"Conn.Shutdown": "sends no frame: TestShutdown_WaitsForRunningAnswers",
	})
}

func TestSuite_OneClientForAll(t *testing.T) {
	conformance.Share(t, conformance.Shared[suiteClient]{
		Operations: everyMethod, Answer: suiteAnswer, Start: startFilled,
	})
}

const suiteToken = "token/of+the suite"

func suiteConfig(set conformance.Settings) aisera.Config {
	return aisera.Config{
		Token: suiteToken, ChannelID: "channel-1", BaseURL: set.BaseURL, HTTPClient: set.HTTPClient,
		Timeout: set.Timeout, MaxRetryWait: set.MaxRetryWait, Logger: set.Logger, Hooks: set.Hooks,
	}
}

func suiteVendor() conformance.Vendor[suiteClient] {
	return conformance.Vendor[suiteClient]{
		Name:    "aisera",
		New:     func(set conformance.Settings) (suiteClient, error) { return aisera.NewClient(suiteConfig(set)) },
		Config:  func(set conformance.Settings) any { return suiteConfig(set) },
		Secrets: []string{suiteToken},
		Answer:  suiteAnswer,
		Refusal: func(message string) string {
			detail := map[string]any{"message": message, "path": message}
			return conformance.JSON(map[string]any{"code": 422, "error": message, "errors": []any{detail, message}})
		},
		Operations: everyMethod,
	}
}

func suiteAnswer(err error) *conformance.Answer {
	e, ok := errors.AsType[*aisera.Error](err)
	if !ok || e.StatusCode == 0 {
		return nil
	}
	return &conformance.Answer{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode, Attempts: e.Attempts,
		RetryAfter: e.RetryAfter, Message: e.Message, Body: e.Body,
	}
}

func startFilled(t *testing.T, via *http.Client) (suiteClient, func(string) []string, func()) {
	server := aiseratest.NewServer()
	cfg := server.Config()
	cfg.HTTPClient = via
	return newClient(t, cfg), func(string) []string { return nil }, server.Close
}

var (
	userParams    = aisera.User{ID: "user-1", Email: "user@example.com", FullName: conformance.Text}
	receiveBody   = map[string]any{"text": conformance.Text}
	messageParams = aisera.Message{
		Text: conformance.Text, SessionVars: map[string]any{
			"note": conformance.Text, "list": []any{map[string]any{"deep": conformance.Text}},
		},
		Form:         &aisera.FormSubmission{ID: "form-1", Values: map[string]any{"field": []any{conformance.Text}}},
		Capabilities: &aisera.Capabilities{Form: true}, Extra: map[string]any{"undocumented": conformance.Text},
		FollowUpContext: &aisera.FollowUpContext{Type: "FlowGoBack"},
	}
)

type suiteClient = *aisera.Client

var everyMethod = []conformance.Operation[suiteClient]{{
	Spec: conformance.Spec{
		Name: "Send", Method: "POST", Path: "/api/receive", Params: []any{&userParams, &messageParams},
		Reply: `{"modeType":"Normal","answers":[{"text":"hi"}],"followUpId":"f-1"}`,
	},
	Call: func(ctx context.Context, c suiteClient, _ ...string) error {
		_, err := c.Send(ctx, userParams, messageParams)
		return err
	},
}, {
	Spec: conformance.Spec{
		Name: "Do", Method: "POST", Path: "/api/receive", Params: []any{&receiveBody}, Reply: `{"modeType":"Normal"}`,
		Accepts: func(body string) bool {
			var out map[string]any
			return json.Unmarshal([]byte(body), &out) == nil && out != nil
		},
	},
	Call: func(ctx context.Context, c suiteClient, _ ...string) error {
		var out map[string]any
		return c.Do(ctx, parley.Request{Operation: "do", Method: "POST", Path: "/api/receive", Body: receiveBody}, &out)
	},
}}

// TestSuite_Dial shows that a handshake is attempted once, whatever fails, and that its error shows neither query nor
// header.
func TestSuite_Dial(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another origin was asked") }),
	)
	defer elsewhere.Close()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL+"/steal?key="+conformance.Query)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	type faults map[string]struct {
		serve  http.HandlerFunc
		status int
		is     error
	}
	const page = "<html>" + conformance.Text + "</html>"
	for name, fault := range (faults{
		"HTML 502":        {answer(502, page), 502, aisera.ErrServer},
		"empty 500":       {answer(500, ""), 500, aisera.ErrServer},
		"401":             {answer(401, `{"error":"no"}`), 401, aisera.ErrUnauthorized},
		"403":             {answer(403, `{"errors":[]}`), 403, aisera.ErrForbidden},
		"429":             {answer(429, ""), 429, aisera.ErrRateLimited},
		"HTML 200":        {answer(200, page), 200, nil},
		"empty 204":       {answer(204, ""), 204, nil},
		"another origin":  {answer(302, ""), 302, nil},
		"another origin.": {answer(307, ""), 307, nil},
		"switch to nothing": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "websocket")
			w.WriteHeader(http.StatusSwitchingProtocols)
		}, -1, nil},
		"reset": {func(w http.ResponseWriter, _ *http.Request) { cut(w) }, 0, nil},
	}) {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				fault.serve(w, r)
			}))
			defer server.Close()
			err := dialSecretly(t.Context(), t, server.URL, &http.Transport{})
			require.Error(t, err)
			if fault.is != nil {
				assert.ErrorIs(t, err, fault.is)
			}
			assert.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
			assert.EqualValues(t, 1, asked.Load())
			got := suiteAnswer(err)
			if fault.status > 0 && assert.NotNil(t, got, err) {
				assert.Equal(t, fault.status, got.StatusCode)
			}
			conformance.Hides(t, err, conformance.Query, conformance.Text, suiteToken)
		})
	}
}

// A handshake without a response ends with the timeout, which takes no real time here.
func TestSuite_DialHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		memory := fakeserver.NewMemory()
		server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			<-r.Context().Done()
		})}
		go func() { _ = server.Serve(memory) }()
		defer server.Close()
		start := time.Now()
		err := dialSecretly(t.Context(), t, "http://127.0.0.1", &http.Transport{DialContext: memory.DialContext})
		assert.Equal(t, 500*time.Millisecond, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
		assert.EqualValues(t, 1, asked.Load())
		conformance.Hides(t, err, conformance.Query, conformance.Text, suiteToken)
	})
}

// dialSecretly dials with a secret in the query and in a header.
func dialSecretly(ctx context.Context, t *testing.T, address string, pool *http.Transport) error {
	defer pool.CloseIdleConnections()
	cfg := suiteConfig(conformance.Settings{
		BaseURL: address, HTTPClient: &http.Client{Transport: pool}, Timeout: 500 * time.Millisecond,
	})
	cfg.WebSocketURL = strings.Replace(address, "http", "ws", 1) + "/prefix/v9/ws?key=" + conformance.Query
	header := http.Header{"Authorization": {"Bearer " + conformance.Text}}
	conn, err := newClient(t, cfg).Dial(ctx, userParams, aisera.DialOptions{Header: header})
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func TestSuite_DialWithinItsContext(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(20*time.Millisecond, cancel)
	defer timer.Stop()
	for range 2 { // during the handshake, and before it
		err := dialSecretly(ctx, t, server.URL, &http.Transport{})
		require.ErrorIs(t, err, context.Canceled)
		conformance.Hides(t, err, conformance.Query, conformance.Text, suiteToken)
	}
}

// connMethods are the methods of Conn that send a message or wait for a frame.
var connMethods = map[string]func(context.Context, *aisera.Conn) error{
	"Send": func(ctx context.Context, c *aisera.Conn) error {
		_, err := c.Send(ctx, messageParams)
		return err
	},
	"Ask": func(ctx context.Context, c *aisera.Conn) error {
		_, err := c.Ask(ctx, messageParams)
		return err
	},
	"Exchange": func(ctx context.Context, c *aisera.Conn) error {
		for _, err := range c.Exchange(ctx, messageParams) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"Receive": func(ctx context.Context, c *aisera.Conn) error {
		_, err := c.Receive(ctx)
		return err
	},
	"Responses": func(ctx context.Context, c *aisera.Conn) error {
		for _, err := range c.Responses(ctx) {
			return err
		}
		return nil
	},
}

// waits are the methods that send no message.
var waits = map[string]bool{"Receive": true, "Responses": true}

// TestSuite_Conn calls every method of a connection under the common failures.
func TestSuite_Conn(t *testing.T) {
	for name, call := range connMethods {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			conn := dial(t, s, aisera.DialOptions{NoReconnect: true})
			err := call(ended, conn)
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
			require.NoError(t, conn.Close())
			err = call(t.Context(), conn)
			require.ErrorIs(t, err, aisera.ErrClosed)
			require.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
			require.Empty(t, s.Frames(), "something was sent")

			s.Behave(aiseratest.Behavior{DropAfterFrame: true})
			lost := dial(t, s, aisera.DialOptions{NoReconnect: true})
			if waits[name] || name == "Send" {
				_, err := lost.Send(soon(t), messageParams)
				require.NoError(t, err)
			}
			if name != "Send" {
				err = call(soon(t), lost)
				require.Error(t, err)
				require.Equal(t, !waits[name], errors.Is(err, aisera.ErrDeliveryUnknown), err)
			}
			conformance.Hides(t, err, conformance.Text, aiseratest.Token)
		})
	}
}

// TestSuite_OneConnForAll lets many goroutines ask over one connection. Each must get its own answer.
func TestSuite_OneConnForAll(t *testing.T) {
	const crowd = 200
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() {
			assert.NoError(t, connMethods["Ask"](soon(t), conn))
			assert.NoError(t, connMethods["Exchange"](soon(t), conn))
		})
	}
	all.Wait()
	assert.Len(t, s.Frames(), 2*crowd)
}

// TestSuite_ThousandConnections opens a thousand connections, uses them and closes them. No goroutine and no memory may
// be left. The first round creates the objects that the runtime keeps for good, such as dead goroutines and pools.
func TestSuite_ThousandConnections(t *testing.T) {
	thousandConnections(t)
	conformance.LeavesNothing(t, func() { thousandConnections(t) })
}

func thousandConnections(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	dials := &conformance.Dialer{}
	cfg := s.Config()
	cfg.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: dials.Dial}}
	c := newClient(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	many := 1000
	if testing.Short() {
		many = 200
	}
	conns := make([]*aisera.Conn, many)
	inParallel(t, len(conns), func(i int) (err error) {
		conns[i], err = c.Dial(ctx, userParams, aisera.DialOptions{})
		return err
	})
	require.False(t, t.Failed())
	assert.EqualValues(t, len(conns), dials.Open())
	inParallel(t, len(conns), func(i int) error { return connMethods["Ask"](ctx, conns[i]) })
	inParallel(t, len(conns), func(i int) error { return conns[i].Close() })
	assert.Zero(t, dials.Open(), "connections that are still open")
}

// inParallel calls do for 0 to n-1, twenty at a time.
func inParallel(t *testing.T, n int, do func(i int) error) {
	const workers = 20
	var all sync.WaitGroup
	for first := range workers {
		all.Go(func() {
			for i := first; i < n; i += workers {
				assert.NoError(t, do(i))
			}
		})
	}
	all.Wait()
}
