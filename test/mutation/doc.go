// Mutation answers: do the tests notice when a line of the product is wrong?
//
// It changes one place of one file at a time, such as < into <=, and runs the tests of the package that has it. If they
// pass, it runs those of the packages that import it. A change that no test notices is a survivor. Nothing in the work
// tree is written: the changed file reaches the compiler as an overlay.
//
//	go run -C test/mutation . -n 600 -seed 1        # a sample, with a share for each package
//	go run -C test/mutation . -packages 'internal/sse$' -n 1000
//	go run -C test/mutation . -report               # the table of the runs so far
//
// Each result is a line of the file that -results names. A run that was stopped goes on where it was: it skips what has
// a result, unless the file of the mutant or the tests were changed since; -again runs survivors anew. The same seed
// and the same sources give the same sample. Survivors that change nothing are listed in equivalent.txt, each with the
// reason.
//
// github.com/go-gremlins/gremlins was tried first, at v0.6.0. It draws no sample, cannot go on after a stop, counts
// what only importers' tests reach as not covered, and neither deletes statements nor changes constants.
package main
