package apierr

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestPanicError_KeepsTheErrorOfAPanic(t *testing.T) {
	own := &fs.PathError{Op: "open", Path: "vault", Err: fs.ErrPermission}
	err := error(NewPanicError("OnReconnect panicked", fmt.Errorf("own: %w", own)))
	assert.EqualError(t, err, "OnReconnect panicked: own: open vault: permission denied")
	for _, wrapped := range []error{err, fmt.Errorf("call: %w", err)} {
		assert.ErrorIs(t, wrapped, fs.ErrPermission)
		found, ok := errors.AsType[*fs.PathError](wrapped)
		require.True(t, ok)
		assert.Same(t, own, found)
	}
}

func TestPanicError_OfAnotherValueIsItsText(t *testing.T) {
	for text, value := range map[string]any{"x: 7": 7, "x: oops": "oops", "x: [1 2]": []int{1, 2}} {
		err := error(NewPanicError("x", value))
		assert.EqualError(t, err, text)
		assert.NotErrorIs(t, err, fs.ErrPermission)
		var own *fs.PathError
		assert.NotErrorAs(t, err, &own)
	}
	defer func() {
		var own runtime.Error
		assert.ErrorAs(t, NewPanicError("x", recover()), &own)
	}()
	var none []int
	_ = none[len(none)]
}

func TestPanicError_ShowsNoURL(t *testing.T) {
	err := NewPanicError("x", &url.Error{Op: "Get", URL: "https://h.example/?key=secret", Err: fs.ErrClosed})
	assert.EqualError(t, err, "x: file already closed")
	assert.ErrorIs(t, err, fs.ErrClosed)
}

// A panic whose value comes from another call does not describe the call whose code panicked.
func TestPanicError_MatchesNoErrorOfPackageParley(t *testing.T) {
	for _, sentinel := range sentinels {
		assert.NotErrorIs(t, NewPanicError("x", fmt.Errorf("other call: %w", sentinel)), sentinel)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../../errors.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		for i := 0; ok && i < len(spec.Names); i++ {
			if strings.HasPrefix(spec.Names[i].Name, "Err") {
				declared++
			}
		}
		return true
	})
	assert.Len(t, sentinels, declared, "package parley declares another number of errors")
	assert.Contains(t, sentinels[:], parley.ErrClosed)
}
