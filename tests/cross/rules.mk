# SPDX-License-Identifier: Apache-2.0
# Debian cross compilers build for other processors, and the unit tests run under qemu-user. The build with musl, another C library,
# runs on this machine. MinGW builds for Windows, and the tests run under wine. zig compiles for macOS.
cross: ## build and test for arm64, armhf, s390x and musl; CROSS= selects
	$(Q)./setup cross
	$(Q)tests/cross/run $(CROSS)
# PORTABLE=1 omits the test programs and test files that only Linux can build.
NEEDS_LINUX := $(shell sed -n 's/^\([a-z][^ \t]*\)[ \t].*/\1/p' tests/cross/needs_linux)
PORTABLE_TESTS := $(filter-out build/tests/fuzz/replay_% $(NEEDS_LINUX:%=build/tests/%),$(UNIT_TESTS))
unit-tests: rpiboot $(UNIT_TESTS)
unit-tests-list:
	@printf '%s\n' $(UNIT_TESTS)
portable-tests: rpiboot $(PORTABLE_TESTS)
portable-tests-list:
	@printf '%s\n' $(PORTABLE_TESTS)
objects-list:
	@printf '%s\n' build/main.o $(OBJS)
.PHONY: cross unit-tests unit-tests-list portable-tests portable-tests-list objects-list
