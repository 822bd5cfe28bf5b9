package raia

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// form reads the parts of a multipart body: name or file name, and content.
func form(t *testing.T, r fakeserver.Request) map[string]string {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	reader, parts := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"]), map[string]string{}
	for {
		part, err := reader.NextPart()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return parts
		}
		content, err := io.ReadAll(part)
		require.NoError(t, err)
		parts[part.FormName()+":"+part.FileName()+":"+part.Header.Get("Content-Type")] = string(content)
	}
}

func TestAgentFilesUpload_Form(t *testing.T) {
	for _, c := range []struct {
		params UploadFileParams
		want   map[string]string
	}{
		{UploadFileParams{FileName: "dir/a.txt", Content: strings.NewReader("hello")},
			map[string]string{"file:a.txt:application/octet-stream": "hello"}},
		{UploadFileParams{FileName: "a.txt", ContentType: "text/plain", Content: io.MultiReader(strings.NewReader("hello")), AutoAddToVectorStore: new(true)},
			map[string]string{"file:a.txt:text/plain": "hello", "autoAddToVectorStore::": "true"}},
		{UploadFileParams{FileName: "a.txt", Content: strings.NewReader(""), AutoAddToVectorStore: new(false)},
			map[string]string{"file:a.txt:application/octet-stream": "", "autoAddToVectorStore::": "false"}},
	} {
		server := stub(t, 200, `{"id":"f1","fileName":"a.txt"}`)
		file, err := client(t, server).AgentFiles.Upload(t.Context(), c.params)
		require.NoError(t, err)
		assert.Equal(t, "f1", file.ID)
		assert.Equal(t, c.want, form(t, server.Requests()[0]))
	}
}

func TestAgentFilesUpload_SeekerIsSentAgainAfterARefusal(t *testing.T) {
	server := stub(t, 200, anID)
	server.Fail(1, fakeserver.Failure{Status: 503, Header: http.Header{"Retry-After": {"0"}}})
	_, err := client(t, server).AgentFiles.Upload(t.Context(), UploadFileParams{FileName: "a", Content: strings.NewReader("whole")})
	require.NoError(t, err)
	require.Len(t, server.Requests(), 2)
	assert.Equal(t, map[string]string{"file:a:application/octet-stream": "whole"}, form(t, server.Requests()[1]))
	assert.NotEmpty(t, server.Requests()[1].Header.Get("Content-Length"))
}

func TestAgentFilesUpload_ReaderThatFails(t *testing.T) {
	_, err := client(t, stub(t, 200, anID)).AgentFiles.Upload(t.Context(), UploadFileParams{FileName: "a", Content: failing{}})
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

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
		"seeker": strings.NewReader("bytes"), "plain reader": io.MultiReader(strings.NewReader("bytes")), "from the middle": middle("xxxbytes", 3),
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
	for want, content := range map[string]io.Reader{"5": strings.NewReader("bytes"), "0": strings.NewReader(""), "": io.MultiReader(strings.NewReader("x"))} {
		server := stub(t, 200, "")
		require.NoError(t, upload(t, server, "POST", content))
		assert.Equal(t, want, server.Requests()[0].Header.Get("Content-Length"))
	}
}

func TestUpload_RefusalIsAnError(t *testing.T) {
	server := stub(t, 200, "")
	server.Fail(1, fakeserver.Failure{Status: 403, Body: `{"error":"InvalidJWT","message":"token ` + signature + ` expired"}`})
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
	require.EqualError(t, err, "raia: upload to signed URL: 307 Temporary Redirect (PUT {signedUrl}, 1 attempt)")
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

type errorText string

func (e errorText) Error() string { return string(e) }

func TestUpload_Arguments(t *testing.T) {
	content := strings.NewReader("x")
	for want, c := range map[string]struct {
		url    string
		params UploadParams
	}{
		"Content must not be empty":                {"https://x.example", UploadParams{Method: "PUT"}},
		"Method must not be empty":                 {"https://x.example", UploadParams{Content: content}},
		"Method is not an HTTP method":             {"https://x.example", UploadParams{Method: "P T", Content: content}},
		"ContentType holds a control character":    {"https://x.example", UploadParams{Method: "PUT", Content: content, ContentType: "a\nb"}},
		"SignedURL must be an absolute URL":        {"/relative?a=b", UploadParams{Method: "PUT", Content: content}},
		"SignedURL must be https":                  {"http://x.example/?" + signature, UploadParams{Method: "PUT", Content: content}},
		"SignedURL is not a URL":                   {"https://x.example/%zz?" + signature, UploadParams{Method: "PUT", Content: content}},
		"SignedURL must not carry user info":       {"https://" + signature + "@x.example", UploadParams{Method: "PUT", Content: content}},
		"upload to signed URL: invalid argument: ": {"", UploadParams{Method: "PUT", Content: content}},
	} {
		to := UploadTarget{SignedURL: c.url}
		err := to.Upload(t.Context(), c.params)
		require.ErrorIs(t, err, ErrInvalidArgument)
		assert.Contains(t, err.Error(), want)
		assertHidden(t, err, signature)
	}
}
