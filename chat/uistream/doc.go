// Package uistream serves conversations of package chat to web front ends, in the UI message stream of the AI SDK (v1),
// which useChat and assistant-ui speak. Versions 5.0.0 and later of the npm package ai can read it.
//
//	handler, err := uistream.NewHandler(uistream.Config{
//		Driver: raiachat.New(client, raiachat.Options{}),
//		User:   userOfSession,
//	})
//	mux.Handle("/api/chat", http.StripPrefix("/api/chat", handler))
//	mux.Handle("/api/chat/", http.StripPrefix("/api/chat", handler))
//
// A page's side of it is in docs/frontends.md of the repository.
//
// # Requests
//
//	POST /               says the last message of the user and streams the answer
//	GET  /{id}/stream    streams the answer under way from its start
//	GET  /{id}/events    streams unasked messages as server-sent events
//	GET  /{id}/messages  returns the messages of the conversation as JSON
//	POST /{id}/greeting  streams the agent's greeting
//	POST /{id}/human     asks for a human
//
// The id of a conversation has 1 to 64 letters, digits, "-" and "_". A conversation belongs to the user that
// Config.User returns, so another user's id is an unknown one. Responses outside 2xx have a text for people as body.
//
// POST / takes the JSON of DefaultChatTransport, or {id, message}, and trusts only the last message of the user in it.
// The message is said once for each of its ids. A repeat, and the trigger "regenerate-message", get the answer under
// way or the stored one. If the fate of the message is open, it is recovered, and said again only if the vendor does
// not have it. A message that was said cannot be edited (409). While another turn of the conversation runs, the request
// waits for Config.MaxWait at most.
//
// GET /{id}/stream responds 204 if no answer is under way. An answer whose readers had all left before its end is under
// way for another 30 seconds. With the query parameter message, the id of the last message of the user, an answer that
// has ended is streamed too.
//
// GET /{id}/events sends "message" events with a UI message, "status" events with a status, and a "failure" event
// before it ends because of a failure. The header Last-Event-ID, or the query parameter after, is the after of
// chat.Conversation.Events.
//
// GET /{id}/messages reads the vendor's history. Where the vendor shows no history, the Store remembers the last 200
// messages, at most a MiB of them. The answer under way is left out, because GET /{id}/stream has it from its start.
//
// # Streams
//
// A response has one message. Its "start" comes with the first part, so a page shows until then that it waits. Each
// message of the agent is a step. Text comes as it is made. A vendor that replaces its text gets it shown as
// "data-draft" until it is whole, because text cannot be taken back. Choices, cards, statuses and the words of others
// are data parts: "data-choices", "data-cards", "data-status", "data-message", "data-file". Parts of the vendor's
// stream pass with those members that ai 5.0.0 knows, and as "data-vendor" if it does not know their type.
//
// A response ends with "finish", whose metadata say how (chat.Event.Finish), or with "data-error" and "error". The data
// are {class, action, said, message, retryAfter}: a class of failure, the action that a page should offer ("retry",
// "wait", "edit" or "none"), whether the vendor has the message ("yes", "no" or "unknown"), a text for people and
// seconds. The classes are "not-delivered", "answer-failed", "timeout", "truncated", "delivery-unknown",
// "rate-limited", "invalid", "unsupported", "busy", "answered", "shutdown" and "unavailable". "data-notice" tells the
// same of the message before, if its fate was open. A connection that is cut means that the turn goes on elsewhere or
// later, and that the page should come back.
//
// # Turns and replicas
//
// A turn goes on when its client leaves. It runs under the Lease of its conversation, and any number of readers on any
// replica read its response. Before a message is sent its intent is saved, and the message is not sent if that fails.
// If the replica dies or loses its lease, the next request on any replica recovers the message.
// Config.MaxTurns limits the turns of a user. Without a Tailer, other replicas see an answer when it is whole.
//
// Handler.Shutdown waits for the running turns, and gives them up when its context ends.
//
// # Security
//
// A page of another origin can use the Handler only if Config.Origins names it: a POST needs the content type
// application/json, and http.CrossOriginProtection refuses other sites. It compares the Host header where a browser
// sends no Sec-Fetch-Site, so a proxy has to pass Host on. Links with schemes such as javascript are left out. Texts of
// vendors' errors reach no page. A Record in the Store holds texts of the user and the agent.
package uistream
