// Package parley is the shared half of typed clients for four vendors of conversational AI. It holds the classes of
// errors, the options of a single call, the hooks for telemetry, and the types that occur at every vendor.
//
// A program imports the package of its vendor:
//
//   - [github.com/seed-127a5941/parley/aisera]: Aisera, over HTTP and over a WebSocket that reconnects.
//   - [github.com/seed-127a5941/parley/raia]: raia, with answers at once or polled, files, prompts and agents.
//   - [github.com/seed-127a5941/parley/siteassist]: SiteAssist, with streamed answers, search and projects.
//   - [github.com/seed-127a5941/parley/syntphony]: Syntphony CAI, with text and audio turns and Keycloak tokens.
//
// It imports this package where it handles several vendors alike, or where it sets an option, a hook or a token store.
// Each vendor package declares the classes of errors under the same names, so that raia.ErrNotFound and
// parley.ErrNotFound are one value.
//
// # Errors
//
// Every error of a call says which operation failed, what happened, and how many requests were on the wire. It shows no
// credential, no query and no body. Match its classes with errors.Is. They combine: a call whose attempt timed out
// after the message had left matches ErrAttemptTimeout, context.DeadlineExceeded and ErrDeliveryUnknown.
//
// One question decides what a program may do next: may the vendor have acted on the call?
//
//	switch {
//	case errors.Is(err, parley.ErrAnswerFailed):
//		// The vendor has the message and could not answer it. Do not send it again.
//	case errors.Is(err, parley.ErrDeliveryUnknown):
//		// The vendor may have the message. Sending it again may say it twice.
//	case errors.Is(err, parley.ErrNotSent):
//		// No request reached the vendor. Sending it again is safe.
//	case errors.Is(err, parley.ErrRateLimited), errors.Is(err, parley.ErrServer):
//		// The vendor refused the message. Send it after InfoOf's RetryAfter.
//	}
//
// The order of the cases matters, because ErrAnswerFailed can come with ErrDeliveryUnknown, and a 5xx response comes
// with ErrDeliveryUnknown unless it is a 503 that says how long to wait. Sending a message again is safe in the last
// two cases, but it need not help. A program gives up first when its context has ended, and when the error matches
// ErrUnauthorized, ErrForbidden or ErrInvalidArgument, and it bounds the rest.
//
// InfoOf returns the same as fields, for all vendors in one form. Its Delivery answers the question above, and its
// StatusCode, Code, RequestID, RetryAfter and Attempts serve logs and metrics.
//
// An error response, and a 2xx response whose body cannot be used, is an *Error of the vendor package. It has the
// vendor's details and the beginning of the body.
//
// # Retries
//
// An operation that only reads, replaces or deletes is retried when the connection or the server fails. An operation
// that speaks, creates or rates is retried only where it is proved that the vendor did not act: the request never left,
// HTTP/2 says that it was not processed, or the vendor refused it with 429, or with 503 and Retry-After. Otherwise the
// call returns an error that matches ErrDeliveryUnknown.
//
// Config.MaxRetries bounds the retries, Config.MaxRetryWait each wait, Config.Timeout each attempt, and the context the
// whole call. The calls of a client share a retry budget, so that a vendor that is down does not get several times the
// traffic. A call whose retry was not made for that reason matches ErrRetryBudget.
//
// A program that looks whether a message arrived before it sends the message again must wait first, for longer than the
// vendor takes to answer, because until then absence proves nothing. A message that is not there by then may still
// arrive, so no wait proves everything. Conversation.Recover of package chat waits and looks.
//
// # Options of one call
//
// A context carries options to the calls that are made with it, so that iterators, polls and sessions take them too:
//
//	ctx = parley.WithAttemptTimeout(ctx, 5*time.Second)
//	ctx = parley.WithMaxRetries(ctx, 0)
//	ctx = parley.WithHeader(ctx, "X-Tenant", "eu")
//	ctx = parley.WithResponse(ctx, func(r parley.Response) { log.Print(r.StatusCode, r.RequestID) })
//
// The innermost value counts, then that of the Config, then the default. Headers add up. The options never reach
// requests for tokens and sessions, uploads to signed URLs, or redirects.
//
// # Telemetry
//
// Config.Hooks observes calls and attempts, and wraps the transport for tracing without giving up the SDK's connection
// pool. JoinHooks combines several. Config.Logger gets a record of each attempt. OnCall, OnAttempt and the Logger see
// no credential, no query and no body. A RoundTripper of WrapTransport sees all of them.
//
// # Several replicas
//
// A TokenStore shares Syntphony's tokens and SiteAssist's visitor sessions between the replicas of a service. The
// examples of this package show one, and a retry loop and hooks too.
package parley
