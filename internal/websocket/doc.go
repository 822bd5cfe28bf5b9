// Package websocket keeps a WebSocket session alive over connections that come and go. It and
// internal/testing/fakeserver are the only importers of nhooyr.io/websocket.
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
//	state                   meaning               who may change it
//
//	Session.lock            who may write         its holder, the one Turn that is handed out
//	Session.conn            connection in use     the reader's goroutine; a Turn or a ping whose write failed clears it
//	Session.opened          conn may be set       the reader's goroutine; the holder of lock takes the token
//	Session.err             why it ended          Close, Fail and the reader's goroutine; the first counts, but for Close
//	Session.done            reader has ended      the reader's goroutine
//	Session.heldSince       reader waits for room the reader's goroutine
//	Session.heldUntil       reader last waited    the reader's goroutine
//	conn.writing            a message is written  its holder, a Turn between Begin and the end of its write
//	conn.cause              why we ended it       a failed write, a stuck one, the pings and Fail; the first counts
//	frameCounter.left,
//	 data, closeSent        the frame             Write, which the library calls under its own lock
//	 progress, active       the message           the Turn that writes, and Write
//	 lastWrite, lastPing    when written          Write, and the Turn that writes
//	 received, open         what was read         Read; open is set once, by the handshake
//
// Session.lock and conn.writing are separate because a Turn may wait for a connection, and the reader must be able to
// establish meanwhile that no write goes on over the one that was lost.
package websocket
