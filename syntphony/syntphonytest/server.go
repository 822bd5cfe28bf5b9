// Package syntphonytest is a fake of Syntphony CAI for tests: a Keycloak token endpoint and a broker on loopback, in
// memory. Its clients need no network and no account:
//
//	server := syntphonytest.NewServer()
//	defer server.Close()
//	client, err := syntphony.NewClient(server.Config())
//
// It checks token, API key, ids and headers as the vendor does, keeps sessions and their open context, and answers each
// turn with an echo unless Answer sets another answer. Fail and FailNext make calls fail, before or after the agent
// heard the turn. Ledger returns the turns that it heard.
//
// The vendor does not publish the following, so it is the fake's choice:
//   - An unknown session code is refused with 404, a second satisfaction with 409, a rating of an unknown interaction
//     with 404, and a wrong API key or id with 403. A turn in an expired session begins a new session
//     (RefuseExpiredSessions).
//   - The body of an error is {"message": "..."}.
//   - The members of a file answer are "url" and "fileName".
//   - A turn that ends with 460 to 463 has changed the session, see Documented.
package syntphonytest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
)

// Request is one request as it arrived. Its fields: Method, Path (escaped, without the query), Query, Header and Body.
type Request = fakeserver.Request

// Failure describes how a call fails in place of its response. The zero value has no effect. Its fields:
//
//   - Status, Header, Body: the response that the call gets. If Status is 0, they are ignored.
//   - Reset: the connection is reset after the request was read, in place of a response.
//   - Garbage: these bytes are written in place of an HTTP response, and the connection is closed.
//   - Delay: the wait before the response. Without After the server waits before it acts, and a request whose client
//     has left by then has no effect.
//   - After: the server acts first, and the failure replaces its response. If the message is sent again, the Ledger
//     then holds it twice.
//   - Cut: the connection is closed after that many bytes of the body, or after the header if it is negative.
//   - AfterEvents: an event stream ends after that many events.
type Failure = fakeserver.Failure

// Action is an action of the server, whether or not its response arrived. Its fields: Time, Operation (method and path
// template), Conversation, User and Text.
type Action = fakeserver.Action

// These are the ids of the fake's only agent and the credentials of its only client. All values are made up.
const (
	orgID        = "0a000000-0000-4000-8000-000000000001"
	envID        = "0e000000-0000-4000-8000-000000000002"
	botID        = "0b000000-0000-4000-8000-000000000003"
	channelID    = "0c000000-0000-4000-8000-000000000004"
	channelName  = "fake-channel"
	apiKey       = "fake-api-key"
	realm        = "fake-organization"
	clientID     = "fake-client"
	clientSecret = "fake-client-secret"
)

// ChannelName is the name of the fake's channel, for the deprecated URL.
const ChannelName = channelName

// Server is a fake Keycloak and a fake broker at one address. It is safe for concurrent use.
type Server struct {
	server   *fakeserver.Server // listens, and records requests
	keycloak *keycloak
	broker   *brokerState
}

func newServer() *Server {
	s := &Server{keycloak: newKeycloak()}
	s.broker = newBrokerState(func(a Action) { s.server.Act(a) })
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth/realms/"+realm+"/protocol/openid-connect/token", s.keycloak.serve)
	const broker = "POST /eva-broker/org/{org}/env/{env}/"
	mux.HandleFunc(broker+"bot/{bot}/channel/{channel}/v1/conversations", s.guard(s.broker.converse))
	mux.HandleFunc(broker+"bot/{bot}/channel/{channel}/v1/conversations/{session}", s.guard(s.broker.converse))
	mux.HandleFunc(broker+"bot/{bot}/conversations", s.guard(s.broker.converseByName))
	mux.HandleFunc(broker+"bot/{bot}/conversations/{session}", s.guard(s.broker.converseByName))
	mux.HandleFunc(broker+"bot/{bot}/conversations/{session}/satisfactions", s.guard(s.broker.satisfaction))
	mux.HandleFunc(broker+"likable", s.guard(s.broker.rate))
	s.server = fakeserver.Unstarted(mux)
	return s
}

// Config returns a Config for NewClient: Keycloak, one agent and the locale "en-US".
func (s *Server) Config() syntphony.Config {
	return syntphony.Config{
		BaseURL: s.server.URL() + "/eva-broker",
		OrgID:   orgID, EnvID: envID, BotID: botID, ChannelID: channelID, APIKey: apiKey, Locale: "en-US",
		Keycloak: syntphony.Keycloak{
			URL: s.server.URL(), Realm: realm, ClientID: clientID, ClientSecret: clientSecret,
		},
	}
}

// Requests returns the requests that arrived so far, in order, token requests included.
func (s *Server) Requests() []Request { return s.server.Requests() }

// TokenRequests returns those of Requests that went to the token endpoint.
func (s *Server) TokenRequests() []Request {
	return slices.DeleteFunc(s.Requests(), isBrokerRequest)
}

// BrokerRequests returns those of Requests that went to the broker.
func (s *Server) BrokerRequests() []Request {
	return slices.DeleteFunc(s.Requests(), isTokenRequest)
}

// Fail makes the next n calls of the broker end as f says. Token requests are not counted. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) { s.server.FailMatching(n, isBrokerRequest, f) }

// FailToken makes the next n token requests end as f says. Calls of FailToken add up.
func (s *Server) FailToken(n int, f Failure) { s.server.FailMatching(n, isTokenRequest, f) }

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true. It
// must not queue failures itself. A nil match accepts every request, token requests included.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.server.FailNext(match, f) }

// Ledger returns the calls on which the server acted so far, in order: turns, ratings and satisfactions. A message that
// was sent twice and heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.server.Ledger() }

// Close ends the server and its connections. It waits for the responses that are being made. It may be called more than
// once.
func (s *Server) Close() { s.server.Close() }

func isTokenRequest(r Request) bool {
	return strings.HasSuffix(r.Path, "/protocol/openid-connect/token")
}

func isBrokerRequest(r Request) bool { return !isTokenRequest(r) }
