package multipart

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// growing is a file that grows after its size was asked for.
type growing struct{ *strings.Reader }

func (g growing) Seek(offset int64, whence int) (int64, error) {
	n, err := g.Reader.Seek(offset, whence)
	if whence == io.SeekEnd {
		n -= 1000
	}
	return n, err
}

// The announced length holds, so that what was added is not sent.
func TestBody_AGrownFileIsSentAsItWas(t *testing.T) {
	file := growing{strings.NewReader(strings.Repeat("a", 1000) + strings.Repeat("b", 1000))}
	b, err := New(Part{Field: "f", Content: file})
	require.NoError(t, err)
	for _, size := range []int{1, 600, 999, 1000, 4096} {
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		var sent bytes.Buffer
		_, err = io.CopyBuffer(struct{ io.Writer }{&sent}, r, make([]byte, size))
		require.NoError(t, err)
		require.NoError(t, r.Close())
		assert.EqualValues(t, b.Length(), sent.Len())
		assert.NotContains(t, sent.String(), "bbb")
	}
}
