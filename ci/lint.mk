# SPDX-License-Identifier: BSD-2-Clause
#
# What `make lint` checks.  Included by GNUmakefile; each part is a target of
# its own, so that one can be repeated alone: `make lint-format`.

CLANG_TIDY ?= clang-tidy
SCRIPTS := $(wildcard ci/*.sh ci/*/*.sh ci/run ci/tidy .ci/run)
# All code must compile without a warning with both compilers.
OTHER = $(if $(findstring clang,$(shell $(CC) --version)),gcc,clang)

.PHONY: lint-all lint-format lint-tidy lint-shell lint-man lint-other \
	lint-clang-tidy clang-tidy
lint-all: lint-format lint-tidy lint-shell lint-man lint-other lint-clang-tidy

lint-format:
	$(call say,LINT,format)
	@ci/format.sh --check

lint-tidy:
	$(call say,LINT,ci/tidy)
	@ci/tidy --self-test
	@ci/tidy

lint-shell:
	$(call say,LINT,shell scripts)
	@set -e; for script in $(SCRIPTS); do sh -n $$script; done
	@shellcheck $(SCRIPTS)

lint-man:
ifneq ($(MAN),)
	$(call say,LINT,manual pages)
	@mandoc -Tlint -Wwarning $(MAN)
endif

lint-other:
	$(call say,LINT,$(OTHER) compiles everything)
	+@$(MAKE) --no-print-directory CC=$(OTHER) SAN= compile

# clang-tidy reads clang's command lines, whatever CC is.  It comes after the
# other compiler because both may build the same objects.
lint-clang-tidy: | lint-other
	$(call say,LINT,clang-tidy)
	+@$(MAKE) --no-print-directory CC=clang SAN= clang-tidy

clang-tidy: $(OBJS:.o=.tidy)
# For FreeBSD the analyzer knows malloc(9) and its M_ZERO.
tidyargs = $(if $(filter drivers/% harness/kernel/% harness/tests/kernel/% \
	harness/bench/kernel/%,$(1)), \
	--extra-arg=--target=$(shell uname -m)-unknown-freebsd14)
# A file is looked at again when its object was made again.
$(OBJS:.o=.tidy): $(O)/%.tidy: $(O)/%.o .clang-tidy \
    | $(O)/compile_commands.json
	$(call say,TIDY,$*.c)
	@$(CLANG_TIDY) --quiet -p $(O) $(call tidyargs,$*) $*.c \
	    >$@.log 2>&1 || \
	    { cat $@.log; exit 1; }
	@touch $@
