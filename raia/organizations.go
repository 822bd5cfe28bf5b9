package raia

import (
	"context"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// These are the vendor's limits for the texts of an organization, in characters.
const (
	maxOrganizationName = 255
	minInvitedEmail     = 4
	maxInvitedEmail     = 255
)

var (
	createOrganization = transport.Operation{Name: "create organization", Method: "POST", Path: "/organizations"}
	listSubscriptions  = transport.Operation{
		Name: "list subscriptions", Method: "GET", Path: "/subscriptions", Idempotent: true,
	}
)

// OrganizationsService creates organizations. It needs Config.SuperAdminKey and is safe for concurrent use.
type OrganizationsService service

// SubscriptionsService lists subscriptions. It needs Config.SuperAdminKey and is safe for concurrent use.
type SubscriptionsService service

// OrganizationStatus is the status of an organization.
type OrganizationStatus string

// These are the statuses.
const (
	OrganizationStatusActive   OrganizationStatus = "active"
	OrganizationStatusPending  OrganizationStatus = "pending"
	OrganizationStatusArchived OrganizationStatus = "archived"
	OrganizationStatusBlocked  OrganizationStatus = "blocked"
)

// SubscriptionStatus is the status of a subscription.
type SubscriptionStatus string

// These are the statuses.
const (
	SubscriptionStatusActive   SubscriptionStatus = "active"
	SubscriptionStatusInactive SubscriptionStatus = "inactive"
)

// SubscriptionVisibility says who sees a subscription.
type SubscriptionVisibility string

// These are the visibilities.
const (
	SubscriptionVisibilityPublic  SubscriptionVisibility = "public"
	SubscriptionVisibilityPrivate SubscriptionVisibility = "private"
)

// Organization is a customer of the vendor.
type Organization struct {
	ID           string             `json:"id"` // of the new organization
	Name         string             `json:"name"`
	Status       OrganizationStatus `json:"status"`
	CreatedAt    Time               `json:"createdAt"`
	UpdatedAt    Time               `json:"updatedAt"`
	CreatedBy    *Creator           `json:"createdBy"`    // nil if it was not sent
	Subscription *Subscription      `json:"subscription"` // nil if it was not sent
	Raw          parley.Raw         `json:"-"`            // the response as received
}

func (o *Organization) afterDecode(raw parley.Raw) error {
	o.Raw = raw
	return requireMember("id", o.ID)
}

// Creator is the account that created an organization or subscription.
type Creator struct {
	ID        string `json:"id"` // of the account
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// Subscription is the plan of an organization.
type Subscription struct {
	MonthlyLimits                                // the figures
	ID                    string                 `json:"id"`
	Title                 string                 `json:"title"`
	Description           string                 `json:"description"`
	AgentsAmount          int64                  `json:"agentsAmount"`          // agents
	UsersWithAccessAmount int64                  `json:"usersWithAccessAmount"` // users
	Status                SubscriptionStatus     `json:"status"`
	Visibility            SubscriptionVisibility `json:"visibility"`
	IsTrial               bool                   `json:"isTrial"`
	CreatedBy             *Creator               `json:"createdBy"` // nil if it was not sent
	CreatedAt             Time                   `json:"createdAt"`
	UpdatedAt             Time                   `json:"updatedAt"`
	OrganizationsCount    int64                  `json:"organizationsCount"` // organizations with this subscription
	Price                 float64                `json:"price"`              // in cents, of an unknown currency
}

func (s *Subscription) identity() string { return s.ID }

// InvitedUser is a person who gets access to a new organization. Both fields are required.
type InvitedUser struct {
	Email string           `json:"email"` // 4 to 255 characters
	Role  PlatformUserRole `json:"role"`
}

func (u InvitedUser) validate(name string) error {
	if err := required(field{name + "Email", u.Email}, field{name + "Role", string(u.Role)}); err != nil {
		return err
	}
	if utf8.RuneCountInString(u.Email) < minInvitedEmail {
		return apierr.Invalid(name+"Email", "is shorter than %d characters", minInvitedEmail)
	}
	return atMost(name+"Email", u.Email, maxInvitedEmail)
}

// CreateOrganizationParams describes a new organization. All fields except EndedAt are required.
type CreateOrganizationParams struct {
	Name       string        `json:"name"` // at most 255 characters
	Users      []InvitedUser `json:"users"`
	LicenseKey string        `json:"licenseKey"`
	EndedAt    time.Time     `json:"endedAt,omitzero"` // of the subscription, optional
}

func (p CreateOrganizationParams) validate() error {
	if err := required(field{"Name", p.Name}, field{"LicenseKey", p.LicenseKey}); err != nil {
		return err
	}
	if len(p.Users) == 0 {
		return apierr.Required("Users")
	}
	for i, user := range p.Users {
		if err := user.validate(fmt.Sprintf("Users[%d].", i)); err != nil {
			return err
		}
	}
	return atMost("Name", p.Name, maxOrganizationName)
}

// Create creates an organization and invites its users. If the license has no subscription, the error matches
// ErrNotFound. It calls POST /organizations.
// Source: the vendor's page on the super admin key.
func (s *OrganizationsService) Create(ctx context.Context, params CreateOrganizationParams) (*Organization, error) {
	params.EndedAt = params.EndedAt.UTC() // as every time that is sent
	call := transport.Call{Operation: &createOrganization, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*Organization).afterDecode)
}

// ListSubscriptionsParams restricts a list of subscriptions.
type ListSubscriptionsParams struct {
	Visibility SubscriptionVisibility // empty means all
	Status     SubscriptionStatus     // empty means all
}

// List returns all subscriptions, because the vendor does not page them. It calls GET /subscriptions.
// Source: the vendor's page on the super admin key.
func (s *SubscriptionsService) List(ctx context.Context, params ListSubscriptionsParams) ([]*Subscription, error) {
	q := query{}
	q.text("visibility", string(params.Visibility))
	q.text("status", string(params.Status))
	return fetchList[Subscription](ctx, s.api, transport.Call{Operation: &listSubscriptions, Query: url.Values(q)})
}
