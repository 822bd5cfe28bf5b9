package raia

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStart_SendsTheVendorsOwnExample(t *testing.T) {
	server := stub(t, 201, `{"conversationId":"c1"}`)
	started, err := client(t, server).Conversations.Start(t.Context(), SMSStart{
		FirstName: "Ada", LastName: "Example", Context: "...", Source: "CRM", FkID: "12345", FkUserID: "123456789",
		Email: "demo@example.com", PhoneNumber: "+14567890101", Introduction: "Hi, Ada.",
	})
	require.NoError(t, err)
	assert.Equal(t, "c1", started.ConversationID)
	assert.JSONEq(t,
		`{"firstName":"Ada","lastName":"Example","channel":"sms","context":"...","source":"CRM","fkId":"12345",
		"fkUserId":"123456789","email":"demo@example.com","phoneNumber":"+14567890101","smsIntroduction":"Hi, Ada."}`,
		string(server.Requests()[0].Body))
}
