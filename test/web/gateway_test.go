package web_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var buildGateway = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(made(), "gateway")
	return binary, output("../../examples/gateway", "go", "build", "-o", binary, ".")
})

// startGateway starts examples/gateway with the fakes that are in it, and returns the address of its
// page.
func startGateway(t *testing.T) string {
	t.Helper()
	requirePeers(t)
	binary, err := buildGateway()
	require.NoError(t, err)
	gateway := exec.Command(binary, "-addr", "127.0.0.1:0")
	gateway.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()} // no variable of a vendor
	out, err := gateway.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, gateway.Start())
	t.Cleanup(func() {
		_ = gateway.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(patience, func() { _ = gateway.Process.Kill() })
		defer kill.Stop()
		_ = gateway.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "gateway: ")
	require.True(t, ok, line)
	return url
}

// network is a TCP proxy whose connections can be cut.
type network struct {
	net.Listener
	target string
	group  sync.WaitGroup

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

// newNetwork proxies to the host of a URL and returns itself with the URL that leads through it.
func newNetwork(t *testing.T, url string) (*network, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	n := &network{Listener: listener, target: strings.TrimPrefix(url, "http://"), conns: map[net.Conn]bool{}}
	n.group.Go(n.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		n.cut(true)
		n.group.Wait()
	})
	return n, "http://" + listener.Addr().String()
}

func (n *network) accept() {
	for {
		client, err := n.Accept()
		if err != nil {
			return
		}
		n.group.Go(func() { n.serve(client) })
	}
}

func (n *network) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", n.target)
	if err != nil {
		return
	}
	defer server.Close()
	if !n.add(client, server) {
		return
	}
	defer n.remove(client, server)
	n.group.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	_, _ = io.Copy(client, server)
}

func (n *network) add(conns ...net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range conns {
		n.conns[c] = true
	}
	return !n.down
}

func (n *network) remove(conns ...net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range conns {
		delete(n.conns, c)
	}
}

// cut closes all connections. With down, new ones are closed at once until it is called again without.
func (n *network) cut(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
	for c := range n.conns {
		_ = c.Close()
	}
}
