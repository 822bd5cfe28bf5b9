package transport

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

func TestDo_StatusDecidesWhetherACallGoesOutAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status    int
		header    string
		get, post int32 // requests on the wire
		unknown   bool  // of the POST
	}{
		{400, "", 1, 1, false}, {402, "", 1, 1, false}, {403, "", 1, 1, false}, {404, "", 1, 1, false},
		{401, "", 1, 1, false}, {409, "", 1, 1, false}, {410, "", 1, 1, false}, {422, "", 1, 1, false},
		{408, "", 3, 1, true}, {500, "", 3, 1, true}, {502, "", 3, 1, true}, {503, "", 3, 1, true},
		{504, "", 3, 1, true}, {520, "", 3, 1, true}, {501, "", 1, 1, false}, {505, "", 1, 1, false},
		{429, "", 3, 3, false}, {429, "0", 3, 3, false}, {503, "0", 3, 3, false}, {503, "soon", 3, 1, true},
		{503, "-1", 3, 1, true}, {303, "", 1, 1, true}, {302, "", 1, 1, false}, {304, "", 1, 1, false},
	}
	for _, tt := range tests {
		t.Run(http.StatusText(tt.status)+tt.header, func(t *testing.T) {
			url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				w.WriteHeader(tt.status)
			})
			c := newTestClient(t, url, nil)
			err := use(t, c, get)
			assert.Equal(t, tt.get, n.Swap(0), "GETs")
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			failure := asFailure(t, err)
			assert.Equal(t, tt.status, failure.StatusCode)
			assert.Equal(t, int(tt.get), failure.Attempts)

			err = use(t, c, post)
			assert.Equal(t, tt.post, n.Load(), "POSTs")
			assert.Equal(t, tt.unknown, errors.Is(err, parley.ErrDeliveryUnknown), "%v", err)
		})
	}
}

// failingUpload is the reader of an upload that fails, which the upload then reports.
type failingUpload struct {
	*upload
	failed atomic.Bool
}

func (f *failingUpload) Err() error {
	if f.failed.Load() {
		return errors.New("the file is gone")
	}
	return nil
}

func (f *failingUpload) Read([]byte) (int, error) {
	f.failed.Store(true)
	return 0, errors.New("the file is gone")
}

// A response that began before the reader of the upload failed shows that the server acted on the bytes that it had.
func TestDo_UploadThatFailsAfterTheResponseBegan(t *testing.T) {
	n := 0
	reader := &failingUpload{upload: &upload{text: "x", length: -1}}
	server := roundTripper(func(r *http.Request) (*http.Response, error) {
		n++
		return &http.Response{StatusCode: 201, Header: http.Header{}, Body: io.NopCloser(reader), Request: r}, nil
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: server} })
	err := c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: reader})
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorContains(t, err, "the file is gone")
	assert.Equal(t, 1, n)
}

// The reader of a file failed after the server had begun to respond. It may have acted on the part that it has.
func TestClassify_ABodyThatFailedAfterTheResponseBegan(t *testing.T) {
	assert.Equal(t, verdict{ambiguous, false}, classify(outcome{bodyFailed: true, began: true}))
	assert.Equal(t, verdict{notApplied, false}, classify(outcome{bodyFailed: true}))
}
