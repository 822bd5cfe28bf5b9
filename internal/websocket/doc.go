// Package websocket keeps a WebSocket session alive across lost connections. It and internal/testing/fakeserver are the
// only importers of nhooyr.io/websocket.
//
// A Session reads in a goroutine of its own, sends pings, and dials again when its connection is lost. Its parts are in
// these files:
//
//	session.go    the Session, its Config and its end
//	run.go        the reader's goroutine: it reads, reports a loss and dials again
//	turn.go       one message: written once, in the order of the calls, with a known outcome
//	conn.go       one connection, from its handshake to its end
//	counter.go    how much of a message was written
//	clock.go      the clock of the times that goroutines share
//	ping.go       pings, and how a dead peer is found
//	close.go      Close, which ends in bounded time
//	handshake.go  the handshake (handshake_js.go for browsers)
//
// Once Dial has returned, only this state changes:
//
//	state                   meaning                who may change it
//
//	Session.lock            right to write         its holder, which is one Turn at a time
//	Session.conn            connection in use      the reader's goroutine, and a Turn or ping whose write failed
//	Session.opened          conn may be set        the reader's goroutine; the holder of lock takes the token
//	Session.written         result of a write      the goroutine of the write; the Turn takes it before it ends
//	Session.err             reason for the end     Close, Fail and the reader's goroutine; the first, but Close counts
//	Session.over, done      reader has ended       the reader's goroutine
//	Session.heldSince       reader waits for room  the reader's goroutine
//	Session.heldUntil       reader last waited     the reader's goroutine
//	Session.stalledSince    reader waited too long the goroutine of the timer that the reader starts for a wait
//	conn.writing            a message is written   its holder, a Turn between Begin and the end of its write
//	conn.isCut              no timer, ping or wait whoever cuts the connection
//	conn.cause              reason for our end     a failed or stuck write, the pings and Fail; the first counts
//	frameCounter.left,
//	 data, closeSent        the frame              Write, which the library calls under its own lock
//	 progress, active       the message            the Turn that writes, and Write
//	 lastWrite, lastPing    times of writes        Write, and the Turn that writes
//	 received, open         bytes read, handshake  Read; the handshake sets open once
//
// Session.lock and conn.writing are two locks for this reason: a Turn may hold the first while it waits for a
// connection, and meanwhile the reader must take the second to be sure that the write on the lost connection has ended.
package websocket
