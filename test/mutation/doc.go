// Mutation answers: do the tests notice when a line of the product is wrong?
//
// It changes one place of one file at a time, such as < into <=, and runs the tests of the package that has it. If they
// pass, it runs those of the packages that import it. A change that no test notices is a survivor. Nothing in the work
// tree is written: the changed files reach the compiler as an overlay.
//
// A compiler and a linker for each change would cost some seconds. Most changes are therefore compiled together: each
// becomes an expression or a statement that the environment variable MUTANT chooses, and each package has one test
// binary for all of them (render, build). The binary also records which tests reach which change, so that only those
// run (explore). A change within constants, or that does not compile beside the others, is compiled alone (trial).
//
//	go run -C test/mutation . -n 600 -seed 1        # a sample, with a share for each package
//	go run -C test/mutation . -packages 'internal/sse$' -n 1000
//	go run -C test/mutation . -report               # the table of the runs so far
//
// Each result is a line of the file that -results names. A run that was stopped goes on where it was: it skips what has
// a result; -again survived runs survivors anew. The same seed and the same sources give the same sample. Survivors
// that change nothing are listed in equivalent.txt, each with the reason.
//
// github.com/go-gremlins/gremlins was tried first, at v0.6.0. It draws no sample, cannot go on after a stop, counts
// what only importers' tests reach as not covered, and neither deletes statements nor changes constants.
package main
