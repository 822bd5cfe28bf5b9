package syntphony

import (
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/origin"
)

func (c Config) validate() error {
	for _, required := range [...]struct{ field, value string }{
		{"BaseURL", c.BaseURL}, {"OrgID", c.OrgID}, {"EnvID", c.EnvID}, {"BotID", c.BotID}, {"ChannelID", c.ChannelID},
		{"APIKey", c.APIKey},
	} {
		if required.value == "" {
			return apierr.Required(required.field)
		}
	}
	if c.TokenSource != nil && c.TokenStore != nil {
		return apierr.Invalid("TokenStore", "must not be set beside TokenSource")
	}
	if err := origin.CheckHeaderValue("APIKey", c.APIKey); err != nil {
		return err
	}
	return origin.CheckHeaderValue("Locale", c.Locale)
}

func (c Caller) validate(locale string) error {
	switch {
	case c.UserRef == "":
		return apierr.Required("Caller.UserRef")
	case c.Locale == "" && locale == "":
		return apierr.Invalid("Caller.Locale or Config.Locale", "is required")
	}
	return nil
}

func (k Keycloak) validate() error {
	switch {
	case k.TokenURL == "" && k.URL == "":
		return apierr.Required("Keycloak.URL")
	case k.TokenURL == "" && k.Realm == "":
		return apierr.Required("Keycloak.Realm")
	case k.TokenURL == "" && (k.Realm == "." || k.Realm == ".."):
		return apierr.Invalid("Keycloak.Realm", "must not be %q, which is not one path segment", k.Realm)
	case k.ClientID == "":
		return apierr.Required("Keycloak.ClientID")
	case k.ClientSecret == "":
		return apierr.Required("Keycloak.ClientSecret")
	}
	return nil
}
