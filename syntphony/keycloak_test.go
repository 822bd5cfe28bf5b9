package syntphony_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// grants lists the grants that the token endpoint was asked for.
func grants(t testing.TB, server *syntphonytest.Server) []string {
	t.Helper()
	var all []string
	for _, r := range server.TokenRequests() {
		form, err := url.ParseQuery(string(r.Body))
		require.NoError(t, err)
		assert.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
		assert.Empty(t, r.Header.Get("Authorization"), "credentials are in the form")
		assert.Empty(t, r.Header.Get("API-KEY"))
		all = append(all, form.Get("grant_type"))
	}
	return all
}

func say(t testing.TB, client *syntphony.Client) error {
	t.Helper()
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
	return err
}

func TestKeycloak_OneTokenForAHundredCalls(t *testing.T) {
	simulated(t, func(t *testing.T, server *syntphonytest.Server, cfg syntphony.Config) {
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		server.FailToken(1, syntphonytest.Failure{Delay: 700 * time.Millisecond})
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				if i%10 != 0 {
					assert.NoError(t, say(t, client))
					return
				}
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				start := time.Now()
				_, err := client.Conversations.Send(ctx, "", caller, syntphony.Input{Text: "hi"})
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
				assert.Equal(t, 50*time.Millisecond, time.Since(start))
			})
		}
		wg.Wait()
		assert.Equal(t, []string{"client_credentials"}, grants(t, server))
		assert.Len(t, server.BrokerRequests(), 90)
	})
}

func TestKeycloak_RefreshAndFallBack(t *testing.T) {
	simulated(t, func(t *testing.T, server *syntphonytest.Server, cfg syntphony.Config) {
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		server.SetTokens(syntphonytest.Tokens{Life: time.Second, Refresh: true, Rotate: true})
		for range 3 {
			require.NoError(t, say(t, client))
			time.Sleep(600 * time.Millisecond)
		}
		server.RevokeTokens()
		require.NoError(t, say(t, client))
		assert.Equal(t, []string{
			"client_credentials", "refresh_token", "refresh_token", "refresh_token", "client_credentials",
		}, grants(t, server))
		for _, r := range server.BrokerRequests() {
			assert.NotContains(t, r.Header.Get("Authorization"), "refresh")
		}
	})
}

// With rotation, a refresh that Keycloak has read and whose response was lost must not be repeated, because that would
// end the session. This holds even for a client that repeats all other calls.
func TestKeycloak_LostRefreshIsNotRepeated(t *testing.T) {
	for _, failure := range []syntphonytest.Failure{
		{Reset: true}, {Status: 503}, {Status: 500, Body: "<html>"},
		{Status: 429, Header: http.Header{"Retry-After": {"0"}}},
	} {
		simulated(t, func(t *testing.T, server *syntphonytest.Server, cfg syntphony.Config) {
			cfg.RetryNonIdempotent, cfg.MaxRetries = true, 5
			client, err := syntphony.NewClient(cfg)
			require.NoError(t, err)
			server.SetTokens(syntphonytest.Tokens{Life: time.Second, Refresh: true, Rotate: true})
			require.NoError(t, say(t, client))
			time.Sleep(550 * time.Millisecond)
			server.FailToken(1, failure)
			require.NoError(t, say(t, client)) // the token is valid, so the call does not wait for its refresh
			require.Eventually(t, func() bool { return len(server.TokenRequests()) == 3 }, 10*time.Second,
				time.Millisecond)
			require.NoError(t, say(t, client))
			assert.Equal(t, []string{"client_credentials", "refresh_token", "client_credentials"}, grants(t, server))
		})
	}
}

func TestKeycloak_ClientCredentialsAreRepeated(t *testing.T) {
	t.Parallel()
	server, client := newFake(t)
	server.SetTokens(syntphonytest.Tokens{NoExpiresIn: true})
	server.FailToken(1, syntphonytest.Failure{Reset: true})
	server.FailToken(1, syntphonytest.Failure{Status: 502})
	require.NoError(t, say(t, client))
	require.NoError(t, say(t, client))
	assert.Equal(t, []string{"client_credentials", "client_credentials", "client_credentials"}, grants(t, server))
}

func TestKeycloak_RevokedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	server, client := newFake(t)
	require.NoError(t, say(t, client))
	server.RevokeTokens()
	require.NoError(t, say(t, client))
	assert.Len(t, server.BrokerRequests(), 3)
	assert.Len(t, server.TokenRequests(), 2)

	server.Fail(1000, syntphonytest.Failure{Status: 401})
	start := time.Now()
	for range 300 {
		require.ErrorIs(t, say(t, client), syntphony.ErrUnauthorized)
	}
	assert.LessOrEqual(t, len(server.TokenRequests()), 2+1+int(time.Since(start).Seconds()))
}

