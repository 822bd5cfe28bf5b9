package bench

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
)

const (
	fileSize  = 16 << 20
	fileName  = "manual.pdf"
	audioName = "question.ogg"
	fileID    = "9d1f6a3c-51b7-4e0f-8a2d-6c3b9e7f1a24"
)

// fileBytes is the file of all uploads. It begins as an ogg file does. A subject must not copy it as a whole.
var fileBytes = bytes.Repeat([]byte("OggS456789abcdef"), fileSize/16)

func uploadWork() Work {
	return Work{
		Name: "upload", Title: "Upload 16 MB", Memory: true, Loopback: true,
		Middle:  func(seen *Seen, f func()) { seen.Half = f },
		Formats: []Format{fileUpload(), audioUpload(), signedUpload()},
	}
}

// uploadSite accepts a file.
func uploadSite(reply string) func() Site {
	return func() Site {
		return func(_ *http.Request, size int64) Answer {
			if size < fileSize {
				return Answer{Status: http.StatusBadRequest}
			}
			return Answer{Type: "application/json", Body: []byte(reply)}
		}
	}
}

const raiaFile = `{"id":"` + fileID + `","fileName":"` + fileName + `","url":"https://files.example.com/manual.pdf",` +
	`"createdAt":"2026-05-04T10:20:30.456Z","isUploadedToVectorStore":false}`

type uploaded struct {
	ID string `json:"id"`
}

func fileUpload() Format {
	floor := func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPost, "/v1/agent-files/upload", "Agent-Secret-Key", key)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			out := new(uploaded)
			err := e.upload(ctx, out,
				func(form *multipart.Writer) { _, _ = form.CreateFormFile("file", fileName) }, nil)
			return Result{1, len(out.ID)}, err
		}, nil
	}
	return Format{
		Name: "raia", Site: uploadSite(raiaFile), Want: Result{1, len(fileID)},
		Floor: Subject{Name: "floor (replayable)", Open: floor}, Subjects: []Subject{parleyUpload(), restyUpload()},
	}
}

func audioUpload() Format {
	const text = "Your mail is on its way."
	floor := func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPost, syntphonyPath, syntphonyHeader...)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			out := new(syntphonyOut)
			err := e.upload(ctx, out, audioPart, turnPart)
			if err != nil {
				return Result{}, err
			}
			return Result{1, len(syntphonyText(out))}, nil
		}, nil
	}
	return Format{
		Name: "syntphony audio", Site: uploadSite(syntphonyReply(text)), Want: Result{1, len(text)},
		Floor: Subject{Name: "floor (replayable)", Open: floor}, Subjects: []Subject{parleyAudio()},
	}
}

// audioPart writes the head of the recording's part.
func audioPart(form *multipart.Writer) {
	_, _ = form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + audioName + `"`}, "Content-Type": {"audio/ogg"},
	})
}

// turnPart writes the part that follows the recording.
func turnPart(form *multipart.Writer) {
	w, _ := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="conversationRequestJson"`}, "Content-Type": {"application/json"},
	})
	_, _ = w.Write(encode(struct{}{}))
}

const signedPath = "/bucket/manual.pdf?signature=0123456789abcdef"

// signedUpload sends the file alone to a URL that is itself the credential.
func signedUpload() Format {
	floor := func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPut, signedPath, "Content-Type", "application/pdf")
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (Result, error) {
			file := bytes.NewReader(fileBytes)
			r := e.request(ctx, e.url.RawQuery)
			r.Body, r.ContentLength = io.NopCloser(file), file.Size()
			resp, err := e.do(r)
			if err != nil {
				return Result{}, err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return Result{1, 0}, err
		}, nil
	}
	return Format{
		Name: "raia, signed URL", Site: uploadSite("{}"), Want: Result{1, 0},
		Floor: Subject{Name: "floor", Open: floor}, Subjects: []Subject{parleySigned()},
	}
}

// upload renders the framing around a gap, which follows what before writes and precedes what behind writes. It fills
// the gap from the file, as often as net/http asks for the body.
func (e *endpoint) upload(ctx context.Context, out any, before, behind func(*multipart.Writer)) error {
	var frame bytes.Buffer
	form := multipart.NewWriter(&frame)
	before(form)
	hole := frame.Len()
	if behind != nil {
		behind(form)
	}
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
		return err
	}
	_, err = take(resp, nil, out)
	return err
}
