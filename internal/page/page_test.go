package page

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const operation = "raia: list things"

// book is a list of pages, numbered from 1, that records the requested ones.
type book struct {
	pages [][]int
	asked []int
	fail  map[int]error
	// position replaces the page number of the server's response. Nil means the true number.
	position func(at int) any
	endless  bool // always claims one more page
}

func (b *book) fetch(at int, _ []byte) (Page[int], error) {
	b.asked = append(b.asked, at)
	if err := b.fail[at]; err != nil {
		return Page[int]{}, err
	}
	page := Page[int]{Position: any(at), Next: at + 1, More: at < len(b.pages) || b.endless}
	if b.position != nil {
		page.Position = b.position(at)
	}
	for _, n := range b.pages[min(at, len(b.pages))-1] {
		page.Items = append(page.Items, new(n))
	}
	return page, nil
}

func collect(t *testing.T, b *book) (got []int, err error) {
	for n, e := range Walk(operation, 1, b.fetch) {
		require.NoError(t, err, "something came after an error")
		if err = e; e != nil {
			assert.Nil(t, n)
			continue
		}
		got = append(got, *n)
	}
	return got, err
}

func TestFull_AtTheLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 100} {
		assert.True(t, Full(limit, limit))
		assert.False(t, Full(limit-1, limit))
	}
	assert.False(t, Full(1000, 0), "without a limit the first page is the whole list")
}

func TestWalk_AllPagesInOrder(t *testing.T) {
	b := &book{pages: [][]int{{1, 2}, {3}, {4, 5}}}
	got, err := collect(t, b)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2, 3, 4, 5}, got)
	assert.Equal(t, []int{1, 2, 3}, b.asked)
}

func TestWalk_IsLazy(t *testing.T) {
	b := &book{pages: [][]int{{1, 2}, {3}}}
	walk := Walk(operation, 1, b.fetch)
	assert.Empty(t, b.asked, "asked before the first item was needed")
	for n := range walk {
		if *n == 2 {
			assert.Equal(t, []int{1}, b.asked, "asked before the third item was needed")
			break
		}
	}
	assert.Equal(t, []int{1}, b.asked, "asked after the break")
}

func TestWalk_RangesAgainFromTheStart(t *testing.T) {
	b := &book{pages: [][]int{{1}, {2}}}
	walk := Walk(operation, 1, b.fetch)
	for range 2 {
		var got []int
		for n, err := range walk {
			require.NoError(t, err)
			got = append(got, *n)
		}
		assert.Equal(t, []int{1, 2}, got)
	}
}

func TestWalk_ErrorIsYieldedOnceAndEnds(t *testing.T) {
	broken := errors.New("broken")
	b := &book{pages: [][]int{{1}, {2}, {3}}, fail: map[int]error{2: broken}}
	got, err := collect(t, b)
	require.ErrorIs(t, err, broken)
	assert.Equal(t, []int{1}, got)
	assert.Equal(t, []int{1, 2}, b.asked)
}

func TestWalk_RepeatedPositionIsAnError(t *testing.T) {
	b := &book{pages: [][]int{{1}, {2}}, endless: true, position: func(int) any { return 1 }}
	got, err := collect(t, b)
	require.ErrorIs(t, err, parley.ErrDecode)
	require.EqualError(t, err, "raia: list things: undecodable response: page 1 came twice in a row")
	assert.Equal(t, []int{1}, got)
	assert.Equal(t, []int{1, 2}, b.asked)
}

func TestWalk_UnknownPositionsAreNotCompared(t *testing.T) {
	b := &book{pages: [][]int{{1}, {2}}, position: func(int) any { return nil }}
	got, err := collect(t, b)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, got)
}

func TestWalk_EmptyPageEndsWhateverItClaims(t *testing.T) {
	b := &book{pages: [][]int{{1}, {}}, endless: true}
	got, err := collect(t, b)
	require.NoError(t, err)
	assert.Equal(t, []int{1}, got)
	assert.Equal(t, []int{1, 2}, b.asked)
}

func TestWalk_EmptyPageEndsAlsoIfItRepeatsThePosition(t *testing.T) {
	b := &book{pages: [][]int{{1}, {}}, endless: true, position: func(int) any { return 1 }}
	got, err := collect(t, b)
	require.NoError(t, err)
	assert.Equal(t, []int{1}, got)
}

func TestWalk_NilItemsAreSkipped(t *testing.T) {
	pages := map[int]Page[int]{
		1: {Items: []*int{nil, new(7)}, More: true, Next: 2}, 2: {Items: []*int{nil}, More: true, Next: 3},
	}
	var got []int
	for n, err := range Walk(operation, 1, func(at int, _ []byte) (Page[int], error) { return pages[at], nil }) {
		require.NoError(t, err)
		got = append(got, *n)
	}
	assert.Equal(t, []int{7}, got, "a page of nothing but nil counts as empty")
}

func TestFull(t *testing.T) {
	assert.True(t, Full(10, 10))
	assert.True(t, Full(11, 10))
	assert.False(t, Full(9, 10), "shorter than the limit: the last one")
	assert.False(t, Full(500, 0), "without a limit there is one page")
}
