package siteassist

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

// sessions is a server that opens sessions and accepts the tokens in valid.
type sessions struct {
	mu      sync.Mutex
	opened  []string // device ids
	valid   map[string]string
	refuse  int // status of the next opening; 0 means that it succeeds
	answers atomic.Int64
}

func (s *sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == basePath+"/identity/init" {
		s.open(w, r)
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	device, ok := s.valid[token]
	if !ok {
		reply(401, "application/json", `{"error":{"message":"Token `+token+` expired","code":"UNAUTHORIZED"}}`)(w, r)
		return
	}
	s.answers.Add(1)
	reply(200, "application/json", `{"id":"`+device+`"}`)(w, r)
}

func (s *sessions) open(w http.ResponseWriter, r *http.Request) {
	var in struct{ APIKey, SaVid string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.opened = append(s.opened, in.SaVid)
	if s.refuse != 0 {
		reply(s.refuse, "application/json", `{"error":{"message":"Not `+in.APIKey+`","code":"FORBIDDEN"}}`)(w, r)
		return
	}
	token := "session-" + strconv.Itoa(len(s.opened))
	if s.valid == nil {
		s.valid = map[string]string{}
	}
	s.valid[token] = in.SaVid
	reply(201, "application/json", `{"sessionToken":"`+token+`","visitor":`+visitorJSON+`}`)(w, r)
}

func (s *sessions) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.valid)
}

func (s *sessions) devices() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.opened...)
}

func asVisitor(c *Config) { c.Token, c.DeviceID = "", "device-1" }

func TestVisitor_OneSessionForAllCalls(t *testing.T) {
	server := new(sessions)
	client, _ := serve(t, server.ServeHTTP, asVisitor)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			visitor, err := client.Identity.Me(t.Context())
			if assert.NoError(t, err) {
				assert.Equal(t, "device-1", visitor.ID)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, []string{"device-1"}, server.devices())
}

func TestVisitor_RenewedOn401WithTheSameDevice(t *testing.T) {
	server := new(sessions)
	client, _ := serve(t, server.ServeHTTP, asVisitor, func(c *Config) { c.MaxRetries = -1 })
	_, err := client.Identity.Me(t.Context())
	require.NoError(t, err)
	server.expire()
	// It is not idempotent, and it is sent again all the same.
	_, err = client.Conversations.Start(t.Context(), StartConversationParams{})
	require.NoError(t, err)
	assert.Equal(t, []string{"device-1", "device-1"}, server.devices())
	assert.EqualValues(t, 2, server.answers.Load())
}

func TestVisitor_StreamRenewsToo(t *testing.T) {
	server := new(sessions)
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer session-2" {
			reply(200, "text/event-stream", hello)(w, r)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/messages") {
			server.expire()
		}
		server.ServeHTTP(w, r)
	}, asVisitor)
	text, err := stream(t, client).Text()
	require.NoError(t, err)
	assert.Equal(t, helloText, text)
	assert.Len(t, server.devices(), 2)
}

// If the opening of the session hangs, there is time left for another attempt.
func TestVisitor_OpeningThatHangsIsRetriedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inits := 0
		cfg := Config{BaseURL: "https://siteassist.example" + basePath, PublishableKey: testKey, DeviceID: "d"}
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body := `{"id":"v"}`
			if strings.HasSuffix(r.URL.Path, "/identity/init") {
				if inits++; inits == 1 {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
				body = `{"sessionToken":"t"}`
			}
			return &http.Response{
				StatusCode: 200, Header: http.Header{}, Body: whole(body)(r), Request: r, ContentLength: -1,
			}, nil
		})}
		client, err := NewClient(cfg)
		require.NoError(t, err)
		start := time.Now()
		_, err = client.Identity.Me(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2, inits)
		assert.InDelta(t, 30*time.Second, time.Since(start), float64(time.Second))
	})
}

func TestVisitor_OthersHaveSessionsOfTheirOwn(t *testing.T) {
	server := new(sessions)
	client, _ := serve(t, server.ServeHTTP, asVisitor)
	other, err := client.ForVisitor("device-2")
	require.NoError(t, err)
	for _, c := range []*Client{client, other, client, other} {
		_, err := c.Identity.Me(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"device-1", "device-2"}, server.devices())

	session, err := other.Identity.Init(t.Context(), InitParams{})
	require.NoError(t, err)
	assert.Equal(t, "session-3", session.SessionToken)
	assert.Equal(t, []string{"device-1", "device-2", "device-2"}, server.devices(),
		"the visitor's own device is the default")

	for _, id := range []string{"", strings.Repeat("x", 101)} {
		_, err := client.ForVisitor(id)
		assert.ErrorIs(t, err, ErrInvalidArgument)
		assert.ErrorContains(t, err, "DeviceID")
	}
}

// Replicas share the session of each visitor, and one of them replaces it when it has ended.
func TestVisitor_SessionsAreShared(t *testing.T) {
	server, store := new(sessions), memstore.NewStore()
	var cfg Config
	first, _ := serve(t, server.ServeHTTP, asVisitor,
		func(c *Config) { c.TokenStore, cfg = store, *c; cfg.TokenStore = store })
	second, err := NewClient(cfg)
	require.NoError(t, err)
	check := func(want ...string) {
		t.Helper()
		for _, c := range []*Client{first, second} {
			_, err := c.Identity.Me(t.Context())
			require.NoError(t, err)
			other, err := c.ForVisitor("device-2")
			require.NoError(t, err)
			_, err = other.Identity.Me(t.Context())
			require.NoError(t, err)
		}
		assert.Equal(t, want, server.devices())
		assert.Len(t, store.Tokens(), 2)
	}
	check("device-1", "device-2")
	server.expire()
	check("device-1", "device-2", "device-1", "device-2")
	for key, token := range store.Tokens() {
		assert.Regexp(t, "^siteassist:[0-9a-f]{32}$", key)
		assert.Zero(t, token.Expiry, "the vendor names no life")
	}
}

