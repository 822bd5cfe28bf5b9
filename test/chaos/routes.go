package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// toxic is something that toxiproxy does to the bytes of one direction.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float64        `json:"toxicity"`
	Attributes map[string]int `json:"attributes"`
}

// both returns the toxic for both directions.
func both(kind string, attributes map[string]int) (list []toxic) {
	for _, stream := range []string{"upstream", "downstream"} {
		list = append(list, toxic{kind + "-" + stream, kind, stream, 1, attributes})
	}
	return list
}

// The networks between the users and the replicas.
var networks = []struct {
	name   string
	share  int // of ten users
	toxics []toxic
}{
	{"fast", 5, nil},
	{"slow", 3, append(both("latency", map[string]int{"latency": 80, "jitter": 60}),
		toxic{"bandwidth", "bandwidth", "downstream", 1, map[string]int{"rate": 20}})},
	{"cut", 2, []toxic{{"cut", "limit_data", "downstream", 1, map[string]int{"bytes": 6000}}}},
}

// vendorNetwork is the network between the replicas and the vendors.
func vendorNetwork() []toxic { return both("latency", map[string]int{"latency": 60, "jitter": 50}) }

// proxies are proxies whose faults never change while they run, because changing them can lock toxiproxy up.
type proxies struct {
	api    *toxiproxy.ApiServer
	all    []*toxiproxy.Proxy
	change func(name, base string) string // returns the URL that stands for a vendor's, may be nil
}

func newProxies(change func(name, base string) string) *proxies {
	return &proxies{api: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), change: change}
}

// openVendor starts a proxy before a vendor.
func (p *proxies) openVendor(name, base string) (string, error) {
	if p.change != nil {
		base = p.change(name, base)
	}
	return p.open(base, vendorNetwork())
}

// open starts a proxy before the host of base and returns base with the address of the proxy.
func (p *proxies) open(base string, toxics []toxic) (string, error) {
	target, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	listen, err := freeAddress()
	if err != nil {
		return "", err
	}
	proxy := toxiproxy.NewProxy(p.api, fmt.Sprintf("proxy-%d", len(p.all)), listen, target.Host)
	for _, t := range toxics {
		raw, _ := json.Marshal(t) // of strings and numbers
		if _, err := proxy.Toxics.AddToxicJson(bytes.NewReader(raw)); err != nil {
			return "", fmt.Errorf("chaos: add toxic %s: %w", t.Name, err)
		}
	}
	if err := proxy.Start(); err != nil {
		return "", fmt.Errorf("chaos: start proxy: %w", err)
	}
	p.all = append(p.all, proxy)
	target.Host = listen
	return target.String(), nil
}

func (p *proxies) close() {
	for _, proxy := range p.all {
		proxy.Stop()
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// quietLog drops what net/http would log of broken connections.
func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }
