// Package interop tests the WebSocket client with servers that others wrote. It is a module of its own, so that these
// servers are not in the builds of consumers. Run it with
//
//	go -C test/interop test -race ./...
package interop
