// Package aisera is a client of Aisera's Conversation API: messages over HTTP (Client.Send) and over WebSocket
// (Client.Dial).
//
// # First call
//
//	client, err := aisera.NewClient(aisera.Config{Tenant: "acme", Token: token, ChannelID: channel})
//	if err != nil {
//		return err
//	}
//	reply, err := client.Send(ctx, aisera.User{ID: "u-1", Email: "u-1@acme.example"}, aisera.Text("Reset my password"))
//	if err != nil {
//		return err
//	}
//	fmt.Println(reply.Text())
//
// A Client is safe for concurrent use, and one is enough for a program; a Conn belongs to one user.
//
// # Credentials
//
// Config.Token is the bearer token of an API channel, Config.ChannelID that channel's id, Config.Tenant the first label
// of the tenant's host (or Config.BaseURL the whole of it). Config.TokenSource takes any oauth2.TokenSource in place of
// Token. The token goes to the origins of the base URL and of Config.WebSocketURL, and nowhere else.
//
// # What the vendor says
//
// The API takes what a user says or does and answers with what it means to show; how to show it is up to the caller.
// The vendor's FAQ adds:
//
//   - An answer takes about 2 s. The HTTP API answers each request at once and whole; it does not stream.
//   - Several requests may be under way, but a user's messages are processed in the order in which they arrive, so send
//     one at a time.
//   - Only the history of the current session can be read (SessionHistory), and no earlier session can be resumed.
//   - Response.FollowUpID is to be sent back (Message.FollowUpID): that is how the client keeps the state.
//   - A reply's "score" is to be ignored. The answers of a reply stand in no hierarchy.
//   - A flow has ended when Mode says FlowCompleted. A live agent comes when the user says or chooses so; then the modes
//     begin with LiveAgent (Response.LiveAgent).
//
// # What is inferred
//
// The vendor publishes no sample of an HTTP request, no schema of a reply, no address of the WebSocket and nothing
// about its handshake. This package types what is documented, keeps every reply whole in Response.Raw, and leaves the
// rest to configuration. These are inferences, to be checked against your tenant:
//
//   - HTTP: that it is a POST; that Config.Token goes as "Authorization: Bearer"; that the body is flat, the members of a
//     frame's "data" beside userId, userEmail and channelId.
//   - Replies: that modeType, answers, followUpId and reqId stand at the top level, or in "data" or "header". The FAQ
//     says "in the response" in one place and "in the response header" in another. That a frame with the documented error
//     body and no mode is a failure.
//   - WebSocket: that it is plain WebSocket at all. Hints in the vendor's page would fit Socket.IO as well, which this
//     package does not speak: its frames would be errors that match ErrDecode. The address is Config.WebSocketURL, as
//     the vendor handed it out; headers and subprotocols of the handshake are in DialOptions, and no token is sent there
//     unless you put it there.
//   - That a server which echoes reqId does so in every frame of an answer, and that a frame without it answers the oldest
//     message where none is echoed. That StatusUpdate, StreamingInProgress and LiveAgentTyping do not end an answer. Whether
//     the parts of a streamed answer repeat or continue its text is unknown.
//   - Message.Type, whose place in the JSON is not shown, goes into "data". userId is also sent as userid over
//     WebSocket, because the samples have both spellings.
//   - Close codes 1008 and 4401 and the HTTP statuses 401 and 403 of a handshake are taken for a refusal of the
//     credentials.
//   - Where the codes ERR-001 to ERR-015 appear: they are recognised anywhere in the text of an error.
//   - That the capabilities in the vendor's samples (forms, no pop-ups) fit the caller: SubmitForm, SessionHistory, Reset,
//     Logout, GoBack and StartOver send them; set Message.Capabilities to say otherwise.
//
// # Errors
//
// An answer outside 2xx is an *Error; errors.Is matches it by class (ErrUnauthorized, ErrRateLimited, ...) and by code:
//
//	if errors.Is(err, aisera.CodeFulfillment) { ... }
//
// A failure can also come in-band, in a reply whose Mode is Error, ExternalSystemError or FormError: Response.Err makes
// an *Error of it. The first two are the error of Send and Ask as well, beside the reply. A FormError is not: it is a
// step of the dialogue, in which the user corrects the form.
//
// An error that matches ErrDeliveryUnknown says that the server may have acted on the message. Do not send it again
// blindly: the user would have said it twice. Nothing in this package does, unless Config.RetryNonIdempotent asks for
// it.
//
// # Retries
//
// A message that the server refused to take (429, or 503 with Retry-After), or that never left, is sent again over
// HTTP. After a 401, Config.TokenSource is asked again, and the message sent once more if the token changed. Over
// WebSocket nothing is sent again.
//
// Config.MaxRetries (2) bounds the attempts after the first, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60
// s) each attempt, and ctx the whole call. All calls of a client share a retry budget: while most calls fail, errors
// come at once and say "retry budget spent". Config.Hooks.OnAttempt and Config.Logger hear of every attempt over HTTP.
//
// # WebSocket
//
// A Conn belongs to one user. Ask sends a message and waits for the end of the answer, Exchange yields its parts on the
// way, and Send just sends. Everything that belongs to no running Exchange or Ask (answers to Send, live agents, slow
// flows, campaigns, heartbeats) is waiting in Receive, or is handed to DialOptions.OnUnsolicited. One of the two is
// needed: while 256 frames wait, the connection is not read, and after 10 s Ask and Exchange end with an error that
// says so. No frame is dropped.
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
// Where the server echoes request ids, an answer is told from another by its id, and never given to the wrong question.
// An id whose message was not answered yet is refused: after 30 s without an answer it can be used again. Where the
// server echoes no ids, answers are taken in the order of the messages, those of Send included (not while a live agent
// is there, who need not answer). For messages of Send, and those of an Exchange or Ask that was left, an answer is
// expected for 30 s. An answer that comes later may be taken for that to the next message, and so may any frame that
// comes unasked, for lack of anything that tells them apart. DialOptions.MatchByID excludes that for servers that are
// known to echo.
//
// A lost connection is made again, at random intervals of up to 500 ms at first and 30 s at last, to which a
// Retry-After of the server is added. What was written and not answered by then ends with ErrDeliveryUnknown. Nothing
// is written twice. A Send that finds no connection waits for it until its ctx ends, and the messages that wait keep
// their order. The ctx of a call ends that call only, never the connection. A server that is silent for 40 s is given
// up, and so is one that takes no byte of a message for 10 s.
//
// The funcs of DialOptions run beside the connection, each on a goroutine of its own, and may call any method of the
// Conn.
//
// In a browser (js/wasm) Dial uses the browser's WebSocket, which sends neither headers nor pings.
//
// # Tests
//
// Package aiseratest is a fake server for tests of your own, over both transports; its example shows one.
package aisera
