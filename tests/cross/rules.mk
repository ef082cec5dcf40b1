# SPDX-License-Identifier: Apache-2.0
# Other hosts: built with Debian's cross compilers, the unit tests run under qemu-user; and another C library, musl, with
# which they run here. CROSS="s390x" only that.
cross: ## build and test for arm64, armhf, s390x and musl; CROSS=musl selects one
	$(Q)./setup cross
	$(Q)tests/cross/run $(CROSS)
unit-tests: rpiboot $(UNIT_TESTS)
unit-tests-list:
	@printf '%s\n' $(UNIT_TESTS)
.PHONY: cross unit-tests unit-tests-list
