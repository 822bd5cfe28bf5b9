package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRestrict_LeavesTheMutantsThatHadTheOutcome(t *testing.T) {
	trying, all := trialOf(t, tiny(t), "low")
	require.Len(t, all, 5)
	var ids []string
	for _, m := range all {
		id, err := trying.idOf(m)
		require.NoError(t, err)
		ids = append(ids, id)
	}
	trying.equivalents = map[string]string{ids[2]: "the same for all integers"}
	byPackage := map[string][]mutant{"low": all, "high": nil}
	share := map[string]int{"low": 2, "high": 7}
	done := map[string]result{
		ids[0]: {Outcome: survived}, ids[1]: {Outcome: noticed},
		ids[2]: {Outcome: survived}, ids[3]: {Outcome: survived},
	} // ids[4] was not tried yet
	require.NoError(t, trying.restrict(byPackage, share, done, survived))
	assert.Equal(t, []mutant{all[0], all[3]}, byPackage["low"])
	assert.Empty(t, byPackage["high"])
	assert.Equal(t, map[string]int{"low": 2, "high": 0}, share)
	assert.Equal(t, map[string]result{ids[1]: {Outcome: noticed}, ids[2]: {Outcome: survived}}, done,
		"only the results of the trials that are made again are forgotten")
	assert.Equal(t, []mutant{all[0], all[3]}, trying.wanted(byPackage, share, done))
}

func TestRestrict_AMutantWhoseSourceIsGoneIsAnError(t *testing.T) {
	trying, all := trialOf(t, tiny(t), "low")
	all[0].File = "low/gone.go"
	err := trying.restrict(map[string][]mutant{"low": all[:1]}, map[string]int{}, map[string]result{}, survived)
	assert.Error(t, err)
}
