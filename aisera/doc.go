// Package aisera is a client of Aisera's Conversation API: messages over HTTP (Client.Send) and over WebSocket
// (Client.Dial).
//
// # First call
//
//	client, err := aisera.NewClient(aisera.Config{Tenant: "acme", Token: token, ChannelID: channel})
//	if err != nil {
//		return err
//	}
//	user := aisera.User{ID: "u-1", Email: "u-1@acme.example"}
//	reply, err := client.Send(ctx, user, aisera.Text("Reset my password"))
//	if err != nil {
//		return err
//	}
//	fmt.Println(reply.Text())
//
// A Client is safe for concurrent use, and a program needs only one. A Conn belongs to one user.
//
// # Credentials
//
// Config.Token is the bearer token of an API channel, Config.ChannelID that channel's id, and Config.Tenant the first
// label of the tenant's host (or Config.BaseURL the whole of it). Config.TokenSource takes any oauth2.TokenSource in
// place of Token. The token goes only to the origins of the base URL and of Config.WebSocketURL.
//
// # Facts from the vendor
//
// The API takes the words and actions of a user and answers with content to show. How to show it is up to the caller.
// The vendor's FAQ adds:
//
//   - An answer takes about 2 s. The HTTP API answers each request at once and does not stream.
//   - Several requests may run at a time, but a user's messages are processed in the order of their arrival, so send
//     one at a time.
//   - Only the history of the current session can be read (SessionHistory), and no earlier session can be resumed.
//   - Response.FollowUpID is to be sent back (Message.FollowUpID). That is how the client keeps the state.
//   - A reply's "score" is to be ignored. The answers of a reply have no hierarchy.
//   - A flow has ended when Mode says FlowCompleted. A live agent comes when the user asks for one. The modes then
//     begin with LiveAgent (Response.LiveAgent).
//
// # Inferences
//
// The vendor publishes no sample of an HTTP request, no schema of a reply, no address of the WebSocket and no
// description of its handshake. This package types the documented members, keeps every reply whole in Response.Raw, and
// leaves the rest to configuration. These are inferences, to be checked against your tenant:
//
//   - HTTP requests are a POST. Config.Token is sent as "Authorization: Bearer". The body is flat: the members of a
//     frame's "data" beside userId, userEmail and channelId.
//   - The members modeType, answers, followUpId and reqId of a reply are at the top level, or in "data" or "header".
//     The FAQ says "in the response" in one place and "in the response header" in another. A frame with the documented
//     error body and without a mode is a failure.
//   - The WebSocket is a plain WebSocket. Hints in the vendor's page would fit Socket.IO as well, which this package
//     does not speak. Its frames would be errors that match ErrDecode. The vendor hands the address out
//     (Config.WebSocketURL). DialOptions holds headers and subprotocols of the handshake. The handshake carries no
//     token unless you put one there.
//   - A server that echoes reqId does so in every frame of an answer. If it does not echo any, a frame answers the
//     oldest message. StatusUpdate, StreamingInProgress and LiveAgentTyping do not end an answer. Whether the parts of
//     a streamed answer repeat or continue its text is unknown.
//   - Message.Type goes into "data", because its place in the JSON is not shown. userId is also sent as userid over
//     WebSocket, because the samples have both spellings.
//   - Close codes 1008 and 4401 and the HTTP statuses 401 and 403 of a handshake mean that the credentials are refused.
//   - The codes ERR-001 to ERR-015 may appear anywhere in the text of an error.
//   - The capabilities in the vendor's samples (forms, no pop-ups) fit the caller. SubmitForm, SessionHistory, Reset,
//     Logout, GoBack and StartOver send them. Set Message.Capabilities for others.
//
// # Errors
//
// A response outside 2xx is an *Error. errors.Is matches it by class (ErrUnauthorized, ErrRateLimited, ...) and by
// code:
//
//	if errors.Is(err, aisera.CodeFulfillment) { ... }
//
// A failure can also come in-band, in a reply whose Mode is Error, ExternalSystemError or FormError. Response.Err makes
// an *Error of it. For the first two, Send and Ask return that error together with the reply. A FormError is not an
// error of theirs, because it is a step of the dialogue, in which the user corrects the form.
//
// An error that matches ErrDeliveryUnknown says that the server may have acted on the message. Do not send it again
// blindly, because the user could then have said it twice. This package does so only if Config.RetryNonIdempotent asks
// for it.
//
// # Retries
//
// A message that the server refused to take (429, or 503 with Retry-After), or that never left, is sent again over
// HTTP. After a 401, Config.TokenSource is called again, and the message is sent once more if the token changed. Over
// WebSocket no message is sent again.
//
// Config.MaxRetries (2) bounds the attempts after the first, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60
// s) each attempt, and ctx the whole call. All calls of a client share a retry budget: while most calls fail, errors
// come at once and say "retry budget spent". Config.Hooks.OnAttempt and Config.Logger observe every attempt over HTTP.
//
// # WebSocket
//
// A Conn belongs to one user. Ask sends a message and waits for the end of the answer, Exchange yields its parts on the
// way, and Send does not wait for an answer. All frames that belong to no running Exchange or Ask (answers to Send,
// live agents, slow flows, campaigns, heartbeats) go to Receive, or to DialOptions.OnUnsolicited if that is set. The
// caller must use one of the two. While 256 frames wait, the connection is not read, and after 10 s Ask and Exchange
// end with an error that says so. No frame is dropped.
//
//	conn, err := client.Dial(ctx, user, aisera.DialOptions{OnUnsolicited: show})
//	if err != nil {
//		return err
//	}
//	defer conn.Close()
//	for part, err := range conn.Exchange(ctx, aisera.Text("What is our travel policy?")) {
//		if err != nil {
//			return err // the answer is not whole
//		}
//		show(part)
//	}
//
// If the server echoes request ids, an answer is told from another by its id, and never given to the wrong question. An
// id whose message was not answered yet is refused. After 30 s without an answer it can be used again. If the server
// echoes no ids, answers are taken in the order of the messages, those of Send included. While a live agent is there,
// messages of Send do not count, because the agent need not answer them. Those before the agent joined or left do not
// count from then on. For messages of Send, and those of an Exchange or Ask that was left, an answer is
// expected for 30 s. A later answer may be taken for the answer to the next message, and so may any unsolicited frame,
// because they cannot be told apart. For a server that is known to echo ids, DialOptions.MatchByID excludes that.
//
// The Conn reconnects after random waits of up to 500 ms at first and up to 30 s later. If the server sends a
// Retry-After, that is added. A message that was written and not answered when the connection was lost ends with
// ErrDeliveryUnknown. No message is written twice. A Send that finds no connection waits for one until its ctx ends,
// and waiting messages keep their order. The ctx of a call ends only that call, never the connection. A server that is
// silent for 40 s is given up, and so is one that takes no byte of a message for 10 s.
//
// The funcs of DialOptions run beside the connection, each on a goroutine of its own, and may call any method of the
// Conn.
//
// In a browser (js/wasm) Dial uses the browser's WebSocket, which sends neither headers nor pings.
//
// # Tests
//
// Package aiseratest is a fake server for your own tests, over HTTP and WebSocket. It has an example.
package aisera
