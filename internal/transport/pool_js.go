package transport

import (
	"net/http"
	"sync"
)

// sharedPool leaves the connections to the browser, because net/http uses fetch only for a Transport without a dialer.
var sharedPool = sync.OnceValue(func() *http.Transport { return &http.Transport{} })
