// Package consumer uses parley in a service as its users are meant to.
//
// It is a help desk that asks the four vendors on behalf of its visitors. It has an http.Handler for each vendor,
// behind interfaces of its own that the vendors' services implement and that its tests mock. It uses only the public
// packages, in a module of its own, so that a change which breaks a consumer breaks this build.
package consumer
