package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// IsPermanent reports whether err came before a request could be sent and will come again: an untrusted certificate, a
// host name that does not exist, or a server that does not speak TLS.
func IsPermanent(err error) bool {
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
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	return errors.Is(err, http.ErrSchemeMismatch)
}

// handshakeAlerts are the texts of the TLS alerts with which a server refuses a handshake. Under TLS 1.3 the refusal of
// a client certificate comes after the client has begun to write, but no server takes a request before it has accepted
// the certificate.
var handshakeAlerts = []string{
	"tls: handshake failure", "tls: bad certificate", "tls: unsupported certificate", "tls: revoked certificate",
	"tls: expired certificate", "tls: unknown certificate", "tls: unknown certificate authority", "tls: access denied",
	"tls: protocol version not supported", "tls: insufficient security level", "tls: certificate required",
	"tls: unrecognized name", "tls: no application protocol", "tls: illegal parameter",
}

// isRefusedHandshake reports whether the server refused the TLS handshake with an alert.
func isRefusedHandshake(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" && op.Err != nil && slices.Contains(handshakeAlerts, op.Err.Error())
}

// proxyError says that a proxy refused, or may have refused, to connect to the server.
type proxyError struct {
	text   string
	status int   // of the proxy's response; 0 if it is not known
	err    error // the error of net/http; nil if it came from checkConnect
}

func (e *proxyError) Error() string { return e.text }
func (e *proxyError) Unwrap() error { return e.err }

// final reports whether the proxy would refuse the next attempt too.
func (e *proxyError) final() bool { return e.status != 0 && e.status < 500 }

// checkConnect is called by the SDK's own pool with a proxy's response to CONNECT. It keeps the status for the error.
func checkConnect(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
	if r.StatusCode == http.StatusOK {
		return nil
	}
	text := strings.TrimSpace(strconv.Itoa(r.StatusCode) + " " + http.StatusText(r.StatusCode))
	return &proxyError{text: "the proxy refused to connect: " + text, status: r.StatusCode}
}

// explainConnect names the proxy in an error that may come from one. For a Transport of the user, net/http makes a
// plain error of the proxy's reason phrase and says no more. err ended a request to target before it had a connection.
func explainConnect(err error, base http.RoundTripper, target *url.URL) error {
	t, ok := base.(*http.Transport)
	if !ok || t.Proxy == nil || target.Scheme != "https" {
		return err
	}
	inner := err
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // the one that http.Client wraps around each error
		inner = u.Err
	}
	if _, wraps := inner.(interface{ Unwrap() error }); wraps || inner == nil || isNetwork(inner) {
		return err
	}
	return &proxyError{text: "proxy or network: " + inner.Error(), status: statusOfText(inner.Error()), err: err}
}

// isNetwork reports whether err itself says that it comes from the network and not from a proxy.
func isNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok || IsPermanent(err)
}

// statusOfText returns the status whose usual reason phrase is text, or 0 if text is no such phrase.
func statusOfText(text string) int {
	for status := http.StatusMultipleChoices; status < 600; status++ {
		if text != "" && http.StatusText(status) == text {
			return status
		}
	}
	return 0
}

// proxyFuncFailed reports whether err comes from the Proxy function of the user's Transport. net/http returns that
// error as it is and calls no hook before, so proxyFuncFailed calls the function once more. The same error is the
// proof.
func proxyFuncFailed(err error, base http.RoundTripper, r *http.Request) bool {
	t, ok := base.(*http.Transport)
	if !ok || t.Proxy == nil || r == nil {
		return false
	}
	_, again := t.Proxy(r)
	return again != nil && (errors.Is(err, again) || strings.HasSuffix(err.Error(), again.Error()))
}
