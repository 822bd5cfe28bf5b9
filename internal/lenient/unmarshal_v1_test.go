//go:build !goexperiment.jsonv2

package lenient

// exactNames says that encoding/json takes a member whose name differs in case only for the known one.
const exactNames = false
