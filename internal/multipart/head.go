package multipart

import (
	"context"
	"errors"
	"io"
	"time"
)

// ReadHead fills head with the first bytes of content and returns their number. Fewer bytes than len(head) are not an
// error. When ctx ends, ReadHead abandons a Read that blocks. It reads memory and regular files directly.
func ReadHead(ctx context.Context, content io.Reader, head []byte) (int, error) {
	if !mayBlock(content) {
		return readHead(content, head)
	}
	async, filled := make([]byte, len(head)), make(chan readResult, 1)
	go func() {
		result := readResult{err: errAborted} // if content ends the goroutine
		defer func() { filled <- result }()
		result.n, result.err = readHead(content, async)
	}()
	select {
	case r := <-filled:
		return copy(head, async[:r.n]), r.err
	case <-ctx.Done():
	}
	select {
	case <-filled: // the Read did not block, so content is no longer read
	case <-time.After(releaseWait):
	}
	return 0, ctx.Err()
}

func readHead(content io.Reader, head []byte) (int, error) {
	n, err := io.ReadFull(guarded{content}, head)
	if isEnd(err) || errors.Is(err, io.ErrUnexpectedEOF) && !isPanic(err) {
		return n, nil
	}
	return n, err
}

// guarded turns a panic of a reader into an error, as readContent does.
type guarded struct{ io.Reader }

func (g guarded) Read(p []byte) (int, error) {
	f := file{content: g.Reader}
	return f.readContent(p)
}
