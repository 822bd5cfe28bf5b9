package multipart

import (
	"context"
	"errors"
	"io"
	"time"
)

// ReadHead fills head with the first bytes of content and returns how many there are; fewer than len(head) are no error.
// When ctx ends it leaves a Read that blocks, unless content can seek: then it is taken for memory or a file.
func ReadHead(ctx context.Context, content io.Reader, head []byte) (int, error) {
	if seeker, ok := content.(io.Seeker); ok {
		if _, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			return readHead(content, head)
		}
	}
	type answer struct {
		n   int
		err error
	}
	apart, done := make([]byte, len(head)), make(chan answer, 1)
	go func() {
		n, err := readHead(content, apart)
		done <- answer{n, err}
	}()
	select {
	case a := <-done:
		return copy(head, apart[:a.n]), a.err
	case <-ctx.Done():
	}
	select {
	case <-done: // it did not block: now nothing reads content any more
	case <-time.After(releaseWait):
	}
	return 0, ctx.Err()
}

func readHead(content io.Reader, head []byte) (int, error) {
	n, err := io.ReadFull(content, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, nil
	}
	return n, err
}
