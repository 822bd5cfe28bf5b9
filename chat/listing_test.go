package chat

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func listed(id string, role Role, answerTo string) Listed {
	return Listed{Event: Event{ID: id, Role: role}, AnswerTo: answerTo}
}

func TestQuestionsOf_FindsWhatAMessageAnswers(t *testing.T) {
	all := Listing{Messages: []Listed{
		listed("1", RoleAssistant, ""), listed("2", RoleUser, ""), listed("3", RoleSystem, ""),
		listed("4", RoleAssistant, ""), listed("5", RoleAssistant, ""), listed("6", RoleUser, ""),
		listed("7", RoleAssistant, "2"), listed("8", RoleHuman, ""), listed("9", RoleAssistant, ""),
		listed("10", RoleAssistant, "6"),
	}}
	assert.Equal(t, []string{"", "", "", "2", "2", "", "2", "", "", "6"}, questionsOf(all))
	assert.Equal(t, []string{"2", "6"}, usersOf(all))
	assert.Equal(t, 5, all.index("6"))
}
