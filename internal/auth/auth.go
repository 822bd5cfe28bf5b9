// Package auth answers: whose credential is on the request, and how is it refreshed?
package auth

import (
	"context"
	"net/http"
)

// Authorizer puts a credential on requests. The transport calls it once per attempt and sends the request to the
// configured origin only. An Authorizer is safe for concurrent use.
type Authorizer interface {
	// Authorize puts the credential on req, in its header or its query, after waiting for a token if need be. It
	// returns the token or key that it used: the record of the SDK, which no RoundTripper can change. When Authorize
	// fails, the request is not sent and not retried, because fetching a token has attempts of its own.
	Authorize(ctx context.Context, req *http.Request) (used string, err error)
	// Refresh reports that the server responded with 401 to a request that carried used. It returns true if sending the
	// call once more, authorized anew, makes sense. An error means that no other token could be had.
	Refresh(ctx context.Context, used string) (again bool, err error)
	// Redact replaces in text every secret that this credential has ever put on a request.
	Redact(text string) string
}

// TokenAuthorizer is an Authorizer whose credential is one bearer token. Protocols that do not send it in the header of
// a request, such as Aisera's WebSocket frames, ask for the token itself.
type TokenAuthorizer interface {
	Authorizer
	// Token returns the token to send now. It waits until ctx ends for a token that lives.
	Token(ctx context.Context) (string, error)
	// Invalidate reports that the server refused token by other means than a response with 401. If token is still the
	// current one, the next call of Token gets another. Invalidate sends nothing itself.
	Invalidate(token string)
}
