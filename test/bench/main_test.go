package bench

import (
	"fmt"
	"os"
	"testing"
)

// TestMain lets the test binary be the servers that the measurements start.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == ServeFlag {
		if err := Serve(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
