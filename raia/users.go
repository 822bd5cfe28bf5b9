package raia

import (
	"context"
	"errors"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

var (
	createUser = transport.Operation{Name: "create user", Method: "POST", Path: "/users"}
	searchUser = transport.Operation{Name: "search user", Method: "GET", Path: "/users/search", Idempotent: true}
	getUser    = transport.Operation{Name: "get user", Method: "GET", Path: "/users/{id}", Idempotent: true}
	deleteUser = transport.Operation{Name: "delete user", Method: "DELETE", Path: "/users/{id}", Idempotent: true}

	getUserLimits = transport.Operation{
		Name: "get user limits", Method: "GET", Path: "/users/{id}/limits", Idempotent: true,
	}
	createUserLimits = transport.Operation{Name: "create user limits", Method: "POST", Path: "/users/{id}/limits"}
	updateUserLimits = transport.Operation{
		Name: "update user limits", Method: "PUT", Path: "/users/{id}/limits", Idempotent: true,
	}
	deleteUserLimits = transport.Operation{
		Name: "delete user limits", Method: "DELETE", Path: "/users/{id}/limits", Idempotent: true,
	}
)

// UsersService manages the people who talk to the agent ("conversation users"). It is safe for concurrent use.
type UsersService service

// User is a person who talks to agents. Fields that were not given are empty.
type User struct {
	ID           string     `json:"id"` // for CreateConversationParams.ConversationUserID
	FirstName    string     `json:"firstName"`
	LastName     string     `json:"lastName"`
	Context      string     `json:"context"`     // about the user
	Source       string     `json:"source"`      // free-form, such as "webchat"
	FkID         string     `json:"fkId"`        // the user's key at the caller
	FkUserID     string     `json:"fkUserId"`    // a second such key
	Email        string     `json:"email"`       // Search can find the user by it
	PhoneNumber  string     `json:"phoneNumber"` // E.164
	Metadata     Metadata   `json:"metadata"`
	IsAnonymized bool       `json:"isAnonymized"` // false in older responses
	Raw          parley.Raw `json:"-"`            // the response as received, nil inside another response
}

// UserPage is one page of users.
type UserPage = Page[User]

// CreateUserParams describes a new user. FirstName, LastName and one of Email, PhoneNumber and FkID are required.
type CreateUserParams struct {
	FirstName                 string         `json:"firstName"` // required, like LastName
	LastName                  string         `json:"lastName"`
	Email                     string         `json:"email,omitzero"`
	PhoneNumber               string         `json:"phoneNumber,omitzero"` // E.164, such as "+1234567890"
	FkID                      string         `json:"fkId,omitzero"`        // the user's key at the caller
	FkUserID                  string         `json:"fkUserId,omitzero"`    // a second such key
	Context                   string         `json:"context,omitzero"`     // about the user
	Source                    string         `json:"source,omitzero"`      // free-form, such as "webchat"
	CustomData                map[string]any `json:"customData,omitempty"` // comes back in Metadata, optional
	SkipPhoneNumberValidation bool           `json:"skipPhoneNumberValidation,omitzero"`
	SkipEmailValidation       bool           `json:"skipEmailValidation,omitzero"`
}

func (p CreateUserParams) validate() error {
	return required(
		field{"FirstName", p.FirstName}, field{"LastName", p.LastName},
		field{"Email, PhoneNumber or FkID", p.Email + p.PhoneNumber + p.FkID},
	)
}

// Create registers a user. ErrBadRequest means that the user may already exist. It calls POST /users.
// Source: the vendor's page "Users".
func (s *UsersService) Create(ctx context.Context, params CreateUserParams) (*User, error) {
	call := transport.Call{Operation: &createUser, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*User).afterDecode)
}

// GetOrCreate returns the user with one of the keys in params, and creates the user if there is no such user. It
// searches for FkID first, then for Email and for PhoneNumber. An existing user is returned unchanged, whatever else
// params holds. User.Raw is then the response to the search.
//
// GetOrCreate searches once more if the creation fails because another program has created the user meanwhile, or if
// the response to the creation is lost. So an error that matches ErrDeliveryUnknown means that the user may still
// appear. It calls GET /users/search, with POST /users.
// Source: the vendor's page "Users".
func (s *UsersService) GetOrCreate(ctx context.Context, params CreateUserParams) (*User, error) {
	if params.validate() != nil {
		return s.Create(ctx, params) // its error names the field
	}
	user, err := s.find(ctx, params)
	if user != nil || err != nil {
		return user, err
	}
	user, err = s.Create(ctx, params)
	if err == nil || !mayExist(err) {
		return user, err
	}
	if user, _ := s.find(ctx, params); user != nil {
		return user, nil
	}
	return nil, err
}

