// Package parleyredis lets the replicas of a service share tokens and conversations in Redis:
//
//   - NewTokenStore returns a parley.TokenStore and parley.TokenLocker for the tokens and visitor sessions of packages
//     syntphony and siteassist.
//   - NewStore returns a uistream.Store and uistream.Tailer for the conversations of package uistream.
//
// Both take a client of package go-redis and are safe for concurrent use. They start no goroutine that outlives its
// use. The client remains the caller's to close. Set ContextTimeoutEnabled in its options.
//
// # Requirements of Redis
//
// Redis 7.0 or later, alone, with replicas or as a cluster: all keys of a conversation are in one slot. Switch on
// appendonly, and set maxmemory-policy to noeviction. A Redis that forgets a conversation also forgets that a message
// of it was said, and then the message is said again when the user repeats it. After a failover this can happen to what
// the old primary had not replicated.
//
// # Keys and values
//
// Keys hold hashes of user and conversation, no ids. Values hold tokens and what was said. Options.Keys encrypts them.
// Each key expires. Errors show no key and no value.
package parleyredis
