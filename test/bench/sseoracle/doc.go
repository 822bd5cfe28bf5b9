// Package sseoracle compares internal/sse with github.com/tmaxmax/go-sse. It stands here so that the peer does not
// reach the builds of those who use the SDK.
package sseoracle
