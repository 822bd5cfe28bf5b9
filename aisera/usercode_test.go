package aisera_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestClose_CallsOnUnsolicitedNoMore(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		var late atomic.Int32
		var closing atomic.Bool
		conn := open(t, client, aisera.DialOptions{PingInterval: -1, OnUnsolicited: func(*aisera.Response) {
			if closing.Load() {
				late.Add(1)
			}
			time.Sleep(100 * time.Millisecond)
		}})
		_, err := conn.Send(t.Context(), aisera.Message{Text: "hello"})
		require.NoError(t, err)
		for i := range 20 {
			s.Push(aiseratest.Say(fmt.Sprint(i)))
		}
		time.Sleep(250 * time.Millisecond)
		s.Behave(aiseratest.Behavior{Silent: true})
		_, err = conn.Send(t.Context(), aisera.Message{Text: "make it silent"})
		require.NoError(t, err)
		time.Sleep(10 * time.Millisecond)
		closing.Store(true)
		_ = conn.Close()
		assert.Zero(t, late.Load())
	})
}

// panicsLater is a RoundTripper of the user that panics at its second request.
type panicsLater struct{ n atomic.Int32 }

func (p *panicsLater) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.n.Add(1) > 1 {
		panic("user's RoundTripper")
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestConn_RoundTripperThatPanicsAtAReconnect(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.HTTPClient = &http.Client{Transport: &panicsLater{}}
	conn, err := newClient(t, cfg).Dial(t.Context(), user, quick)
	require.NoError(t, err)
	defer conn.Close()
	s.CloseConnections(1001, "restart")
	_, err = conn.Receive(t.Context())
	assert.ErrorContains(t, err, "RoundTripper panicked: user's RoundTripper")
}

// nilTripper is a RoundTripper that returns neither a response nor an error.
type nilTripper struct{}

func (nilTripper) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }

func TestDial_RoundTripperWithoutAResponse(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.HTTPClient = &http.Client{Transport: nilTripper{}}
	_, err := newClient(t, cfg).Dial(t.Context(), user, quick)
	assert.Error(t, err)
}

// panicking is a RoundTripper of the user that panics.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("user's RoundTripper") }

func TestSend_OnCallEndsThoughTheRoundTripperPanics(t *testing.T) {
	var began, ended int
	cfg := newServer(t).Config()
	cfg.HTTPClient = &http.Client{Transport: panicking{}}
	cfg.Hooks.OnCall = func(ctx context.Context, _ parley.Call) (context.Context, func(parley.CallResult)) {
		began++
		return ctx, func(r parley.CallResult) {
			ended++
			assert.Error(t, r.Err)
		}
	}
	client := newClient(t, cfg)
	assert.Panics(t, func() { _, _ = client.Send(t.Context(), user, aisera.Message{Text: "x"}) })
	assert.Equal(t, 1, began)
	assert.Equal(t, 1, ended)
}
