package chat

import (
	"crypto/sha256"
	"encoding/base64"
)

// hash identifies a text without holding it. 66 bits are enough, because a user cannot be harmed by a collision.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:11]
}

// markSize is the length of a mark: the first 36 bits of a hash.
const markSize = 6

// marks are the beginnings of hashes of ids, one after the other, the latest last. They tell whether an id is among
// them in a sixth of the space that a list of ids would need.
type marks string

// has reports whether id is among the marks.
func (m marks) has(id string) bool { return m.index(hash(id)[:markSize]) >= 0 }

// with returns m with ids at the end, where those move that m has already. The oldest beyond limit are dropped.
func (m marks) with(limit int, ids ...string) marks {
	for _, id := range ids {
		mark := hash(id)[:markSize]
		if at := m.index(mark); at >= 0 {
			m = m[:at] + m[at+markSize:]
		}
		m += marks(mark)
	}
	return m[max(0, len(m)-limit*markSize):]
}

func (m marks) index(mark string) int {
	for at := 0; at+markSize <= len(m); at += markSize {
		if string(m[at:at+markSize]) == mark {
			return at
		}
	}
	return -1
}
