package raia

import (
	"context"

	"github.com/seed-127a5941/parley"
)

// Do sends an operation that this package does not know yet, with the first key that is set of AgentKey,
// OrganizationKey and SuperAdminKey, and with the retries, limits and errors of all other calls. It decodes the JSON of
// a 2xx response into out. If out is nil, any 2xx response is a success. An undecodable response matches ErrDecode, and
// a Request that cannot be sent matches ErrInvalidArgument.
//
// Give the fields of out tags: a build that decodes with encoding/json/v2 matches the names of members exactly.
func (c *Client) Do(ctx context.Context, r parley.Request, out any) error {
	return c.api.DoRequest(ctx, r, out)
}
