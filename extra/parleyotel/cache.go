package parleyotel

import "sync"

// mostCached is how many kinds of calls and attempts are remembered. The vendors have about 90 operations. Further
// kinds come from Client.Do with ever new names, and are made anew each time.
const mostCached = 1024

// cache remembers what all calls or attempts of one kind have in common, because making sets of attributes is most of
// the work.
type cache[K comparable, V any] struct {
	mu      sync.RWMutex
	entries map[K]V
}

// get returns the entry of key. If there is none, create makes it.
func (c *cache[K, V]) get(key K, create func() V) V {
	c.mu.RLock()
	entry, ok := c.entries[key]
	c.mu.RUnlock()
	if ok {
		return entry
	}
	entry = create()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[K]V{}
	}
	if len(c.entries) < mostCached {
		c.entries[key] = entry
	}
	return entry
}
