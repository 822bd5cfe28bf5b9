package storetest

import "testing"

func TestStoreCases_EachFlawIsNoticed(t *testing.T) {
	notices(t, storeCases(),
		"one user's conversations are another's",
		"keys run into each other",
		"ids are cut",
		"contexts are ignored",
		"an unknown conversation is an error",
		"long Records are cut",
		"the lock excludes nobody",
		"Lock waits",
		"a lease ends with Lock's context",
		"a refused Save is no error",
		"Unlock is forgotten",
		"Unlock takes any lease",
	)
}
