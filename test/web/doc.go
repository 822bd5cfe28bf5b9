// Package web answers: do the clients that web pages use understand the UI message stream of chat/uistream? It starts
// the npm packages ai and @ai-sdk/react in three major versions, in Node and in Chromium, and walks through the page of
// examples/gateway. It is a module of its own, so that none of this reaches a consumer's build. Run it with
//
//	npm --prefix test/web ci
//	go -C test/web test -race ./...
//
// A test whose program is missing is skipped and names the Debian package. With PARLEY_CI=1 it fails.
package web
