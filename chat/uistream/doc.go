// Package uistream serves conversations of package chat to web front ends, in the UI message stream of the AI SDK (v1),
// which useChat and assistant-ui speak. Versions 5.0.0 and later of the npm package ai can read it.
//
//	handler, err := uistream.NewHandler(uistream.Config{
//		Driver: raiachat.New(client, raiachat.Options{}),
//		User:   userOfCookie,
//	})
//	http.Handle("/api/chat/", http.StripPrefix("/api/chat", handler))
//	http.Handle("/api/chat", http.StripPrefix("/api/chat", handler))
//
// The paths are
//
//	POST /               says the last message of the user and streams the answer
//	GET  /{id}/stream    streams the answer under way from its start
//	GET  /{id}/events    streams what comes unasked, as server-sent events
//	GET  /{id}/messages  returns the messages of the conversation
//	POST /{id}/greeting  streams the agent's greeting
//	POST /{id}/human     asks for a human
package uistream
