package syntphony_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

const mega = 1 << 20

// recording is n bytes that begin as a file of the format does.
func recording(format string, n int) []byte {
	head := "OggS"
	if format == "wav" {
		head = "RIFF\x00\x00\x00\x00WAVE"
	}
	content := bytes.Repeat([]byte{7}, max(n, len(head)))
	copy(content, head)
	return content
}

func ogg(n int) syntphony.Audio {
	return syntphony.Audio{Content: bytes.NewReader(recording("ogg", n))}
}

// large is the size of a recording that no buffer of a connection holds. It is smaller with -short.
func large() int {
	if testing.Short() {
		return 4 * mega
	}
	return 15 * mega
}

// plain hides every method but Read.
type plain struct{ io.Reader }

type part struct{ field, file, kind, body string }

func partsOf(t testing.TB, r fakeserver.Request) []part {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	var all []part
	reader := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"])
	for {
		p, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		body, err := io.ReadAll(p)
		require.NoError(t, err)
		all = append(all, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(body)})
	}
}

func TestConversationsSendAudio_Parts(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	content := recording("wav", 100)
	for _, code := range []string{"", "s-1"} {
		reply, err := client.Conversations.SendAudio(t.Context(), code, caller,
			syntphony.Audio{Name: "/home/someone/question.wav", Content: bytes.NewReader(content)},
			syntphony.Input{Context: map[string]any{"user": 1}, Test: true})
		require.NoError(t, err)
		assert.Equal(t, "s-1", reply.SessionCode)
	}
	requests := server.Requests()
	require.Len(t, requests, 2)
	assert.Equal(t, "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations", requests[0].Path)
	assert.Equal(t, "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations/s-1", requests[1].Path)
	assert.Equal(t, "test=true", requests[0].Query.Encode())
	assert.Equal(t, "203.0.113.7", requests[0].Header.Get("USER-REF"))
	assert.Equal(t, []part{
		{"file", "question.wav", "audio/wav", string(content)},
		{"conversationRequestJson", "", "application/json", `{"context":{"user":1}}`},
	}, partsOf(t, requests[0]))
}

func TestConversationsSendAudio_Names(t *testing.T) {
	for name, want := range map[string]string{
		"": "audio.ogg", "call": "call.ogg", "call.oga": "call.oga", "a\"b\r\n.ogg": "a\"b%0D%0A.ogg",
	} {
		server, client := newStub(t, 200, minimalReply)
		a := ogg(50)
		a.Name = name
		_, err := client.Conversations.SendAudio(t.Context(), "", caller, a, syntphony.Input{})
		require.NoError(t, err)
		assert.Equal(t, want, partsOf(t, only(t, server))[0].file)
	}
}

func TestConversationsSendAudio_FormatIsToldByContent(t *testing.T) {
	for text, good := range map[string]bool{
		"OggS":                       true,
		"OggS and more than 12":      true,
		"RIFF\x01\x02\x03\x04WAVE":   true,
		"RIFF\x01\x02\x03\x04WAVEfm": true,
		"RIFF\x01\x02\x03\x04AVI ":   false,
		"RIFF":                       false,
		"ID3 an mp3":                 false,
		"":                           false,
	} {
		for _, content := range []io.Reader{strings.NewReader(text), plain{strings.NewReader(text)}} {
			server, client := newStub(t, 200, minimalReply)
			_, err := client.Conversations.SendAudio(t.Context(), "", caller,
				syntphony.Audio{Name: "a.ogg", Content: content}, syntphony.Input{})
			if good {
				require.NoError(t, err)
				assert.Equal(t, text, partsOf(t, only(t, server))[0].body)
				continue
			}
			require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
			require.ErrorContains(t, err, "neither ogg nor wav")
			assert.Empty(t, server.Requests())
		}
	}
}

func TestConversationsSendAudio_SeekerHasALengthAndIsSentFromWhereItStood(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	content := bytes.NewReader(append([]byte("skipped"), recording("ogg", 20)...))
	_, _ = content.Seek(7, io.SeekStart)
	_, err := client.Conversations.SendAudio(t.Context(), "", caller, syntphony.Audio{Content: content},
		syntphony.Input{})
	require.NoError(t, err)
	request := only(t, server)
	assert.Equal(t, string(recording("ogg", 20)), partsOf(t, request)[0].body)
	assert.NotEmpty(t, request.Header.Get("Content-Type"))
}

func TestConversationsSendAudio_Pipe(t *testing.T) {
	r, w, err := os.Pipe() // an io.Seeker that cannot seek
	require.NoError(t, err)
	defer r.Close()
	_, _ = w.Write(recording("ogg", 30))
	require.NoError(t, w.Close())
	server, client := newStub(t, 200, minimalReply)
	_, err = client.Conversations.SendAudio(t.Context(), "", caller, syntphony.Audio{Content: r}, syntphony.Input{})
	require.NoError(t, err)
	assert.Equal(t, string(recording("ogg", 30)), partsOf(t, only(t, server))[0].body)
}

