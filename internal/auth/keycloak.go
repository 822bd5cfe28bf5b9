package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/seed-127a5941/parley"
)

// Answer is what a token endpoint said, whatever the status.
type Answer struct {
	StatusCode int
	Header     http.Header
	Body       []byte
	// Fail makes the vendor's error of the answer; causes say what is wrong with it.
	Fail func(causes ...error) error
}

// TokenRequest is what a token endpoint is sent.
type TokenRequest struct {
	Form    []byte
	Repeat  bool     // it may be sent more than once
	Secrets []string // those in Form, which no error may show
}

// Endpoint posts a form to the token endpoint. Its error means that there was no answer.
type Endpoint func(context.Context, TokenRequest) (*Answer, error)

// KeycloakConfig is what NewKeycloak needs.
type KeycloakConfig struct {
	ClientID, ClientSecret string
	Endpoint               Endpoint
	Timeout                time.Duration // of a fetch with all its requests; 0 or less: 60 s
}

// Keycloak is the credential of a service account: client_credentials first, later refresh_token where Keycloak gave
// one.
type Keycloak struct {
	*Tokens
	config KeycloakConfig

	// Used by the one fetch that runs at a time.
	refresh string    // "": none
	until   time.Time // the end of refresh; zero: unknown
}

// NewKeycloak returns the credential for cfg.
func NewKeycloak(cfg KeycloakConfig) *Keycloak {
	if cfg.Timeout <= 0 {
		cfg.Timeout = fetchTimeout
	}
	k := &Keycloak{config: cfg}
	k.Tokens = NewTokens(k.fetch, cfg.Timeout)
	return k
}

// Secrets lists the client secret and the access tokens. A refresh token goes to the token endpoint only.
func (k *Keycloak) Secrets() []string {
	return append(k.Tokens.Secrets(), k.config.ClientSecret)
}

// fetch renews the session if it can, and else begins a new one. Whatever became of a refresh, its token is not used
// again: with rotation on, a second use ends the session.
func (k *Keycloak) fetch(ctx context.Context) (Grant, error) {
	token, err := k.renew(ctx)
	if token == nil && err == nil {
		token, err = k.begin(ctx)
	}
	if err != nil {
		return Grant{}, err
	}
	k.remember(token)
	return Living(token.AccessToken, lifeOf(token)), nil
}

// lifeOf returns 0 where the server named none: oauth2 has already counted from the receipt.
func lifeOf(token *oauth2.Token) time.Duration {
	if token.Expiry.IsZero() {
		return 0
	}
	return time.Until(token.Expiry)
}

// begin takes client_credentials.
func (k *Keycloak) begin(ctx context.Context) (*oauth2.Token, error) {
	post := k.exchange(TokenRequest{Repeat: true, Secrets: []string{k.config.ClientSecret}})
	config := clientcredentials.Config{
		ClientID: k.config.ClientID, ClientSecret: k.config.ClientSecret,
		TokenURL: placeholderURL, AuthStyle: oauth2.AuthStyleInParams,
	}
	token, err := config.Token(post.attach(ctx))
	return token, post.explain(err)
}

