package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const host = "api.example:80"

// ends returns the two ends of a connection with the path given.
func ends(t *testing.T, path Path) (client, server *Conn, n *Network) {
	n = New()
	n.Plan(func(Dial) Path { return path })
	l, err := n.Listen(host)
	require.NoError(t, err)
	dialed, err := n.DialContext(t.Context(), "tcp", host)
	require.NoError(t, err)
	accepted, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _, _ = dialed.Close(), accepted.Close(), l.Close() })
	return dialed.(*Conn), accepted.(*Conn), n
}

func TestDialContext_Failures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		l, err := n.Listen(host)
		require.NoError(t, err)
		defer l.Close()
		dial := func(fail DialFailure, address string) error {
			n.Plan(func(Dial) Path { return Path{Fail: fail, Latency: time.Second} })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			conn, err := n.DialContext(ctx, "tcp", address)
			if err == nil {
				return conn.Close()
			}
			return err
		}
		began := time.Now()
		require.NoError(t, dial(DialSucceeds, host))
		assert.Equal(t, 2*time.Second, time.Since(began))
		assert.ErrorIs(t, dial(DialRefused, host), syscall.ECONNREFUSED)
		assert.ErrorIs(t, dial(DialSucceeds, "elsewhere:80"), syscall.ECONNREFUSED)

		name, ok := errors.AsType[*net.DNSError](dial(NameNotFound, host))
		require.True(t, ok)
		assert.True(t, name.IsNotFound)
		assert.Equal(t, "api.example", name.Name)
		name, ok = errors.AsType[*net.DNSError](dial(NameUnavailable, host))
		require.True(t, ok)
		assert.True(t, name.IsTemporary)

		began = time.Now()
		assert.ErrorIs(t, dial(DialUnanswered, host), context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Equal(t, 6, n.Dials())
		assert.Zero(t, n.Open())
	})
}

func TestDialContext_EndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		n.Plan(func(Dial) Path { return Path{Latency: time.Hour} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.DialContext(ctx, "tcp", host)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestPlan_KnowsTheDial(t *testing.T) {
	n := New()
	var seen []Dial
	n.Plan(func(d Dial) Path { seen = append(seen, d); return Path{} })
	for _, address := range []string{host, "b:1"} {
		_, err := n.DialContext(t.Context(), "tcp", address)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
	assert.Equal(t, []Dial{{1, host}, {2, "b:1"}}, seen)
	n.Plan(nil)
	_, err := n.DialContext(t.Context(), "tcp", host)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestBreak_OneAddressOrAll(t *testing.T) {
	client, server, n := ends(t, Path{})
	assert.Equal(t, 1, n.Open())
	assert.Zero(t, n.Break("other:1", Reset))
	assert.Equal(t, 1, n.Break(host, Reset))
	for _, conn := range []*Conn{client, server} {
		_, err := conn.Read(make([]byte, 1))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		_, err = conn.Write([]byte("x"))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
	}
	assert.Equal(t, 1, n.Break("", Close), "still open at the end that dialed it")
	require.NoError(t, client.Close())
	assert.Zero(t, n.Break("", Close))
}

// net/http works on the network, over HTTP/1 and over HTTP/2.
func TestMend_ShortensLatenciesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, n := ends(t, Path{Latency: time.Minute})
		began := time.Now()
		_, err := client.Write([]byte("slow "))
		require.NoError(t, err)
		n.Mend(time.Second)
		_, err = client.Write([]byte("fast"))
		require.NoError(t, err)
		read := make([]byte, len("slow fast"))
		_, err = io.ReadFull(server, read)
		require.NoError(t, err)
		assert.Equal(t, "slow fast", string(read), "the bytes keep their order")
		assert.Equal(t, time.Minute, time.Since(began))
		_, err = server.Write([]byte("x"))
		require.NoError(t, err)
		_, err = client.Read(read)
		require.NoError(t, err)
		assert.Equal(t, time.Minute+time.Second, time.Since(began))
	})
}

func TestNetwork_CarriesHTTP(t *testing.T) {
	for name, set := range map[string]func(*http.Protocols, bool){
		"HTTP/1": (*http.Protocols).SetHTTP1, "HTTP/2": (*http.Protocols).SetUnencryptedHTTP2,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New()
				n.Plan(func(Dial) Path { return Path{Latency: 10 * time.Millisecond, Bandwidth: 1 << 20} })
				l, err := n.Listen(host)
				require.NoError(t, err)
				protocols := &http.Protocols{}
				set(protocols, true)
				echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					_, _ = w.Write(body)
				})
				server := &http.Server{Protocols: protocols, Handler: echo}
				served := make(chan error, 1)
				go func() { served <- server.Serve(l) }()
				pool := &http.Transport{DialContext: n.DialContext, Protocols: protocols}
				body := make([]byte, 1<<20)
				for range 3 {
					began := time.Now()
					response, err := (&http.Client{Transport: pool}).Post("http://api.example", "", newReader(body))
					require.NoError(t, err)
					got, err := io.ReadAll(response.Body)
					require.NoError(t, err)
					require.NoError(t, response.Body.Close())
					assert.Len(t, got, len(body))
					assert.Greater(t, time.Since(began), time.Second, "a MiB at a MiB per second")
				}
				assert.Equal(t, 1, n.Dials(), "the connection serves all three")
				pool.CloseIdleConnections()
				require.NoError(t, server.Close())
				require.ErrorIs(t, <-served, http.ErrServerClosed)
				assert.Zero(t, n.Open())
			})
		})
	}
}
