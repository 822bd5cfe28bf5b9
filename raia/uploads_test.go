package raia

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

const signature = "signature-that-is-a-key"

func target(server *fakeserver.Server) *UploadTarget {
	return &UploadTarget{SignedURL: server.URL() + "/bucket/a%2Fb.png?token=" + signature + "&x=1", StoragePath: "p"}
}

// plain is an http.Client of the test, with a cookie that must not be sent.
func plain(t *testing.T, server *fakeserver.Server) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	base, err := url.Parse(server.URL())
	require.NoError(t, err)
	jar.SetCookies(base, []*http.Cookie{{Name: "session", Value: "cookie-of-the-user", Path: "/"}})
	return &http.Client{Transport: transport, Jar: jar}
}

func upload(t *testing.T, server *fakeserver.Server, method string, content io.Reader) error {
	return target(server).Upload(t.Context(), UploadParams{
		Method: method, ContentType: "image/png", Content: content, HTTPClient: plain(t, server),
	})
}

func TestUpload_PutsTheBytesWithoutCredentials(t *testing.T) {
	for name, content := range map[string]io.Reader{
		"seeker": strings.NewReader("bytes"), "plain reader": io.MultiReader(strings.NewReader("bytes")),
		"from the middle": middle("xxxbytes", 3),
	} {
		server := stub(t, 200, "")
		require.NoError(t, upload(t, server, "PUT", content), name)
		require.Len(t, server.Requests(), 1)
		got := server.Requests()[0]
		assert.Equal(t, "PUT", got.Method)
		assert.Equal(t, "/bucket/a%2Fb.png", got.Path)
		assert.Equal(t, url.Values{"token": {signature}, "x": {"1"}}, got.Query)
		assert.Equal(t, "bytes", string(got.Body))
		assert.Equal(t, "image/png", got.Header.Get("Content-Type"))
		for _, header := range []string{agentHeader, organizationHeader, superAdminHeader, "Authorization", "Cookie"} {
			assert.Empty(t, got.Header.Get(header), header)
		}
	}
}

func middle(s string, at int64) io.Reader {
	r := strings.NewReader(s)
	_, _ = r.Seek(at, io.SeekStart)
	return r
}

func TestUpload_LengthIsSentWhereItIsKnown(t *testing.T) {
	for want, content := range map[string]io.Reader{
		"5": strings.NewReader("bytes"), "0": strings.NewReader(""), "": io.MultiReader(strings.NewReader("x")),
	} {
		server := stub(t, 200, "")
		require.NoError(t, upload(t, server, "POST", content))
		assert.Equal(t, want, server.Requests()[0].Header.Get("Content-Length"))
	}
}

func TestUpload_RefusalIsAnError(t *testing.T) {
	server := stub(t, 200, "")
	server.Fail(1, fakeserver.Failure{
		Status: 403, Body: `{"error":"InvalidJWT","message":"token ` + signature + ` expired"}`,
	})
	err := upload(t, server, "PUT", strings.NewReader("x"))
	require.EqualError(t, err, "raia: upload to signed URL: 403: token [redacted] expired (PUT {signedUrl}, 1 attempt)")
	require.ErrorIs(t, err, ErrForbidden)
	assertHidden(t, err, signature, server.URL())

	server.Fail(1, fakeserver.Failure{Status: 500})
	require.NotErrorIs(t, upload(t, server, "PUT", strings.NewReader("x")), ErrDeliveryUnknown)
	server.Fail(1, fakeserver.Failure{Status: 500})
	require.ErrorIs(t, upload(t, server, "POST", strings.NewReader("x")), ErrDeliveryUnknown)
}

func TestUpload_RedirectIsNotFollowed(t *testing.T) {
	other := stub(t, 200, "")
	server := stub(t, 200, "")
	server.Fail(1, fakeserver.Failure{Status: 307, Header: http.Header{"Location": {other.URL() + "/?" + signature}}})
	err := upload(t, server, "PUT", strings.NewReader("x"))
	require.EqualError(t, err, "raia: upload to signed URL: 307 Temporary Redirect: "+
		"redirect not followed: only GET and HEAD are sent on (PUT {signedUrl}, 1 attempt)")
	assert.Empty(t, other.Requests())
}

func TestUpload_LostConnection(t *testing.T) {
	server := stub(t, 200, "")
	server.Fail(2, fakeserver.Failure{Reset: true})
	err := upload(t, server, "PUT", strings.NewReader("x"))
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrDeliveryUnknown)
	assertHidden(t, err, signature)
	err = upload(t, server, "POST", strings.NewReader("x"))
	require.ErrorIs(t, err, ErrDeliveryUnknown)
	assertHidden(t, err, signature)
}