func TestVisitor_BesideAToken(t *testing.T) {
	server := new(sessions)
	client, _ := serve(t, server.ServeHTTP)
	other, err := client.ForVisitor("device-2")
	require.NoError(t, err)
	_, err = other.Identity.Me(t.Context())
	require.NoError(t, err)
	_, err = client.Identity.Me(t.Context())
	assert.ErrorIs(t, err, ErrUnauthorized)
	assert.NotContains(t, err.Error(), testToken, "the server echoed it")
	assert.Equal(t, []string{"device-2"}, server.devices())
}

func TestVisitor_SessionRefused(t *testing.T) {
	server := &sessions{refuse: 403}
	client, _ := serve(t, server.ServeHTTP, asVisitor)
	_, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
	assert.ErrorIs(t, err, ErrForbidden)
	assert.NotErrorIs(t, err, ErrDeliveryUnknown)
	failure, ok := errors.AsType[*Error](err)
	require.True(t, ok)
	assert.Equal(t, "siteassist: init session", failure.Operation)
	for _, text := range printed(err) {
		assert.NotContains(t, text, testKey, "the server echoed it")
	}
}

func TestIdentityInit_OwnKeyIsMasked(t *testing.T) {
	const own = "pk_another-that-nobody-may-see"
	server := &sessions{refuse: 403}
	client, _ := serve(t, server.ServeHTTP)
	_, err := client.Identity.Init(t.Context(), InitParams{PublishableKey: own, DeviceID: "d"})
	assert.ErrorIs(t, err, CodeForbidden)
	assert.ErrorContains(t, err, "Not [redacted]")
}

func TestVisitor_SessionTokenIsMasked(t *testing.T) {
	server := new(sessions)
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(w, r)
		server.expire()
	}, asVisitor)
	_, err := client.Identity.Me(t.Context())
	assert.ErrorIs(t, err, ErrUnauthorized)
	assert.NotContains(t, err.Error(), "session-")
}

func TestVisitor_StormOf401OpensOneSessionASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened atomic.Int64
		cfg := Config{BaseURL: "https://siteassist.example" + basePath, PublishableKey: testKey, DeviceID: "d"}
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			status, body := 401, `{"error":{"message":"no"}}`
			if strings.HasSuffix(r.URL.Path, "/identity/init") {
				status, body = 200, `{"sessionToken":"t`+strconv.FormatInt(opened.Add(1), 10)+`"}`
			}
			return &http.Response{
				StatusCode: status, Header: http.Header{}, Body: whole(body)(r), Request: r, ContentLength: -1,
			}, nil
		})}
		client, err := NewClient(cfg)
		require.NoError(t, err)
		for range 100 {
			_, err := client.Identity.Me(t.Context())
			require.ErrorIs(t, err, ErrUnauthorized)
			time.Sleep(100 * time.Millisecond)
		}
		assert.LessOrEqual(t, opened.Load(), int64(12), "in ten seconds")
	})
}

func TestIdentity_Schema(t *testing.T) {
	body := `{"sessionToken":"s1","visitor":{"id":"v1","type":"identified","externalId":"e","name":"Sample Visitor",` +
		`"avatarUrl":"https://example.com/a.png"}}`
	s := get(t, body, func(c *Client) (*VisitorSession, error) {
		return c.Identity.Init(t.Context(), InitParams{PublishableKey: "pk_other", DeviceID: "d"})
	})
	assert.Equal(t, "s1", s.SessionToken)
	assert.Equal(t, &Visitor{
		ID: "v1", Type: VisitorTypeIdentified, ExternalID: "e", Name: "Sample Visitor",
		AvatarURL: "https://example.com/a.png",
	}, s.Visitor)
	assert.Equal(t, body, string(s.Raw))
	assert.Equal(t, "siteassist.VisitorSession{Visitor: , SessionToken: [redacted]}", VisitorSession{}.text())
}

// The opening of a session is a call below the call that caused it. It has the same trace, but not the options of that
// call. Without a session the call itself sends no request.
func TestVisitor_OpeningOfACall(t *testing.T) {
	type key struct{}
	server := new(sessions)
	var mu sync.Mutex
	var calls []string
	client, recorded := serve(t, server.ServeHTTP, asVisitor, func(c *Config) {
		c.Hooks.OnCall = func(ctx context.Context, call parley.Call) (context.Context, func(parley.CallResult)) {
			mu.Lock()
			defer mu.Unlock()
			parent, _ := ctx.Value(key{}).(string)
			calls = append(calls, parent+"/"+call.Operation)
			return context.WithValue(ctx, key{}, call.Operation), nil
		}
	})
	_, err := client.Identity.Me(parley.WithHeader(t.Context(), "X-Trace", "1"))
	require.NoError(t, err)
	assert.Equal(t, []string{"/siteassist: get visitor", "siteassist: get visitor/siteassist: init session"}, calls)
	requests := recorded.Requests()
	require.Len(t, requests, 2)
	assert.Empty(t, requests[0].Header.Get("X-Trace"))
	assert.Equal(t, "1", requests[1].Header.Get("X-Trace"))

	server.refuse = 404
	other, err := client.ForVisitor("device-2")
	require.NoError(t, err)
	_, err = other.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
	require.ErrorIs(t, err, ErrNotSent)
	require.NotErrorIs(t, err, ErrNotFound, "it was not the conversation that is not there")
	require.ErrorContains(t, err, "cannot open a visitor session: 404")
}