// find searches for each key in turn, because the vendor does not say how several keys in one search combine. It
// returns nil if no user has any of the keys.
func (s *UsersService) find(ctx context.Context, params CreateUserParams) (*User, error) {
	for _, key := range [...]SearchUserParams{
		{FkID: params.FkID}, {Email: params.Email}, {PhoneNumber: params.PhoneNumber},
	} {
		if key == (SearchUserParams{}) {
			continue
		}
		found, err := s.Search(ctx, key)
		switch {
		case err == nil:
			found.User.Raw = found.Raw
			return found.User, nil
		case !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return nil, nil
}

// mayExist reports whether the user may exist although the creation failed with err.
func mayExist(err error) bool {
	return errors.Is(err, ErrBadRequest) || errors.Is(err, ErrConflict) || errors.Is(err, ErrDeliveryUnknown)
}

// SearchUserParams holds at least one key of the user to search for.
type SearchUserParams struct {
	Email       string // optional
	PhoneNumber string // E.164, optional
	FkID        string // the user's key in the caller's system, optional
}

// FoundUser is a user with the ids of the user's conversations with this agent.
type FoundUser struct {
	User            *User      `json:"user"`            // never nil
	ConversationIDs []string   `json:"conversationIds"` // in no documented order, may be nil
	Raw             parley.Raw `json:"-"`               // the response as received
}

func (f *FoundUser) identity() string {
	if f.User == nil {
		return ""
	}
	return f.User.ID
}

// Search looks a user up. If no user has the keys, the error matches ErrNotFound. It calls GET /users/search.
// Source: the vendor's page "Users".
func (s *UsersService) Search(ctx context.Context, params SearchUserParams) (*FoundUser, error) {
	q := query{}
	q.text("email", params.Email)
	q.text("phoneNumber", params.PhoneNumber)
	q.text("fkId", params.FkID)
	call := transport.Call{Operation: &searchUser, Query: url.Values(q)}
	if len(q) == 0 {
		call.ArgumentErr = apierr.Required("Email, PhoneNumber or FkID")
	}
	return transport.Decode(ctx, s.api, call, func(response *transport.Response) (*FoundUser, error) {
		found, err := decodeFound(response.Decoder(), response.Body)
		if err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		return found, nil
	})
}

// decodeFound decodes the documented object. It also accepts a list with one object, as a public client of the vendor
// does.
func decodeFound(d *lenient.Decoder, body []byte) (*FoundUser, error) {
	found := &FoundUser{}
	if lenient.Kind(body) == '{' {
		if err := d.Unmarshal(body, found); err != nil {
			return nil, err
		}
	}
	if found.identity() == "" {
		list, err := lenient.List(d, body, func(f *FoundUser) bool { return f.identity() != "" })
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			found = list[0]
		}
	}
	found.Raw = body
	return found, requireMember("user", found.identity())
}

// Get returns a user. If the user does not exist, the error matches ErrNotFound. It calls GET /users/{id}.
// Source: the vendor's page "Users".
func (s *UsersService) Get(ctx context.Context, id string) (*User, error) {
	return transport.Fetch(ctx, s.api, transport.Call{Operation: &getUser, IDs: []string{id}}, (*User).afterDecode)
}

// Delete deletes a user. If the user does not exist, the error matches ErrNotFound. It calls DELETE /users/{id}, which
// is in the OpenAPI document only.
func (s *UsersService) Delete(ctx context.Context, id string) error {
	return s.api.Send(ctx, transport.Call{Operation: &deleteUser, IDs: []string{id}})
}

// GetLimits returns the monthly limits of a user. It calls GET /users/{id}/limits, which is in the OpenAPI document
// only.
func (s *UsersService) GetLimits(ctx context.Context, id string) (*UserLimits, error) {
	call := transport.Call{Operation: &getUserLimits, IDs: []string{id}}
	return transport.Fetch(ctx, s.api, call, (*UserLimits).afterDecode)
}

// CreateLimits sets the monthly limits of a user for the first time. It calls POST /users/{id}/limits, which is in the
// OpenAPI document only.
func (s *UsersService) CreateLimits(ctx context.Context, id string, limits MonthlyLimits) (*UserLimits, error) {
	call := transport.Call{Operation: &createUserLimits, IDs: []string{id}, Body: limits}
	return transport.Fetch(ctx, s.api, call, (*UserLimits).afterDecode)
}

// UpdateLimits replaces the monthly limits of a user, all four of them. It calls PUT /users/{id}/limits, which is in
// the OpenAPI document only.
func (s *UsersService) UpdateLimits(ctx context.Context, id string, limits MonthlyLimits) (*UserLimits, error) {
	call := transport.Call{Operation: &updateUserLimits, IDs: []string{id}, Body: limits}
	return transport.Fetch(ctx, s.api, call, (*UserLimits).afterDecode)
}

// DeleteLimits removes the monthly limits of a user. It calls DELETE /users/{id}/limits, which is in the OpenAPI
// document only.
func (s *UsersService) DeleteLimits(ctx context.Context, id string) error {
	return s.api.Send(ctx, transport.Call{Operation: &deleteUserLimits, IDs: []string{id}})
}

func (u *User) afterDecode(raw parley.Raw) error {
	u.Raw = raw
	return requireMember("id", u.ID)
}

// identity returns "" for an agent's profile. A profile has an id too, and the vendor's document shows it where users
// are listed.
func (u *User) identity() string {
	if u.FirstName+u.LastName+u.Email+u.PhoneNumber+u.FkID == "" && !u.IsAnonymized {
		return ""
	}
	return u.ID
}