func TestUpload_CtxEnds(t *testing.T) {
	server := stub(t, 200, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := target(server).Upload(ctx, UploadParams{Method: "PUT", Content: strings.NewReader("x")})
	require.ErrorIs(t, err, context.Canceled)
	assertHidden(t, err, signature)
}

func TestUpload_AnErrorThatRepeatsTheURL(t *testing.T) {
	to := UploadTarget{SignedURL: "https://storage.example/a?token=" + signature}
	err := to.Upload(t.Context(), UploadParams{Method: "PUT", Content: strings.NewReader("x"), HTTPClient: &http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "x", URL: "y", Err: errorText(r.URL.String())}
		}),
	}})
	require.Error(t, err)
	assertHidden(t, err, signature)
}

// A value of 16 characters may be a key, also where an error quotes it without the URL.
func TestUpload_AnErrorThatQuotesAShortKey(t *testing.T) {
	key := signature[:16]
	to := UploadTarget{SignedURL: "https://storage.example/a?part=seven&token=" + key}
	err := to.Upload(t.Context(), UploadParams{Method: "PUT", Content: strings.NewReader("x"), HTTPClient: &http.Client{
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, errorText("part seven: bad token " + key)
		}),
	}})
	require.Error(t, err)
	assertHidden(t, err, key)
	assert.Contains(t, err.Error(), "part seven", "a short value is no key")
}

type errorText string

func (e errorText) Error() string { return string(e) }

func TestUpload_Arguments(t *testing.T) {
	content := strings.NewReader("x")
	for want, c := range map[string]struct {
		url    string
		params UploadParams
	}{
		"Content must not be empty": {"https://x.example", UploadParams{Method: "PUT"}},
		"Method must not be empty":  {"https://x.example", UploadParams{Content: content}},
		"Method is not an HTTP method": {
			"https://x.example", UploadParams{Method: "P T", Content: content},
		},
		"ContentType holds a control character": {
			"https://x.example", UploadParams{Method: "PUT", Content: content, ContentType: "a\nb"},
		},
		"SignedURL must be an absolute URL": {"/relative?a=b", UploadParams{Method: "PUT", Content: content}},
		"SignedURL must be https": {
			"http://x.example/?" + signature, UploadParams{Method: "PUT", Content: content},
		},
		"SignedURL is not a URL": {
			"https://x.example/%zz?" + signature, UploadParams{Method: "PUT", Content: content},
		},
		"SignedURL must not carry user info": {
			"https://" + signature + "@x.example", UploadParams{Method: "PUT", Content: content},
		},
		"upload to signed URL: invalid argument: ": {"", UploadParams{Method: "PUT", Content: content}},
	} {
		to := UploadTarget{SignedURL: c.url}
		err := to.Upload(t.Context(), c.params)
		require.ErrorIs(t, err, ErrInvalidArgument)
		assert.Contains(t, err.Error(), want)
		assertHidden(t, err, signature)
	}
}

func TestUpload_ContentTypeIsSentIfItIsGiven(t *testing.T) {
	server := stub(t, 200, "")
	require.NoError(t, target(server).Upload(t.Context(),
		UploadParams{Method: "PUT", Content: strings.NewReader("x"), HTTPClient: plain(t, server)}))
	assert.NotContains(t, server.Requests()[0].Header, "Content-Type")
}

// A redacted error keeps the class of the error that it replaces.
func TestUpload_RedactedErrorKeepsItsClass(t *testing.T) {
	to := UploadTarget{SignedURL: "https://storage.example/a?token=" + signature}
	err := to.Upload(t.Context(), UploadParams{
		Method: "POST", Content: strings.NewReader("x"), HTTPClient: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				return nil, fmt.Errorf("PUT %v: %w", r.URL, io.ErrUnexpectedEOF)
			}),
		},
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorIs(t, err, ErrDeliveryUnknown)
	assertHidden(t, err, signature)
}

// slowFile records the Reads that begin or end after the upload has returned. It hides that it can seek.
type slowFile struct {
	data  []byte
	at    int
	over  bool
	stray int
}

func (f *slowFile) Read(p []byte) (int, error) {
	defer f.note()
	f.note()
	time.Sleep(time.Millisecond)
	if f.at == len(f.data) {
		return 0, io.EOF
	}
	n := copy(p, f.data[f.at:])
	f.at += n
	return n, nil
}

