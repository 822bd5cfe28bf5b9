package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

// spawnNginx runs deploy/nginx.conf with other ports, as few other changes as possible, and returns the URL, and
// the one with TLS, which has the certificate.
func spawnNginx(t *testing.T, certificate tls.Certificate, replicas ...string) (p *process, url, secure string) {
	need(t, "nginx", "nginx")
	conf, err := os.ReadFile("deploy/nginx.conf")
	require.NoError(t, err)
	dir, port, securePort := t.TempDir(), freePort(t), freePort(t)
	replace := func(old, new string) {
		require.Contains(t, string(conf), old)
		conf = []byte(strings.ReplaceAll(string(conf), old, new))
	}
	replace("127.0.0.1:8081", strings.TrimPrefix(replicas[0], "http://"))
	replace("127.0.0.1:8082", strings.TrimPrefix(replicas[1], "http://"))
	replace("listen 80;", "listen 127.0.0.1:"+port+";")
	replace("#listen 443 ssl", "listen 127.0.0.1:"+securePort+" ssl")
	replace("#ssl_certificate /etc/gateway/tls.crt", "ssl_certificate "+filepath.Join(dir, "tls.crt"))
	replace("#ssl_certificate_key /etc/gateway/tls.key", "ssl_certificate_key "+filepath.Join(dir, "tls.key"))
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"tls.crt": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		"tls.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	own := "access_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		own += fmt.Sprintf("%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	replace("http {", "http {\n"+own)
	file := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(file, conf, 0o600))
	cmd := exec.Command("nginx", "-c", file, "-p", dir, "-e", "stderr", "-g",
		"daemon off; pid "+filepath.Join(dir, "pid")+";")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p = spawn(t, cmd)
	t.Cleanup(func() { // before spawn kills the master: the workers end with it
		p.signal(syscall.SIGTERM)
		<-p.done
	})
	url = "http://127.0.0.1:" + port
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	require.Eventually(t, func() bool {
		response, err := client.Get(url + "/healthz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, 30*time.Second, 10*time.Millisecond, p.log)
	return p, url, "https://127.0.0.1:" + securePort
}

// TestDeploy_ManyTabs opens more streams of events than a browser opens connections, and then asks for the page: over
// HTTP/2 one connection has them all.
func TestDeploy_ManyTabs(t *testing.T) {
	holder := httptest.NewTLSServer(nil) // of a certificate and a client that trusts it
	defer holder.Close()
	_, env := slowSite(t, 0)
	_, replica := spawnGateway(t, lines(env))
	_, _, url := spawnNginx(t, holder.TLS.Certificates[0], replica, replica)
	transport := holder.Client().Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = true
	transport.MaxConnsPerHost = 1
	defer transport.CloseIdleConnections()
	b := open(t, url, transport)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // streams that wait for a connection
	defer cancel()
	for n := range 10 {
		response := b.stream(ctx, http.MethodGet, fmt.Sprintf("/api/siteassist/c-%d/events", n), "")
		defer response.Body.Close()
		require.Equal(t, "HTTP/2.0 200 OK", response.Proto+" "+response.Status)
	}
	status, _ := b.get("/")
	assert.Equal(t, http.StatusOK, status)
}

// TestDeploy_NginxBeforeTwoReplicas holds what nginx.conf promises: streams pass as they come, a reload and the end of
// a replica cost no answer, and nothing is said twice.
func TestDeploy_NginxBeforeTwoReplicas(t *testing.T) {
	server, env := slowSite(t, 100*time.Millisecond)
	address := redisserver.Test(t).Addr()
	args := []string{"-redis", address, "-key-file", keyFile(t)}
	one, urlOne := spawnGateway(t, lines(env), args...)
	two, urlTwo := spawnGateway(t, lines(env), args...)
	holder := httptest.NewTLSServer(nil) // of a certificate
	defer holder.Close()
	proxy, url, _ := spawnNginx(t, holder.TLS.Certificates[0], urlOne, urlTwo)
	b := open(t, url)
	// A worker that ends closes the connections that clients keep, and a POST that is on its way then is lost with it.
	// Browsers send it again, Go's client does not.
	b.Transport.(*http.Transport).DisableKeepAlives = true

	began := time.Now()
	var first time.Duration
	a := b.midway("siteassist", "c-1", "m-1", "Hello", func() { first = time.Since(began) })
	require.True(t, a.whole)
	assert.Less(t, first, time.Since(began)/2, "the first word came before the last")

	a = b.midway("siteassist", "c-2", "m-2", "Reload", func() { proxy.signal(syscall.SIGHUP) })
	assert.True(t, a.whole)
	assert.Equal(t, "one two three four five six seven eight nine ten", a.text)

	for i, replica := range []*process{one, two} {
		text := fmt.Sprintf("End %d", i)
		a = b.midway("siteassist", fmt.Sprintf("c-3-%d", i), "m-3", text, func() {
			if replica == one {
				one.signal(syscall.SIGTERM)
				for n := range 4 {
					conversation := fmt.Sprintf("c-4-%d", n)
					assert.True(t, b.say("siteassist", conversation, "m-4", "Meanwhile").whole,
						"the other replica answers")
				}
			}
		})
		assert.True(t, a.whole, "whichever replica answers, it answers whole")
		assert.Equal(t, 1, said(server, text))
	}
	<-one.done
	assert.NoError(t, one.err, one.log)
	assert.Equal(t, 4, said(server, "Meanwhile"))
	for _, path := range []string{"/metrics", "/readyz"} {
		status, _ := b.get(path)
		assert.Equal(t, http.StatusNotFound, status)
	}
}

func TestDeploy_SystemdUnit(t *testing.T) {
	need(t, "systemd-analyze", "systemd")
	unit, err := os.ReadFile("deploy/gateway.service")
	require.NoError(t, err)
	require.Contains(t, string(unit), "/usr/local/bin/gateway ")
	number := func(pattern string) int {
		match := regexp.MustCompile(pattern).FindSubmatch(unit)
		require.NotNil(t, match, pattern)
		n, err := strconv.Atoi(string(match[1]))
		require.NoError(t, err)
		return n
	}
	assert.Equal(t, 10, number(`(?m)^TimeoutStopSec=(\d+)$`)-number(`-drain (\d+)s`)-number(`-grace (\d+)s`),
		"as docs/replicas.md says")
	file := filepath.Join(t.TempDir(), "gateway.service")
	installed := strings.Replace(string(unit), "/usr/local/bin/gateway ", os.Args[0]+" ", 1)
	require.NoError(t, os.WriteFile(file, []byte(installed), 0o600))
	output, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", file).CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Empty(t, string(output))
}
