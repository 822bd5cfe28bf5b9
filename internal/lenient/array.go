package lenient

// Array walks the elements of a JSON array as Object walks the members of an object.
type Array struct {
	Value []byte // of the element, as received, without white space around it; an append to it copies it

	raw   []byte
	start int // index of '['
	next  int // index of the sign before the next element: '[' or ','
}

// NewArray returns the walk before the first element.
func NewArray(raw []byte) Array {
	start := skipSpace(raw, 0)
	if at(raw, start) != '[' {
		return Array{}
	}
	return Array{raw: raw, start: start, next: start}
}

// Next goes to the next element. It reports false at the end of the array and at a syntax error. Alone tells these
// apart.
func (a *Array) Next() bool {
	first := a.next == a.start && a.raw != nil
	if !first && at(a.raw, a.next) != ',' {
		return false
	}
	start := skipSpace(a.raw, a.next+1)
	value, end := scanValue(a.raw, start)
	if len(value) == 0 {
		if first && at(a.raw, start) == ']' {
			a.next = start
		}
		return false
	}
	a.Value, a.next = value, skipSpace(a.raw, end)
	return true
}

// Alone reports, after Next reported false, that the walk reached the end of the array and that only white space
// follows it.
func (a *Array) Alone() bool {
	return at(a.raw, a.next) == ']' && skipSpace(a.raw, a.next+1) == len(a.raw)
}