func (f *slowFile) note() {
	if f.over {
		f.stray++
	}
}

// overloaded is a storage that refuses an upload after its first bytes, and then reads on, as net/http does.
func overloaded(r *http.Request) (*http.Response, error) {
	buf := make([]byte, 32<<10)
	_, _ = r.Body.Read(buf)
	go func() {
		for {
			if _, err := r.Body.Read(buf); err != nil {
				_ = r.Body.Close()
				return
			}
		}
	}()
	time.Sleep(500 * time.Microsecond) // during the next Read
	return answerWith(403, ""), nil
}

func TestUpload_NobodyReadsTheFileAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := UploadTarget{SignedURL: "https://storage.example/bucket?token=" + signature}
		f := &slowFile{data: bytes.Repeat([]byte("0123456789abcdef"), 1<<14)}
		err := to.Upload(t.Context(), UploadParams{
			Method: "PUT", Content: f, HTTPClient: &http.Client{Transport: roundTrip(overloaded)},
		})
		f.over = true
		require.ErrorIs(t, err, ErrForbidden)
		time.Sleep(time.Second)
		assert.Zero(t, f.stray)

		f.at, f.over = 0, false
		var stored []byte
		err = to.Upload(t.Context(), UploadParams{Method: "PUT", Content: f, HTTPClient: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				stored, _ = io.ReadAll(r.Body)
				_ = r.Body.Close()
				return answerWith(200, ""), nil
			}),
		}})
		require.NoError(t, err)
		assert.True(t, bytes.Equal(f.data, stored), "%d of %d bytes are stored", len(stored), len(f.data))
	})
}

// listen serves each connection, one after the other, and returns the URL. It closes each connection at its end.
func listen(t *testing.T, serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return "http://" + l.Addr().String()
}

func TestUpload_EndsWithCtxThoughTheReaderBlocks(t *testing.T) {
	server := stub(t, 200, "")
	for _, method := range []string{"PUT", "POST"} {
		for _, canSeek := range []bool{false, true} {
			pipe, feed := io.Pipe()
			ctx, cancel := context.WithCancel(t.Context())
			content := io.MultiReader(strings.NewReader("begin"), readerFunc(func(p []byte) (int, error) {
				cancel() // the first Read that blocks
				return pipe.Read(p)
			}))
			if canSeek {
				content = hangingFile{content}
			}
			err := target(server).Upload(ctx,
				UploadParams{Method: method, Content: content, HTTPClient: plain(t, server)})
			require.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, method == "POST", errors.Is(err, ErrDeliveryUnknown))
			require.NoError(t, feed.Close())
		}
	}
}

// hangingFile can seek, like a file on a network share that hangs.
type hangingFile struct{ io.Reader }

func (hangingFile) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return 1000, nil
	}
	return offset, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestUpload_ReaderThatFails(t *testing.T) {
	server := stub(t, 200, "")
	for _, content := range []io.Reader{failing{}, io.MultiReader(strings.NewReader("begin"), failing{})} {
		err := upload(t, server, "POST", content)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		require.NotErrorIs(t, err, ErrDeliveryUnknown, "the request was not whole")
		assert.Contains(t, err.Error(), "read Content: ")
	}
}

func TestUpload_NothingLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close()) // the address no longer accepts connections
	to := UploadTarget{SignedURL: "http://" + l.Addr().String() + "/?token=" + signature}
	for _, method := range []string{"PUT", "POST"} {
		err := to.Upload(t.Context(), UploadParams{
			Method: method, Content: strings.NewReader("x"), HTTPClient: &http.Client{Transport: &http.Transport{}},
		})
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.ErrorIs(t, err, ErrNotSent)
		require.NotErrorIs(t, err, ErrDeliveryUnknown)
	}
}

func TestUpload_OptionsOfTheContextAreNotForTheStorage(t *testing.T) {
	server := stub(t, 200, "")
	ctx := parley.WithHeader(t.Context(), "X-Trace", "for-the-api")
	ctx = parley.WithAttemptTimeout(ctx, 1)
	ctx = parley.WithResponse(ctx, func(parley.Response) { assert.Fail(t, "the response is the storage's") })
	err := target(server).Upload(ctx,
		UploadParams{Method: "PUT", Content: strings.NewReader("x"), HTTPClient: plain(t, server)})
	require.NoError(t, err)
	assert.NotContains(t, server.Requests()[0].Header, "X-Trace")
}
