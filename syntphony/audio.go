package syntphony

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/multipart"
	"github.com/seed-127a5941/parley/internal/transport"
)

// maxAudio is the vendor's "16 Mb". Whether that means 16 000 000 bytes is unknown.
const maxAudio = 16 << 20

var (
	startAudio    = transport.Operation{Name: "start conversation with audio", Method: "POST", Path: livePath}
	continueAudio = transport.Operation{
		Name: "continue conversation with audio", Method: "POST", Path: livePath + "/{sessionCode}",
	}
)

// Audio is a recording of the user in ogg or wav, of at most 16 MB (16 777 216 bytes). The vendor ignores everything
// after the first minute, without an error.
type Audio struct {
	// Name is the file name. Only the part after the last slash is sent. Empty means "audio.ogg" or "audio.wav".
	Name string
	// Content is the recording. It is required. It is streamed while it is sent, so memory does not grow with it. An
	// io.Seeker is sent from its current position, with its length, and can be sent again after a 401 or a 429. Any
	// other reader is read and sent once. When the call has returned, Content is no longer read, except by a Read that
	// still blocks.
	Content io.Reader
}

// SendAudio sends one turn as a recording and returns the agent's reply. Session codes are those of Send, and turns of
// both kinds may be mixed. The vendor ignores Input.Text and Input.Code here, but wants the context, for continuity. Of
// its three kinds of context only the open one reaches a channel and can be supplied. If Content is neither ogg nor
// wav, or larger than 16 MB, the error matches ErrInvalidArgument. If the size is known, no request is sent then.
// SendAudio sends multipart/form-data. That its JSON part is application/json is inferred. It calls POST
// /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations, with POST
// /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations/{sessionCode} for a session (vendor
// page "Conversation API").
func (s *ConversationsService) SendAudio(
	ctx context.Context, sessionCode string, c Caller, a Audio, in Input,
) (*Reply, error) {
	return s.sendAudio(ctx, sessionCode, s.broker.speaker(c), a, in, in.request())
}

// sendAudio sends a with turn, the request that in stands for.
func (s *ConversationsService) sendAudio(
	ctx context.Context, sessionCode string, who speaker, a Audio, in Input, turn request,
) (*Reply, error) {
	b := s.broker
	call := b.turn(&startAudio, &continueAudio, sessionCode, who, in)
	call.IDs = b.ids(sessionCode, b.bot, b.channel)
	if call.ArgumentErr != nil {
		return b.fetchReply(ctx, call)
	}
	body, err := a.body(ctx, turn)
	if err != nil {
		call.ArgumentErr = err
		return b.fetchReply(ctx, call)
	}
	defer body.Release()
	call.Content = body
	return b.fetchReply(ctx, call)
}

// body returns the form with the recording and the JSON of the turn.
func (a Audio) body(ctx context.Context, r request) (*multipart.Body, error) {
	turn, err := r.encode()
	if err != nil {
		return nil, err
	}
	if a.Content == nil {
		return nil, apierr.Required("Audio.Content")
	}
	format, content, err := sniff(ctx, a.Content)
	if err != nil {
		return nil, err
	}
	return multipart.New(
		multipart.Part{
			Field: "file", FileName: a.fileName(format), ContentType: "audio/" + format,
			Content: content, Limit: maxAudio, Argument: "Audio.Content",
		},
		multipart.Part{Field: "conversationRequestJson", ContentType: "application/json", Text: turn},
	)
}

func (a Audio) fileName(format string) string {
	name := a.Name
	if name == "" {
		name = "audio"
	}
	if path.Ext(name) == "" {
		name += "." + format
	}
	return name
}

// sniff tells the format by the first bytes. It returns a reader that still yields these bytes.
func sniff(ctx context.Context, content io.Reader) (format string, whole io.Reader, err error) {
	var head [12]byte
	n, err := multipart.ReadHead(ctx, content, head[:])
	if err != nil {
		return "", nil, fmt.Errorf("read Audio.Content: %w", err)
	}
	switch {
	case bytes.HasPrefix(head[:n], []byte("OggS")):
		format = "ogg"
	case n == len(head) && string(head[:4]) == "RIFF" && string(head[8:]) == "WAVE":
		format = "wav"
	default:
		err = apierr.Invalid("Audio.Content", "is neither ogg nor wav")
	}
	// A seeker that fails to seek, such as an os.File on a pipe, is treated as a plain reader.
	if seeker, ok := content.(io.Seeker); ok {
		if _, failed := seeker.Seek(int64(-n), io.SeekCurrent); failed == nil {
			return format, content, err
		}
	}
	return format, io.MultiReader(bytes.NewReader(head[:n]), content), err
}
