# Each target is a script of .ci/steps, whose second line says what it does.
steps := $(notdir $(wildcard .ci/steps/*))

.PHONY: help all $(steps)

help: ## Prints this list.
	@printf '%-10s %s\n' help 'Prints this list.' all 'Runs every step, as CI does: .ci/run.'
	@for step in $(steps); do printf '%-10s %s\n' "$$step" "$$(sed -n '2s/^# //p' ".ci/steps/$$step")"; done

all:
	@bash .ci/run

$(steps):
	@bash ".ci/steps/$@"
