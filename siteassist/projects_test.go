package siteassist

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProject_Schema(t *testing.T) {
	p := get(t,
		`{"id":"p1","name":"Acme Inc","status":"active","chatWidgetConfig":{"position":"right","theme":"light",`+
			`"width":400,
		"offset":{"x":1,"y":2.5},"welcomeMessage":"Hi!","displayName":null}}`,
		func(c *Client) (*Project, error) { return c.Projects.GetCurrent(t.Context()) })
	assert.Equal(t, "Acme Inc", p.Name)
	assert.Equal(t, &ChatWidgetConfig{
		Position: "right", Theme: "light", Width: 400, Offset: WidgetOffset{1, 2.5}, WelcomeMessage: "Hi!",
	}, p.ChatWidgetConfig)
}

func TestQnA_Schema(t *testing.T) {
	q := get(t,
		`{"object":"qna","id":"q1","question":"Q?","answer":"A","createdBy":{"name":"Sample Author","image":null},`+
			`"updatedAt":"2024-01-15T10:30:00Z"}`,
		func(c *Client) (*QnA, error) { return c.Projects.GetQnA(t.Context(), "p1", "q1") })
	assert.Equal(t, "Q?", q.Question)
	assert.Equal(t, "Sample Author", q.CreatedBy.Name)
	assert.False(t, q.UpdatedAt.IsZero())
}
