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
type SearchService service

var search = transport.Operation{Name: "search", Method: "GET", Path: "/search", Idempotent: true}

const (
	maxSearchQuery = 500
	maxSearchSize  = 50
)

// SearchParams is the input of Search.Query.
type SearchParams struct {
	Query string // 1 to 500 characters
	Size  int    // the maximum number of results, 1 to 50, or zero for the server's default, 10
}

// SearchResults is the outcome of a search.
type SearchResults struct {
	Results []*SearchResult `json:"results"` // may be empty, but holds no nil
	Raw     parley.Raw      `json:"-"`       // the response as sent
}

// SearchResult is a page or a product that was found. The fields from ProductID on are empty for a page.
type SearchResult struct {
	Score        float64  `json:"score"`        // how well it fits, on a scale that is not documented
	Title        string   `json:"title"`        // the title of the page
	Content      string   `json:"content"`      // the part of the page that fits
	URL          string   `json:"url"`          // the address of the page
	Path         string   `json:"path"`         // the path of that address
	ProductID    string   `json:"productId"`    // empty if the result is not a product
	Price        *float64 `json:"price"`        // in Currency, or nil
	Currency     string   `json:"currency"`     // the currency of Price
	Availability string   `json:"availability"` // whether the product is available
	Vendor       string   `json:"vendor"`       // the seller of the product
	ProductType  string   `json:"productType"`  // the kind of the product
	ImageURL     string   `json:"imageUrl"`     // the URL of a picture
}

// Query searches by meaning. It calls GET /search (https://docs.siteassist.io, search) with the publishable key in its
// query, which no error and no log record shows. Without Config.PublishableKey the error matches ErrInvalidArgument.
func (s *SearchService) Query(ctx context.Context, params SearchParams) (*SearchResults, error) {
	q := query{}
	q.text("q", params.Query)
	q.number("size", params.Size)
	return transport.Fetch(ctx, s.public, transport.Call{
		Operation: &search, Query: url.Values(q), ArgumentErr: params.check(),
	}, (*SearchResults).afterDecode)
}

func (p SearchParams) check() error {
	if err := required("Query", p.Query, maxSearchQuery); err != nil {
		return err
	}
	return within("Size", p.Size, maxSearchSize)
}

func (r *SearchResults) afterDecode(raw parley.Raw) error {
	r.Raw = raw
	if r.Results == nil {
		return errors.New("the response has no results")
	}
	r.Results = lenient.Items(r.Results)
	return nil
}
