// Package sseoracle compares internal/sse with github.com/tmaxmax/go-sse. It is a module of its own, so that users of
// the SDK do not have the peer in their builds.
package sseoracle
