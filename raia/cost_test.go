package raia

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sentReply is the vendor's sample, of about 700 bytes.
var sentReply = []byte(`{"id":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b","message":"Hello, how can I help you?",` +
	`"rawMessage":"Raw message example",
"conversationId":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b","senderRole":"conversation_user",
"conversationMessageId":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b","source":"api","createdAt":"2022-01-01T00:00:00.000Z",
"conversationMessageFeedbacks":[{"id":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b","voteType":"down","question":"text",` +
	`"answer":"text","comment":"text"}]}`)

var sentParams = SendMessageParams{
	Message: "How does quantum entanglement work?", Context: "User is asking about quantum physics.",
}

// inMemory responds without a network.
func inMemory(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	return &http.Response{
		StatusCode: 201, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(sentReply)), ContentLength: int64(len(sentReply)), Request: r,
	}, nil
}

// handWritten makes the call as a program would without this package, with the same types.
func handWritten(c *http.Client, base *url.URL) (*Message, error) {
	body, err := json.Marshal(&sentParams)
	if err != nil {
		return nil, err
	}
	target := *base
	target.Path += "/conversations/c1/messages"
	req := &http.Request{
		Method: "POST", URL: &target, Host: target.Host, ContentLength: int64(len(body)),
		Body:    io.NopCloser(bytes.NewReader(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
		Header: http.Header{
			"Content-Type": {"application/json"}, "Accept": {"application/json"}, "User-Agent": {"x"},
			agentHeader: {agentSecret},
		},
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	reply := make([]byte, resp.ContentLength)
	if _, err := io.ReadFull(resp.Body, reply); err != nil {
		return nil, err
	}
	var m Message
	return &m, json.Unmarshal(reply, &m)
}

func TestSend_AllocatesLittleMoreThanHandWritten(t *testing.T) {
	web := &http.Client{Transport: roundTrip(inMemory)}
	base, err := url.Parse(USBaseURL)
	require.NoError(t, err)
	c, err := NewClient(Config{AgentKey: agentSecret, HTTPClient: web})
	require.NoError(t, err)
	floor := testing.AllocsPerRun(200, func() {
		_, err = handWritten(web, base)
	})
	require.NoError(t, err)
	ours := testing.AllocsPerRun(200, func() {
		_, err = c.Conversations.Send(t.Context(), "c1", sentParams)
	})
	require.NoError(t, err)
	t.Logf("hand-written %v, ours %v", floor, ours)
	assert.LessOrEqual(t, ours, floor+8)
}

// countingConn counts the writes of a connection.
type countingConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c countingConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestSend_IsOneWrite(t *testing.T) {
	server := stub(t, 201, string(sentReply))
	var writes atomic.Int32
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		return countingConn{conn, &writes}, err
	}}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := config(t, server)
	cfg.HTTPClient = &http.Client{Transport: transport}
	c, err := NewClient(cfg)
	require.NoError(t, err)
	for range 3 {
		_, err := c.Conversations.Send(t.Context(), "c1", sentParams)
		require.NoError(t, err)
	}
	assert.EqualValues(t, 3, writes.Load())
}
