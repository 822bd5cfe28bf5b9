package storetest

import "testing"

func TestTailCases_EachFlawIsNoticed(t *testing.T) {
	notices(t, tailCases(),
		"one user's conversations are another's",
		"a Tail misses the first chunk",
		"a Tail trims chunks",
		"a Tail ends in silence",
		"a Tail goes on with the next lease",
		"an appended batch is reversed",
	)
}
