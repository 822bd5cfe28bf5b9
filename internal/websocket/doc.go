// Package websocket keeps a WebSocket session alive over connections that come and go. It and internal/testing/fakeserver
// are the only importers of nhooyr.io/websocket.
//
// A Session reads in a goroutine of its own, pings, and dials again when its connection is lost. These files answer:
//
//	session.go    what is a Session, and how does it end?
//	run.go        how does the reader's goroutine read, report a loss and dial again?
//	turn.go       how is a message written once, in the order of the calls, and what is known of it afterwards?
//	conn.go       what is one connection, from its handshake to its end?
//	counter.go    how much of a message was written?
//	ping.go       when is a peer given up?
//	close.go      how does Close end in time?
//	handshake.go  how is a connection made? (handshake_js.go for browsers)
//
// The package has this state. Everything else is constant once Dial has returned.
//
//	Session.lock       who may write      its holder: the one Turn that Acquire has handed out and Release has not returned
//	Session.conn       connection in use  the reader's goroutine sets and clears it; a Turn whose write failed clears it
//	Session.err        why it ended       Close, Fail and the reader's goroutine, the first of them; Close replaces it
//	Session.heldSince  reader waits       the reader's goroutine
//	Session.heldUntil  reader last waited the reader's goroutine
//	Session.done       reader has ended   the reader's goroutine
//	conn.writing       a write goes on    its holder: a Turn between Begin and the end of its write
//	conn.cause         why we ended it    who ends the connection: a failed write, the pings, Fail; the first of them
//	frameCounter.left, data, closeSent    Write, which the library calls under its own lock
//	frameCounter.progress, active         the Turn that writes, and Write
//	frameCounter.received, lastWrite      Read and Write
//
// Session.lock and conn.writing are separate because a Turn may wait for a connection, and the reader must be able to
// establish meanwhile that no write goes on over the one that was lost.
package websocket
