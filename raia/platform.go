package raia

import (
	"context"
	"net/url"

	"github.com/seed-127a5941/parley/internal/transport"
)

var (
	listAgentRoles = transport.Operation{
		Name: "list agent roles", Method: "GET", Path: "/agent-roles/by-api-key", Idempotent: true,
	}
	listPlatformUsers = transport.Operation{
		Name: "list platform users", Method: "GET", Path: "/platform-users", Idempotent: true,
	}
)

// AgentRolesService lists the roles for new agents. It needs Config.OrganizationKey and is safe for concurrent use.
type AgentRolesService service

// PlatformUsersService lists the staff. It needs Config.OrganizationKey and is safe for concurrent use.
type PlatformUsersService service

// AgentRole is a role that a new agent can have.
type AgentRole struct {
	ID          string `json:"id"` // for CreateAgentParams.RoleID
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (r *AgentRole) identity() string { return r.ID }

// List returns the roles. It calls GET /agent-roles/by-api-key.
// Source: the vendor's page on the organization key.
func (s *AgentRolesService) List(ctx context.Context) ([]*AgentRole, error) {
	return fetchList[AgentRole](ctx, s.api, transport.Call{Operation: &listAgentRoles})
}

// PlatformUserRole says which rights a member of the staff has.
type PlatformUserRole string

// These are the roles.
const (
	PlatformUserRoleOwner            PlatformUserRole = "owner"
	PlatformUserRoleAdmin            PlatformUserRole = "admin"
	PlatformUserRoleUser             PlatformUserRole = "user"
	PlatformUserRoleCopilotUser      PlatformUserRole = "copilot_user"
	PlatformUserRoleCopilotAgentUser PlatformUserRole = "copilot_agent_user"
	PlatformUserRoleCopilotAdmin     PlatformUserRole = "copilot_admin"
)

// PlatformUser is an account of the organization's staff.
type PlatformUser struct {
	ID          string `json:"id"` // for ManualMessageParams.AuthorID, presumably
	Email       string `json:"email"`
	PhoneNumber string `json:"phoneNumber"` // may be empty
	FirstName   string `json:"firstName"`
	LastName    string `json:"lastName"`
	AvatarURL   string `json:"avatarUrl"` // of a conversation's AssignedUser only, may be empty
}

func (u *PlatformUser) identity() string { return u.ID }

// ListPlatformUsersParams restricts a list of the staff.
type ListPlatformUsersParams struct {
	Role PlatformUserRole // empty means all
}

// List returns the organization's staff. It calls GET /platform-users, which is in the OpenAPI document only.
func (s *PlatformUsersService) List(ctx context.Context, params ListPlatformUsersParams) ([]*PlatformUser, error) {
	q := query{}
	q.text("role", string(params.Role))
	return fetchList[PlatformUser](ctx, s.api, transport.Call{Operation: &listPlatformUsers, Query: url.Values(q)})
}
