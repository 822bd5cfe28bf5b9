// Package auth puts the credential of a vendor on requests and refreshes it.
package auth

import (
	"context"
	"net/http"
)

// Authorizer puts a credential on requests. The transport calls it once per attempt and sends the request to the
// configured origin only. An Authorizer is safe for concurrent use.
type Authorizer interface {
	// Authorize puts the credential on req, in its header or its query. If it has no usable token, it waits for one. It
	// returns the token or key that it used, so that the SDK knows it even if a RoundTripper changes the request. When
	// Authorize fails, the request is not sent and not retried, because fetching a token has attempts of its own.
	Authorize(ctx context.Context, req *http.Request) (used string, err error)
	// Refresh is told that the server responded with 401 to a request that carried used. It returns true if the call
	// should be sent once more with a new credential. It returns an error if it could not get another token.
	Refresh(ctx context.Context, used string) (again bool, err error)
	// Redact replaces in text every secret that this credential has ever put on a request.
	Redact(text string) string
}

// TokenAuthorizer is an Authorizer whose credential is one bearer token. Protocols that do not send it in the header of
// a request, such as Aisera's WebSocket frames, ask for the token itself.
type TokenAuthorizer interface {
	Authorizer
	// Token returns the token to send now. If there is no valid token, it waits for one until ctx ends.
	Token(ctx context.Context) (string, error)
	// Invalidate is told that the server refused token in another way than by a response with 401. If token is still
	// the current one, the next call of Token gets another. Invalidate itself makes no request.
	Invalidate(token string)
}