// The class of the token endpoint's response is not the class of the call. A program that matches ErrNotFound must not
// think that the conversation is gone. Only refused credentials are an error of the call too.
func TestKeycloak_ClassOfTheTokenEndpointIsNotThatOfTheCall(t *testing.T) {
	t.Parallel()
	classes := []error{
		syntphony.ErrBadRequest, syntphony.ErrUnauthorized, syntphony.ErrPaymentRequired, syntphony.ErrForbidden,
		syntphony.ErrNotFound, syntphony.ErrConflict, syntphony.ErrUnprocessable, syntphony.ErrRateLimited,
		syntphony.ErrServer,
		syntphony.ErrDeliveryUnknown,
	}
	for status, want := range map[int]error{
		400: nil, 401: syntphony.ErrUnauthorized, 402: nil, 403: syntphony.ErrForbidden, 404: nil, 409: nil, 422: nil,
		429: nil,
		500: nil, 503: nil,
	} {
		server := syntphonytest.NewServer()
		cfg := server.Config()
		cfg.MaxRetries = -1
		client := newClient(t, cfg)
		server.FailToken(1, syntphonytest.Failure{Status: status})
		err := say(t, client)
		for _, class := range classes {
			assert.Equal(t, class == want, errors.Is(err, class), "%d %v", status, class)
		}
		require.ErrorIs(t, err, syntphony.ErrNotSent)
		require.ErrorContains(t, err, fmt.Sprint("cannot fetch a token: ", status))
		failure, ok := errors.AsType[*syntphony.Error](err)
		require.True(t, ok)
		assert.Equal(t, status, failure.StatusCode)
		assert.Equal(t, "syntphony: fetch token", failure.Operation)
		server.Close()
	}
}

// The broker responded to the call, so the call was sent, whatever became of the next token.
func TestKeycloak_RefusedCallWithoutANewTokenWasSent(t *testing.T) {
	t.Parallel()
	server, _ := newFake(t)
	cfg := server.Config()
	cfg.MaxRetries = -1
	client := newClient(t, cfg)
	require.NoError(t, say(t, client))
	server.RevokeTokens()
	server.FailToken(1, syntphonytest.Failure{Status: 503})
	err := say(t, client)
	require.ErrorIs(t, err, syntphony.ErrUnauthorized)
	require.NotErrorIs(t, err, syntphony.ErrNotSent)
	require.NotErrorIs(t, err, syntphony.ErrServer)
	require.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	require.ErrorContains(t, err, "cannot fetch a token: 503")
}

func TestKeycloak_WrongSecret(t *testing.T) {
	t.Parallel()
	server, _ := newFake(t)
	cfg := server.Config()
	cfg.Keycloak.ClientSecret = testSecret
	err := say(t, newClient(t, cfg))
	require.ErrorIs(t, err, syntphony.ErrUnauthorized)
	require.ErrorIs(t, err, syntphony.CodeUnauthorizedClient)
	require.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	require.EqualError(t, err, "syntphony: start conversation: cannot fetch a token: 401 unauthorized_client: "+
		"Invalid client or Invalid client credentials: the token endpoint refuses the client: check client id and "+
		"secret, "+
		"and that the client has a service account (POST /auth/realms/{realm}/protocol/openid-connect/token, 1 "+
		"attempt)")
	assert.Len(t, server.TokenRequests(), 1, "a wrong secret is not retried")
	assert.Empty(t, server.BrokerRequests())
	var failure *syntphony.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "syntphony: fetch token", failure.Operation)
}

// After a redirect of the token endpoint, no request is sent, least of all one with the secret.
func TestKeycloak_RedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := fakeserver.New(http.NotFoundHandler())
	defer elsewhere.Close()
	server, client := newFake(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server.FailToken(1, syntphonytest.Failure{Status: status, Header: http.Header{"Location": {elsewhere.URL()}}})
		_, err := syntphony.NewClient(server.Config())
		require.NoError(t, err)
		err = say(t, newClient(t, server.Config()))
		require.ErrorContains(t, err, "redirect not followed")
		var failure *syntphony.Error
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, status, failure.StatusCode)
	}
	assert.Empty(t, elsewhere.Requests())
	require.NoError(t, say(t, client))
}

