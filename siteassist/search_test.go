package siteassist

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSearch_Schema(t *testing.T) {
	r := get(t,
		`{"results":[{"score":0.82,"title":"T","content":"C","url":"https://docs.example.com/x","path":"/x",`+
			`"productId":"p",
		"price":0,"currency":"EUR","availability":"in stock","vendor":"V","productType":"shoe",`+
			`"imageUrl":"https://example.com/i"},null,{"title":"U"}]}`,
		func(c *Client) (*SearchResults, error) { return c.Search.Query(t.Context(), SearchParams{Query: "x"}) })
	require.Len(t, r.Results, 2)
	assert.Equal(t, &SearchResult{
		Score: 0.82, Title: "T", Content: "C", URL: "https://docs.example.com/x", Path: "/x", ProductID: "p",
		Price: new(0.0), Currency: "EUR", Availability: "in stock", Vendor: "V", ProductType: "shoe",
		ImageURL: "https://example.com/i",
	}, r.Results[0])
	assert.Nil(t, r.Results[1].Price)
	assert.NotEmpty(t, r.Raw)
}
