package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// endpoint holds the URL and the header that a hand-written client prepares once.
type endpoint struct {
	client *http.Client
	method string
	url    url.URL
	header http.Header
}

func newEndpoint(p *Target, method, path string, header ...string) (*endpoint, error) {
	target, err := url.Parse(p.URL + path)
	if err != nil {
		return nil, err
	}
	e := &endpoint{client: p.Client, method: method, url: *target, header: http.Header{
		"User-Agent": {"floor"}, "Accept": {"application/json"},
	}}
	for i := 0; i < len(header); i += 2 {
		e.header.Set(header[i], header[i+1])
	}
	return e, nil
}

// request returns a request with the prepared URL and header.
func (e *endpoint) request(ctx context.Context, query string) *http.Request {
	target := e.url
	target.RawQuery = query
	header := make(http.Header, len(e.header)+2)
	for name, values := range e.header {
		header[name] = values
	}
	r := &http.Request{
		Method: e.method, URL: &target, Host: target.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1,
	}
	return r.WithContext(ctx)
}

// send sends body and returns the response.
func (e *endpoint) send(ctx context.Context, contentType string, body []byte) (*http.Response, error) {
	r := e.request(ctx, e.url.RawQuery)
	r.Header.Set("Content-Type", contentType)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return e.do(r)
}

func (e *endpoint) do(r *http.Request) (*http.Response, error) {
	resp, err := e.client.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return resp, nil
}

// post makes one JSON call: json.Marshal, one read into memory of the right size, json.Unmarshal.
func (e *endpoint) post(ctx context.Context, in, out any) error {
	payload, err := json.Marshal(in)
	if err != nil {
		return err
	}
	resp, err := e.send(ctx, "application/json", payload)
	if err != nil {
		return err
	}
	_, err = take(resp, nil, out)
	return err
}

// take reads the response into buf, or into a new buffer of its size, and decodes it.
func take(resp *http.Response, buf []byte, out any) ([]byte, error) {
	defer resp.Body.Close()
	n := int(resp.ContentLength)
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if _, err := io.ReadFull(resp.Body, buf); err != nil {
		return buf, err
	}
	return buf, json.Unmarshal(buf, out)
}
