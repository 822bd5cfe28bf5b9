// Package uistream serves conversations of package chat to web front ends, in the UI message stream of the AI SDK.
package uistream
