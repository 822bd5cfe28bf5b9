package siteassist

import (
	"context"
	"errors"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

// SearchService searches the content that the project has indexed. It needs Config.PublishableKey.
type SearchService struct {
	api *transport.Client // with the publishable key
}

var search = transport.Operation{Name: "search", Method: "GET", Path: "/search", Idempotent: true}

const (
	maxSearchQuery = 500
	maxSearchSize  = 50
)

// SearchParams is the input of Search.Query.
type SearchParams struct {
	Query string // 1 to 500 characters
	Size  int    // results at most, 1 to 50; 0: the server's default, 10
}

// SearchResults is what was found.
type SearchResults struct {
	Results []*SearchResult `json:"results"` // none of them nil
	Raw     parley.Raw      `json:"-"`       // the reply as sent
}

// SearchResult is a page or product that was found. The fields from ProductID on are those of products.
type SearchResult struct {
	Score        float64  `json:"score"`        // how well it fits; the scale is not documented
	Title        string   `json:"title"`        // of the page
	Content      string   `json:"content"`      // the part that fits
	URL          string   `json:"url"`          // of the page
	Path         string   `json:"path"`         // of that URL
	ProductID    string   `json:"productId"`    // "": no product
	Price        *float64 `json:"price"`        // in Currency; nil: none
	Currency     string   `json:"currency"`     // "": none
	Availability string   `json:"availability"` // "": not told
	Vendor       string   `json:"vendor"`       // "": not told
	ProductType  string   `json:"productType"`  // "": not told
	ImageURL     string   `json:"imageUrl"`     // "": none
}

// Query searches by meaning. It calls GET /search (https://docs.siteassist.io, search) with the publishable key in its
// query; no error and no log shows that. Without Config.PublishableKey the error matches ErrInvalidArgument.
func (s *SearchService) Query(ctx context.Context, params SearchParams) (*SearchResults, error) {
	q := query{}
	q.text("q", params.Query)
	q.number("size", params.Size)
	return transport.Fetch(ctx, s.api, transport.Call{
		Operation: &search, Query: url.Values(q), ArgumentErr: params.check(),
	}, (*SearchResults).complete)
}

func (p SearchParams) check() error {
	if err := required("Query", p.Query, maxSearchQuery); err != nil {
		return err
	}
	return within("Size", p.Size, maxSearchSize)
}

func (r *SearchResults) complete(raw parley.Raw) error {
	r.Raw = raw
	if r.Results == nil {
		return errors.New("the reply has no results")
	}
	r.Results = lenient.Items(r.Results)
	return nil
}
