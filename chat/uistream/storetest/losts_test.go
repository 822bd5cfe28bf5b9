package storetest

import "testing"

func TestLostCases_EachFlawIsNoticed(t *testing.T) {
	notices(t, lostCases(),
		"a lost lease is not told",
		"a lost lease may save",
		"a refused Save is no error",
	)
}