func TestKeycloak_URLs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keycloak syntphony.Keycloak
		want     string
	}{
		{syntphony.Keycloak{URL: "", Realm: "acme"}, "/auth/realms/acme/protocol/openid-connect/token"},
		{
			syntphony.Keycloak{URL: "/", Realm: "my realm/x"},
			"/auth/realms/my%20realm%2Fx/protocol/openid-connect/token",
		},
		{syntphony.Keycloak{URL: "/auth", Realm: "acme"}, "/auth/realms/acme/protocol/openid-connect/token"},
		{syntphony.Keycloak{URL: "/kc/auth/", Realm: "acme"}, "/kc/auth/realms/acme/protocol/openid-connect/token"},
		{syntphony.Keycloak{TokenURL: "/realms/a%2Fb/token"}, "/realms/a%2Fb/token"},
		{syntphony.Keycloak{TokenURL: "/token"}, "/token"},
	} {
		server := fakeserver.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fakeserver.JSON(w, 200, map[string]any{"access_token": "t", "sessionCode": "s"})
		}))
		cfg := config(server.URL())
		cfg.TokenSource, cfg.Keycloak = nil, c.keycloak
		cfg.Keycloak.ClientID, cfg.Keycloak.ClientSecret = "id", testSecret
		if c.keycloak.TokenURL != "" {
			cfg.Keycloak.TokenURL = server.URL() + c.keycloak.TokenURL
		} else {
			cfg.Keycloak.URL = server.URL() + c.keycloak.URL
		}
		require.NoError(t, say(t, newClient(t, cfg)))
		requests := server.Requests()
		server.Close()
		require.Len(t, requests, 2)
		assert.Equal(t, c.want, requests[0].Path)
		form, err := url.ParseQuery(string(requests[0].Body))
		require.NoError(t, err)
		assert.Equal(t, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {testSecret},
		}, form)
		assert.Equal(t, "Bearer t", requests[1].Header.Get("Authorization"))
	}
}

func TestKeycloak_FailingTokenServerSeesOneFetchASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fetches []time.Time
		cfg := config("https://broker.example")
		cfg.TokenSource = nil
		cfg.Keycloak = syntphony.Keycloak{
			URL: "https://kc.example", Realm: "r", ClientID: "id", ClientSecret: testSecret,
		}
		cfg.MaxRetries = -1
		cfg.HTTPClient = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			fetches = append(fetches, time.Now())
			return response(500, nil), nil
		})}
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		pace := time.Millisecond
		if testing.Short() {
			pace = 10 * time.Millisecond
		}
		for range 3 * time.Second / pace {
			err := say(t, client)
			require.ErrorContains(t, err, "cannot fetch a token: 500")
			require.NotErrorIs(t, err, syntphony.ErrServer, "it was not the broker that failed")
			time.Sleep(pace)
		}
		require.Len(t, fetches, 3)
		for i := 1; i < len(fetches); i++ {
			assert.GreaterOrEqual(t, fetches[i].Sub(fetches[i-1]), time.Second)
		}
	})
}

// The first token request hangs, and half of the time of the fetch is left for the next one. While the token is valid,
// no call waits for a refresh that hangs.
func TestKeycloak_TokenRequestThatHangsIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		fetches := 0
		cfg := config("https://broker.example")
		cfg.TokenSource = nil
		cfg.Keycloak = syntphony.Keycloak{
			URL: "https://kc.example", Realm: "r", ClientID: "id", ClientSecret: testSecret,
		}
		cfg.HTTPClient = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.URL.Host == "broker.example" {
				return response(200, []byte(minimalReply)), nil
			}
			mu.Lock()
			fetches++
			hangs := fetches%2 == 1
			mu.Unlock()
			if hangs {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return response(200, []byte(`{"access_token":"t","expires_in":300}`)), nil
		})}
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		start := time.Now()
		require.NoError(t, say(t, client))
		assert.InDelta(t, 30*time.Second, time.Since(start), float64(time.Second))
		time.Sleep(265 * time.Second)
		for range 20 { // until the token of 300 s expires
			before := time.Now()
			require.NoError(t, say(t, client))
			require.Equal(t, before, time.Now())
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		require.NoError(t, say(t, client))
		assert.Equal(t, 4, fetches)
	})
}

func TestKeycloak_TokenAttemptsAreReported(t *testing.T) {
	t.Parallel()
	server, _ := newFake(t)
	server.FailToken(1, syntphonytest.Failure{Status: 502})
	cfg := server.Config()
	var mu sync.Mutex
	var seen []string
	cfg.Hooks.OnAttempt = func(_ context.Context, a syntphony.Attempt) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen,
			fmt.Sprint(strings.TrimPrefix(a.Operation, "syntphony: "), " ", a.Number, " ", a.StatusCode))
	}
	require.NoError(t, say(t, newClient(t, cfg)))
	assert.Equal(t, []string{"fetch token 1 502", "fetch token 2 200", "start conversation 1 200"}, seen)
}

func TestKeycloak_PrintsNoSecret(t *testing.T) {
	const want = "syntphony.Keycloak{Realm: r, ClientID: id, ClientSecret: [redacted]}"
	credentials := syntphony.Keycloak{Realm: "r", ClientID: "id", ClientSecret: testSecret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, want, fmt.Sprintf(verb, credentials), verb)
	}
}
