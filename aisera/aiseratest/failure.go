package aiseratest

import "net/http"

// acts reports whether the server acts before f replaces its answer.
func acts(f Failure) bool { return f.After || f.AfterEvents > 0 || f.Cut != 0 }

// fail applies f in place of the replies to a frame that was read. It reports whether the connection goes on.
func (c *conn) fail(f Failure, replies []Reply, requestID string) bool {
	if f.AfterEvents > 0 && !c.write(replies[:min(f.AfterEvents, len(replies))], requestID) || !c.wait(f.Delay) {
		return false
	}
	switch {
	case f.Garbage != "":
		_ = c.peer.Write(c.ctx, []byte(f.Garbage))
		return false
	case f.Status >= 1000:
		c.end(f.Status, f.Body)
		return false
	case f.Reset, f.Cut != 0, f.AfterEvents > 0:
		return false
	case f.Status != 0:
		return f.Body == "" || c.peer.Write(c.ctx, []byte(f.Body)) == nil
	}
	return c.write(replies, requestID)
}

// isHandshake reports whether r opens a WebSocket.
func isHandshake(r Request) bool { return r.Method == http.MethodGet && r.Path == webSocketPath }

// isFrame reports whether r is a frame.
func isFrame(r Request) bool { return r.Method == "WS" }

// Fail makes the next n calls end as f says. Handshakes are calls too, unless f has After, because a handshake has no
// effect. Frames are calls only if f has After. The failure then happens after the frame was read and its message
// heard. FailNext can choose otherwise. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) {
	s.fake.FailMatching(n, func(r Request) bool {
		if acts(f) {
			return !isHandshake(r)
		}
		return !isFrame(r)
	}, f)
}

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true. It
// must not queue failures itself. A nil match accepts every call.
//
// A WebSocket frame is a Request with the Method "WS", the path and header of its handshake, and the frame as its Body.
// Its failure happens after it was read. A Status from 1000 on is a close code, and Body its reason. For any other
// Status the server sends Body as a frame in place of the answer, unless Body is empty, and the connection goes on.
// Reset and Cut cut the connection without a close frame. AfterEvents does so after that many frames of the answer.
// Garbage is sent as a frame before that.
func (s *Server) FailNext(match func(Request) bool, f Failure) {
	s.fake.FailNext(func(r Request) bool {
		if acts(f) && isHandshake(r) {
			return false
		}
		return match == nil || match(r)
	}, f)
}
