//go:build !goexperiment.jsonv2 && !go1.27

package lenient

// exactNames says that encoding/json takes a member whose name differs in case only for the known one.
const exactNames = false
