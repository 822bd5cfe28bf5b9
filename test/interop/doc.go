// Package interop answers: does the WebSocket client get along with servers that others wrote? It is a module of its
// own, so that these servers reach no consumer's build. Run it with
//
//	go -C test/interop test -race ./...
package interop
