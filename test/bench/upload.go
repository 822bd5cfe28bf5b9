package bench

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
)

const (
	fileSize = 16 << 20
	fileName = "manual.pdf"
	fileID   = "9d1f6a3c-51b7-4e0f-8a2d-6c3b9e7f1a24"
)

// fileBytes is the file of all uploads. A subject must not copy it as a whole.
var fileBytes = bytes.Repeat([]byte("0123456789abcdef"), fileSize/16)

func uploadWork() Work {
	return Work{
		Name: "upload", Title: "Upload 16 MB (multipart)", Memory: true, Loopback: true,
		Middle:  func(seen *Seen, f func()) { seen.Half = f },
		Formats: []Format{uploadFormat()},
	}
}

const raiaFile = `{"id":"` + fileID + `","fileName":"` + fileName + `","url":"https://files.example.com/manual.pdf",` +
	`"createdAt":"2026-05-04T10:20:30.456Z","isUploadedToVectorStore":false}`

type uploaded struct {
	ID string `json:"id"`
}

func uploadFormat() Format {
	floor := func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPost, "/v1/agent-files/upload", "Authorization", "Bearer "+key)
		if err != nil {
			return nil, err
		}
		return e.upload, nil
	}
	site := func() Site {
		return func(_ *http.Request, size int64) Answer {
			if size < fileSize {
				return Answer{Status: http.StatusBadRequest}
			}
			return Answer{Type: "application/json", Body: []byte(raiaFile)}
		}
	}
	return Format{
		Name: "raia", Site: site, Want: Result{1, len(fileID)},
		Floor: Subject{Name: "floor (replayable)", Open: floor}, Subjects: []Subject{parleyUpload(), restyUpload()},
	}
}

// upload renders the framing around a gap and fills the gap from the file, as often as net/http asks for the body.
func (e *endpoint) upload(ctx context.Context) (Result, error) {
	var frame bytes.Buffer
	form := multipart.NewWriter(&frame)
	_, _ = form.CreateFormFile("file", fileName)
	hole := frame.Len()
	_ = form.Close()
	file := bytes.NewReader(fileBytes)
	r := e.request(ctx, "")
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.ContentLength = int64(frame.Len()) + file.Size()
	r.GetBody = func() (io.ReadCloser, error) {
		_, err := file.Seek(0, io.SeekStart)
		return io.NopCloser(io.MultiReader(bytes.NewReader(frame.Bytes()[:hole]), file,
			bytes.NewReader(frame.Bytes()[hole:]))), err
	}
	r.Body, _ = r.GetBody()
	resp, err := e.do(r)
	if err != nil {
		return Result{}, err
	}
	out := new(uploaded)
	_, err = take(resp, nil, out)
	return Result{1, len(out.ID)}, err
}
