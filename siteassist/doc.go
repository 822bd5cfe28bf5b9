// Package siteassist is a client of SiteAssist's developer API, version 2: assistants that answer the visitors of a
// site.
//
// # First call
//
// A back end opens a visitor's session with the publishable key of its project and an id that stays with the visitor:
//
//	client, err := siteassist.NewClient(siteassist.Config{PublishableKey: key, DeviceID: visitorID})
//	if err != nil {
//		return err
//	}
//	conversation, err := client.Conversations.Start(ctx, siteassist.StartConversationParams{})
//	if err != nil {
//		return err
//	}
//	stream, err := client.Messages.Stream(ctx, conversation.ID, siteassist.SendMessageParams{Content: "Hello"})
//	if err != nil {
//		return err
//	}
//	for chunk, err := range stream.Chunks() {
//		if err != nil {
//			return err // the answer is not whole
//		}
//		if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
//			fmt.Print(delta.Delta)
//		}
//	}
//
// Client.ForVisitor returns a client for another visitor. All clients that come from one share its connections, retry
// budget and settings, and all are safe for concurrent use.
//
// # Credentials
//
// Config.Token is a session token that was opened elsewhere with Identity.Init or, on a server, a private key.
// Config.TokenSource provides tokens in its place. Without either, PublishableKey and DeviceID open a session at the
// first call that needs one. The client keeps it until the server responds with 401, opens another one for the same
// visitor, and sends the call again. However many calls wait, one session is opened. However many calls are refused, at
// most one is opened a second.
//
// Search.Query and Projects.GetCurrent send the publishable key in their query. No error and no log record shows it.
// All other operations send the bearer token. The vendor does not document whether a private key serves for the
// operations of a visitor, or a visitor's session for Completions. The client sends the token that it has.
//
// # Answers
//
// Messages.Send waits for the whole answer. Messages.Stream returns it while it is made. If a human agent handles the
// conversation, SendResult.Queued and Stream.Queued say so. Conversations.Events yields the agent's words as they come,
// and Messages.List finds them later. Completions answer without a conversation.
//
// A Stream proves that an answer is whole: it ends without an error only after the event [DONE], or after a finish
// chunk that no further part follows. If the body is cut, reset or silent for Config.StreamIdleTimeout, or the server
// aborts, the error matches ErrTruncated, and the text that came is not the answer. If the server says that the answer
// failed, the error matches ErrAnswerFailed. Stream.FinishReason tells whether the model itself ended early, and
// Stream.Message collects the reasoning, tool calls, sources and files beside the text. Range over Chunks once, or call
// Text, or Close the stream. Each frees the connection. Config.Timeout ends with the headers of a stream, so it does
// not cut a long answer. The Timeout of an http.Client of your own does cut it.
//
// Chunks and parts of messages are sealed interfaces. Each keeps its bytes and encodes back to them. A type that is
// unknown here is an *UnknownChunk or *UnknownPart. Text is Markdown, whose citations are reference links. json.Marshal
// compacts JSON and escapes <, > and & in it. MarshalJSON and an encoder with SetEscapeHTML(false) do not escape.
//
// # Errors
//
// A response outside 2xx is an *Error with the vendor's code, message and details. Match classes and codes:
//
//	errors.Is(err, siteassist.ErrNotFound)
//	errors.Is(err, siteassist.CodeConversationNotFound)
//
// ErrDeliveryUnknown means that the server may have acted, so do not send the message again blindly. Messages.List
// shows a message that arrived. That it is absent proves nothing until a wait has passed, because the request may still
// be on its way. Conversation.Recover of package chat waits and looks. A stream that failed matches the error too.
// ErrInvalidArgument means that the call was refused before it was sent.
//
// # Retries
//
// Reading, opening a session and closing a conversation may reach the server more than once. They are retried after a
// lost connection, a timeout and a 5xx. Starting a conversation, sending, streaming and rating are retried only if they
// provably did not reach the server, or if the server refused them: with 429, with 503 and a wait, or with 401 and a
// session to open again. A wait that the server asks for, in the header Retry-After or in error.details.retryAfter
// (taken for seconds), is kept if it is at most Config.MaxRetryWait. A 429 may also be a spent quota, which no code
// tells apart.
//
// Config.MaxRetries (2) bounds the attempts after the first, Config.MaxRetryWait (30 s) each wait, Config.Timeout (60
// s) each attempt, and ctx the whole call. All calls of a client and its visitors share a retry budget: while most
// calls fail, errors come at once and say "retry budget spent". Config.Hooks and Config.Logger observe every attempt.
//
// # Facts that the vendor leaves open
//
// The vendor does not document the life of a session, how it ends a stream, the schema of a completion, which chunks
// and parts occur, rate limits, request ids, and the status of a queued message. Where a fact is known only from the
// vendor's widget or from the AI SDK, its comment says so. The WebSocket behind Conversations.Events is known only from
// the widget.
//
// # Tests
//
// Package siteassisttest is a fake server for your own tests. It has an example.
package siteassist
