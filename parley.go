// Package parley holds the few public words that the four vendor packages share: the classes of errors, the description
// of an attempt, and the types of response fields that occur at every vendor.
//
// A program imports the package of its vendor (aisera, raia, siteassist or syntphony). It imports this package where it
// handles several vendors alike. Each vendor package declares the same values under the same names, so that
// raia.ErrNotFound and parley.ErrNotFound are one value.
package parley
