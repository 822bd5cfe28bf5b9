package siteassist

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestQuery_HoldsOnlyWhatIsSet(t *testing.T) {
	q := query{}
	q.text("empty", "")
	q.text("text", "a b")
	q.number("zero", 0)
	q.number("number", 12)
	assert.Equal(t, "number=12&text=a+b", url.Values(q).Encode())
}