// renew takes refresh_token. It returns nothing at all when there is none, or when it came to nothing: then
// client_credentials follows. What is wrong with the client itself is an error.
func (k *Keycloak) renew(ctx context.Context) (*oauth2.Token, error) {
	refresh := k.takeRefresh()
	if refresh == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.config.Timeout/2) // leaves time for client_credentials
	defer cancel()
	post := k.exchange(TokenRequest{Secrets: []string{k.config.ClientSecret, refresh}})
	config := oauth2.Config{
		ClientID: k.config.ClientID, ClientSecret: k.config.ClientSecret,
		Endpoint: oauth2.Endpoint{TokenURL: placeholderURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	token, err := config.TokenSource(post.attach(ctx), &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil && misconfigured(err) {
		return nil, post.explain(err)
	}
	return token, nil
}

// takeRefresh returns the refresh token, once, if it still lives.
func (k *Keycloak) takeRefresh() string {
	refresh := k.refresh
	k.refresh = ""
	if !k.until.IsZero() && !time.Now().Before(k.until) {
		return ""
	}
	return refresh
}

// remember keeps the refresh token of this very answer: where it has none, oauth2 repeats the one that was sent.
func (k *Keycloak) remember(token *oauth2.Token) {
	refresh, _ := token.Extra("refresh_token").(string)
	k.refresh, k.until = refresh, time.Time{}
	if life := seconds(token.Extra("refresh_expires_in")); life > 0 {
		k.until = time.Now().Add(life)
	}
}

// seconds reads a number of seconds; 0 is none or one that is absurd.
func seconds(v any) time.Duration {
	var n float64
	switch v := v.(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	case string:
		n, _ = strconv.ParseFloat(v, 64)
	}
	const century = 100 * 365 * 24 * 3600
	if n > 0 && n < century {
		return time.Duration(n * float64(time.Second))
	}
	return 0
}

// ErrConfiguration is a cause of the error when Keycloak refuses the client itself.
var ErrConfiguration = errors.New("the token endpoint refuses the client: " +
	"check client id and secret, and that the client has a service account")

// misconfigured reports whether Keycloak refused the client and not just a token of its: by status and error code,
// never by error_description, whose texts change between versions.
func misconfigured(err error) bool {
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return false
	}
	return refusal.Response.StatusCode == http.StatusUnauthorized ||
		refusal.ErrorCode == "invalid_client" || refusal.ErrorCode == "unauthorized_client"
}

// placeholderURL stands in the requests that oauth2 builds: Endpoint knows the real one.
const placeholderURL = "https://token-endpoint.invalid"

// exchange is the http.RoundTripper of one token request. It keeps what oauth2 does not hand out.
type exchange struct {
	endpoint Endpoint
	request  TokenRequest
	answer   *Answer
	err      error
}

func (k *Keycloak) exchange(r TokenRequest) *exchange {
	return &exchange{endpoint: k.config.Endpoint, request: r}
}

// attach makes oauth2 send its request through e. A redirect never leads anywhere.
func (e *exchange) attach(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport:     e,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

// RoundTrip hands the form to the endpoint.
func (e *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	e.request.Form, e.err = io.ReadAll(req.Body)
	_ = req.Body.Close()
	if e.err != nil {
		return nil, e.err
	}
	if e.answer, e.err = e.endpoint(req.Context(), e.request); e.err != nil {
		return nil, e.err
	}
	header, body := e.answer.Header, e.answer.Body
	if uniform := uniform(body); uniform != nil {
		header, body = http.Header{"Content-Type": {"application/json"}}, uniform
	}
	return &http.Response{
		StatusCode: e.answer.StatusCode, Status: strconv.Itoa(e.answer.StatusCode),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}

// uniform returns the members of a token endpoint's JSON that count, in the types that oauth2 insists on: it gives up a
// good token because of a life of 299.5 seconds, and an error code because its description is no text. And what a server
// or a proxy calls text/plain it reads as a form. nil: raw is no JSON object.
func uniform(raw []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return nil
	}
	reply := make(map[string]any)
	for _, name := range [...]string{"access_token", "refresh_token", "error"} {
		var text string
		if json.Unmarshal(members[name], &text) == nil {
			reply[name] = text
		}
	}
	for _, name := range [...]string{"expires_in", "refresh_expires_in"} {
		var number any
		_ = json.Unmarshal(members[name], &number)
		if life := seconds(number); life > 0 {
			reply[name] = max(int64(life/time.Second), 1)
		}
	}
	body, _ := json.Marshal(reply)
	return body
}

// explain replaces oauth2's error, which holds the whole answer, by the vendor's.
func (e *exchange) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case e.err != nil:
		return e.err
	case e.answer == nil:
		return fmt.Errorf("token request: %w", presentable(err))
	case e.answer.StatusCode/100 == 2:
		return e.answer.Fail(parley.ErrDecode, unreadable(err))
	case misconfigured(err):
		return e.answer.Fail(ErrConfiguration)
	}
	return e.answer.Fail()
}

// unreadable says what is wrong with a 2xx without quoting it.
func unreadable(err error) error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return errors.New("it holds an error in place of a token: " + codeOf(refusal))
	}
	return errors.New("it holds no access_token")
}