func TestConversationsSendAudio_Limit(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	tooLong := recording("ogg", 16*mega+1)
	longest := tooLong[:16*mega]
	send := func(content io.Reader) error {
		_, err := client.Conversations.SendAudio(t.Context(), "", caller, syntphony.Audio{Content: content},
			syntphony.Input{})
		return err
	}
	require.NoError(t, send(bytes.NewReader(longest)))
	require.NoError(t, send(plain{bytes.NewReader(longest)}))
	for _, r := range server.Requests() {
		assert.True(t, bytes.Contains(r.Body, longest))
	}
	before := len(server.Requests())

	err := send(bytes.NewReader(tooLong))
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	assert.ErrorContains(t, err, "Audio.Content is larger than 16777216 bytes")
	assert.Len(t, server.Requests(), before, "nothing was sent")

	err = send(plain{bytes.NewReader(tooLong)})
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	assert.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown, "no server takes half a request for a whole one")
	assert.ErrorContains(t, err, "Audio.Content is larger than 16777216 bytes")
}

func TestConversationsSendAudio_ReaderFails(t *testing.T) {
	boom := errors.New("microphone unplugged")
	server, client := newStub(t, 200, minimalReply)
	for _, content := range []io.Reader{
		iotest.ErrReader(boom), io.MultiReader(bytes.NewReader(recording("ogg", 100)), iotest.ErrReader(boom)),
	} {
		_, err := client.Conversations.SendAudio(t.Context(), "", caller, syntphony.Audio{Content: content},
			syntphony.Input{})
		require.ErrorIs(t, err, boom)
		assert.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	}
	for _, r := range server.Requests() {
		assert.NotContains(t, string(r.Body), "conversationRequestJson")
	}
}

// A recording that stalls before or after its first bytes delays neither the call nor the session beyond its ctx.
func TestConversationsSendAudio_ReaderThatBlocks(t *testing.T) {
	simulated(t, func(t *testing.T, _ *syntphonytest.Server, cfg syntphony.Config) {
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		for _, begun := range []string{"", "Og", string(recording("ogg", 4000))} {
			content, w := io.Pipe()
			go func() { _, _ = io.WriteString(w, begun) }()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			session := client.NewSession(caller)
			ended := make(chan error, 1)
			go func() {
				_, err := session.SendAudio(ctx, syntphony.Audio{Content: content}, syntphony.Input{})
				ended <- err
			}()
			select {
			case err := <-ended:
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, len(begun) > 4, errors.Is(err, syntphony.ErrDeliveryUnknown))
			case <-time.After(100 * time.Millisecond):
				assert.Fail(t, "the call hangs", "%d bytes were read", len(begun))
			}
			cancel()
			_ = w.Close()
			_, err := session.Say(t.Context(), "still there?")
			require.NoError(t, err)
		}
	})
}

// The server refuses the turn after it has read the whole upload. A seeker is then sent again, and a plain reader is
// not.
func TestConversationsSendAudio_SentAgainAfterARefusal(t *testing.T) {
	server, client := newFake(t)
	content := recording("wav", large())
	server.Fail(1, syntphonytest.Failure{Status: 429})
	_, err := client.Conversations.SendAudio(t.Context(), "", caller,
		syntphony.Audio{Content: bytes.NewReader(content)}, syntphony.Input{})
	require.NoError(t, err)
	requests := server.BrokerRequests()
	require.Len(t, requests, 2)
	for _, r := range requests {
		require.True(t, partsOf(t, r)[0].body == string(content))
	}

	server.Fail(1, syntphonytest.Failure{Status: 429})
	_, err = client.Conversations.SendAudio(t.Context(), "", caller,
		syntphony.Audio{Content: plain{bytes.NewReader(content)}}, syntphony.Input{})
	require.ErrorIs(t, err, syntphony.ErrRateLimited)
	assert.Len(t, server.BrokerRequests(), 3)
}

func TestConversationsSendAudio_SentAgainAfterARevokedToken(t *testing.T) {
	server, client := newFake(t)
	session := client.NewSession(caller)
	_, err := session.Say(t.Context(), "hi")
	require.NoError(t, err)
	server.RevokeTokens()
	_, err = session.SendAudio(t.Context(), ogg(mega), syntphony.Input{})
	require.NoError(t, err)
	assert.Len(t, server.TokenRequests(), 2)
	assert.Len(t, server.BrokerRequests(), 3)
}
