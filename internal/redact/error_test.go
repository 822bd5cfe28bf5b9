package redact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ownError is an error type of a user whose text quotes the error that it wraps.
type ownError struct {
	code int
	errs []error
}

func (e *ownError) Error() string        { return fmt.Sprint("gateway: ", e.errs) }
func (e *ownError) Unwrap() []error      { return e.errs }
func (e *ownError) Is(target error) bool { return target == os.ErrClosed }
func (e *ownError) As(target any) bool {
	code, ok := target.(*codeError)
	if ok {
		*code = codeError(e.code)
	}
	return ok
}

type codeError int

func (c codeError) Error() string { return fmt.Sprint("code ", int(c)) }

func TestError_HidesURLsAndWordsAndMatchesAsBefore(t *testing.T) {
	r := New([]string{"hush"}, []string{"what I said"}, func(s string) string { return s })
	for name, wrap := range map[string]func(error) error{
		"alone":      func(err error) error { return err },
		"wrapped":    func(err error) error { return fmt.Errorf("call: %w", err) },
		"twice":      func(err error) error { return &url.Error{Op: "Get", URL: "https://a.example/?k=v", Err: err} },
		"joined":     func(err error) error { return errors.Join(nil, io.EOF, err) },
		"with words": func(err error) error { return fmt.Errorf("hush, what I said: %w", err) },
	} {
		t.Run(name, func(t *testing.T) {
			inner := &url.Error{Op: "Post", URL: "https://b.example/?key=secret", Err: context.DeadlineExceeded}
			err := r.Error(wrap(&ownError{7, []error{nil, inner, io.ErrUnexpectedEOF}}))
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.ErrorIs(t, err, os.ErrClosed, "by the method Is of the user's type")
			assert.NotErrorIs(t, err, io.ErrClosedPipe)
			var own *ownError
			require.ErrorAs(t, err, &own)
			assert.Equal(t, 7, own.code)
			var code codeError
			require.ErrorAs(t, err, &code)
			var gone *url.Error
			assert.NotErrorAs(t, err, &gone)
			assertHidden(t, err)
			assert.ErrorContains(t, err, "gateway: ")
		})
	}
}

// A value that a caller compares with is found although its own text is redacted.
func TestError_MatchesTheErrorItself(t *testing.T) {
	sentinel := errors.New("hush")
	err := New([]string{"hush"}, nil, nil).Error(fmt.Errorf("call: %w", sentinel))
	require.ErrorIs(t, err, sentinel)
	assert.NotErrorIs(t, err, errors.New("hush"))
	assertHidden(t, err)
}

func assertHidden(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"key=secret", "k=v", "hush", "what I said"} {
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v %q", err, err, err, err), secret)
	}
	for _, inner := range unwrap(err) {
		assertHidden(t, inner)
	}
}

func TestError_OfNothingToHideIsItself(t *testing.T) {
	for _, err := range []error{
		io.EOF, fmt.Errorf("x: %w", io.EOF), errors.Join(io.EOF, nil), &net.OpError{Op: "dial", Err: io.EOF},
	} {
		assert.Same(t, err, WithoutURLs(err))
	}
	assert.NoError(t, WithoutURLs(nil))
	assert.EqualError(t, WithoutURLs(&url.Error{Op: "Get", URL: "https://a.example"}), "Get: failed")
}

// discreet wraps an error that its text does not show.
type discreet struct{ error }

func (discreet) Error() string   { return "failed" }
func (d discreet) Unwrap() error { return d.error }

// A URL that no text shows is in the error all the same.
func TestError_AURLThatTheTextDoesNotShow(t *testing.T) {
	inner := &url.Error{Op: "Get", URL: "https://a.example/?key=secret", Err: io.EOF}
	err := WithoutURLs(discreet{inner})
	assert.EqualError(t, err, "failed")
	require.ErrorIs(t, err, io.EOF)
	var gone *url.Error
	assert.NotErrorAs(t, err, &gone)
}

func TestError_ATimeoutStaysANetError(t *testing.T) {
	r := New([]string{"127.0.0.1"}, nil, nil)
	err := r.Error(fmt.Errorf("call: %w", &net.DNSError{Err: "timeout", Name: "127.0.0.1", IsTimeout: true}))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
	assert.True(t, timeout.Temporary()) //nolint:staticcheck // of the interface
	var dns *net.DNSError
	require.ErrorAs(t, err, &dns)
}

// list is an error that cannot be compared.
type list []string

func (l list) Error() string { return fmt.Sprint([]string(l)) }

func TestError_ThatCannotBeCompared(t *testing.T) {
	err := New([]string{"hush"}, nil, nil).Error(fmt.Errorf("x: %w", list{"hush"}))
	assert.EqualError(t, err, "x: [[redacted]]")
	assert.NotErrorIs(t, err, io.EOF)
	var own list
	assert.ErrorAs(t, err, &own)
}
