// Package lenient decodes tolerant JSON: numbers in other forms, lists that are one item or an envelope, and the type
// of a union.
package lenient
