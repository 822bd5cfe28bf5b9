package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// standing is what an attempt that did not succeed says about the server: may the call go out again, and did it act?
type standing int

const (
	// final: trying again is of no use, and the server did not act.
	final standing = iota
	// refused: the server did not act and may be asked again, whatever the operation.
	refused
	// uncertain: the server may have acted, so only an idempotent call goes out again.
	uncertain
	// acted: the server did act, and answered something that is of no use.
	acted
)

// again reports whether a call whose attempt stands so may be sent once more.
func (s standing) again(idempotent, unsafe bool) bool {
	return s == refused || s == uncertain && (idempotent || unsafe)
}

// unknown reports whether the caller must be told that the server may have acted. An idempotent call never needs that.
func (s standing) unknown(idempotent bool) bool {
	return !idempotent && (s == uncertain || s == acted)
}

// judgeStatus judges an answer outside 2xx; retryAfter: it names a wait.
func judgeStatus(status int, retryAfter bool) standing {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && retryAfter:
		return refused
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return final
	case status == http.StatusRequestTimeout, status >= 500:
		return uncertain
	case status == http.StatusSeeOther:
		return acted
	}
	return final
}

// judgeError judges an attempt that brought no whole answer; sent is what httptrace says of its request.
func judgeError(err error, sent delivery) standing {
	switch {
	case permanent(err):
		return final
	case sent == neverSent:
		return refused
	}
	return uncertain
}

// permanent reports whether err comes before anything is sent and will come again: an untrusted certificate, a name that
// does not exist, a server that does not speak TLS.
func permanent(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	return errors.Is(err, http.ErrSchemeMismatch)
}
