package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// quickstart runs the command with an environment and returns its exit code and its output.
func quickstart(ctx context.Context, env map[string]string, args ...string) (code int, out, problems string) {
	var o, p bytes.Buffer
	code = run(ctx, args, func(name string) string { return env[name] }, &o, &p)
	return code, o.String(), p.String()
}

func TestRun_AllVendorsThroughTheirFakes(t *testing.T) {
	code, out, problems := quickstart(t.Context(), nil)
	require.Zero(t, code, problems)
	assert.Empty(t, problems)
	for _, vendor := range []string{"raia", "SiteAssist", "Syntphony CAI", "Aisera"} {
		assert.Contains(t, out, vendor+", through its embedded fake server")
	}
}

const key = "wrong-key-000"

// fails requires that the command ends with one line that contains want.
func fails(t *testing.T, want string, env map[string]string, args ...string) {
	t.Helper()
	code, _, problems := quickstart(t.Context(), env, args...)
	assert.Equal(t, 1, code)
	assert.Contains(t, problems, want)
	assert.Equal(t, 1, strings.Count(problems, "\n"), problems)
	assert.NotContains(t, problems, key)
}

func TestRun_EachFailureIsOneLineThatSaysWhatToDo(t *testing.T) {
	server := raiatest.NewServer()
	t.Cleanup(server.Close)
	base := server.Config().BaseURL
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"wrong key": {
			map[string]string{"RAIA_AGENT_KEY": key, "RAIA_BASE_URL": base}, []string{"-raia-user", "u"},
			"raia: the credentials were refused",
		},
		"wrong host": {
			map[string]string{"RAIA_AGENT_KEY": key, "RAIA_BASE_URL": "https://missing.invalid"},
			[]string{"-raia-user", "u"}, "base URL and your network",
		},
		"not a base URL": {
			map[string]string{"RAIA_AGENT_KEY": key, "RAIA_BASE_URL": "example"}, []string{"-raia-user", "u"},
			"BaseURL must be an absolute URL",
		},
		"no user": {map[string]string{"RAIA_AGENT_KEY": key}, nil, "-raia-user"},
		"half set": {
			map[string]string{"SYNTPHONY_API_KEY": key}, nil, "syntphony: set SYNTPHONY_BASE_URL, SYNTPHONY_ORG_ID",
		},
	} {
		t.Run(name, func(t *testing.T) { fails(t, tt.want, tt.env, tt.args...) })
	}
}

// A host that refuses the connection is tried again. The waits for that are simulated.
func TestRun_AHostThatDoesNotAnswerIsNamed(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, silent.Close())
	env := map[string]string{"RAIA_AGENT_KEY": key, "RAIA_BASE_URL": "http://" + silent.Addr().String()}
	synctest.Test(t, func(t *testing.T) { fails(t, "the host does not answer", env, "-raia-user", "u") })
}

func TestRun_Flags(t *testing.T) {
	for args, want := range map[string]string{
		"-live": "quickstart: -live needs the variables of one vendor at least, such as RAIA_AGENT_KEY (-h lists " +
			"flags and variables)\n",
		"-bad":   "quickstart: flag provided but not defined: -bad (-h lists flags and variables)\n",
		"nobody": "quickstart: \"nobody\" is not a flag (-h lists flags and variables)\n",
	} {
		code, _, problems := quickstart(t.Context(), nil, args)
		assert.Equal(t, 2, code)
		assert.Equal(t, want, problems)
	}
	code, out, problems := quickstart(t.Context(), nil, "-h")
	assert.Zero(t, code)
	assert.Empty(t, problems)
	assert.Contains(t, out, "SYNTPHONY_CLIENT_SECRET")
	assert.Contains(t, out, "-raia-user")
}

func TestRun_LiveLeavesOutVendorsWithoutVariables(t *testing.T) {
	server := siteassisttest.NewServer()
	t.Cleanup(server.Close)
	env := map[string]string{
		"SITEASSIST_PUBLISHABLE_KEY": siteassisttest.PublishableKey, "SITEASSIST_BASE_URL": server.Config().BaseURL,
	}
	code, out, problems := quickstart(t.Context(), env, "-live")
	require.Zero(t, code, problems)
	assert.True(t, strings.HasPrefix(out, "SiteAssist, through the vendor itself\n"), out)
	assert.NotContains(t, out, "fake server")
}

func TestRun_Interrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, problems := quickstart(ctx, nil)
	assert.Equal(t, 1, code)
	assert.Equal(t, "quickstart: raia: interrupted\n", problems)
}
