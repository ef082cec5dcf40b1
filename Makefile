# SPDX-License-Identifier: Apache-2.0
# make, make check, make demo, make install, make deb; README.md has the whole list. Quiet unless V=1. CC=clang and
# SAN=address,undefined need no `make clean`: what depends on them is built anew. Plain `make` installs and fetches
# nothing.
PREFIX ?= $(or $(INSTALL_PREFIX),/usr/local)
bindir ?= $(PREFIX)/bin
datadir ?= $(PREFIX)/share
RELEASE := 0.1
PKG_CONFIG ?= pkg-config
PKGS := libusb-1.0 libarchive json-c libcrypto expat zlib libzstd

CFLAGS ?= -O2 -g
WERROR ?= -Werror
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wundef -Wvla \
	-Wwrite-strings -Wpointer-arith $(WERROR)
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null) \
	$(WARN) $(CPPFLAGS) $(CFLAGS) $(SAN_FLAGS)
ALL_LDFLAGS := $(SAN_FLAGS) $(LDFLAGS)
LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -pthread
# A tag, else what comes before the release, by the time of its commit, else what was built before (root may not ask a
# user's git), else the release. Later commits have later versions.
VERSION := $(patsubst v%,%,$(shell git describe --tags --match 'v*' --dirty 2>/dev/null || \
	{ commit=$$(git describe --always --dirty --exclude '*' 2>/dev/null) && \
	TZ=UTC0 git log -1 --date=format-local:%Y%m%d.%H%M%S --format='$(RELEASE)~%cd'"+g$$commit"; } || \
	cat build/stamp/version 2>/dev/null || echo '$(RELEASE)'))
BUILD_DATE := $(shell time=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null)}; \
	if [ -n "$$time" ]; then date -u -d "@$$time" +%Y/%m/%d; \
	else cat build/stamp/date 2>/dev/null || date -u +%Y/%m/%d; fi)

Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(filter 1,$(V)),:,printf '  %-4s %s\n' '$(1)' '$(2)')
parallel = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell getconf _NPROCESSORS_ONLN))

# The program, and all of it but main.c as a library for tests: a test that brings its own usb.c (emu_direct.c) links
# that one, since the linker takes from a library only what is still missing.
OBJS := $(patsubst %.c,build/%.o,$(filter-out main.c,$(wildcard *.c flash/*.c)))
PRODUCT_LIB := build/librpiboot.a
UNIT_TESTS := $(patsubst tests/%.c,build/tests/%,$(wildcard tests/test_*.c))

all: rpiboot

# The emulator's programs. These files add to TEST_MAINS (sources under tests/ with a main() of their own),
# TEST_PROGRAMS (what must be built before the tests run), BINARY_TESTS and KERNEL_TESTS (what tests/run runs) and
# give the rules for them.
TEST_MAINS :=
TEST_PROGRAMS :=
BINARY_TESTS :=
KERNEL_TESTS :=
DEMO := tests/vm/demo
-include tests/rules.mk tests/vm/rules.mk tests/fuzz/rules.mk tests/cross/rules.mk

TEST_LIB := build/tests/libtest.a
TEST_OBJS := $(patsubst %.c,build/%.o,$(filter-out tests/test_% tests/emu_umockdev% $(TEST_MAINS), \
	$(wildcard tests/*.c)))
FETCH_TESTS := tests/test_fetch.sh
FIRMWARE_TESTS := tests/test_firmware.sh
INSTALL_TESTS := tests/test_install.sh tests/test_dist.sh tests/test_readme.sh tests/test_deb.sh

rpiboot: build/main.o $(OBJS) build/stamp/objs
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)
build/%.o: %.c build/stamp/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(OWN_CPPFLAGS) -MMD -MP -c -o $@ $<
$(PRODUCT_LIB): $(OBJS)
$(TEST_LIB): $(TEST_OBJS)
$(PRODUCT_LIB) $(TEST_LIB): build/stamp/objs
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
build/tests/test_%: build/tests/test_%.o $(TEST_LIB) $(PRODUCT_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# Values that objects are made with: a stamp is touched only when its value is another one.
stamp_flags = $(CC) $(ALL_CFLAGS)
stamp_version = $(VERSION)
stamp_date = $(BUILD_DATE)
stamp_datadir = $(datadir)
stamp_objs = $(OBJS) $(TEST_OBJS)
build/stamp/%: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)$(if $(filter flags,$*),$(PKG_CONFIG) --exists $(PKGS) || \
		{ echo "rpiboot is built with $(PKGS): ./setup build installs what is missing" >&2; exit 1; })
	$(Q)echo '$(stamp_$*)' | cmp -s - $@ || echo '$(stamp_$*)' >$@
build/options.o: build/stamp/version build/stamp/date
build/options.o: private OWN_CPPFLAGS := -DRPIBOOT_VERSION='"$(VERSION)"' -DRPIBOOT_DATE='"$(BUILD_DATE)"'
build/firmware.o: build/stamp/datadir
build/firmware.o: private OWN_CPPFLAGS := -DRPIBOOT_DATADIR='"$(datadir)/rpiboot"'

# check and demo install what they need and read this file again, since what pkg-config knows may be new.
check check-quick demo:
	$(Q)./setup
	$(Q)$(MAKE) --no-print-directory $(parallel) do-$@
do-check: test-programs
	$(Q)tests/run setup: tests/test_setup.sh fetch: $(FETCH_TESTS) lint: tests/lint tests/test_lint.sh \
		binary: $(BINARY_TESTS) unit: $(UNIT_TESTS) install: $(INSTALL_TESTS) \
		firmware: $(FIRMWARE_TESTS) kernel: $(KERNEL_TESTS)
do-check-quick: test-programs
	$(Q)tests/run binary: $(BINARY_TESTS) lint: tests/lint unit: $(UNIT_TESTS)
do-check-here: test-programs
	$(Q)tests/run binary: $(BINARY_TESTS) unit: $(UNIT_TESTS)
do-demo: rpiboot $(TEST_PROGRAMS)
	$(Q)msd/fetch || echo "going on without it"
	$(Q)$(DEMO)
# The README's picture, of a real run.
picture:
	$(Q)$(MAKE) --no-print-directory do-demo >build/demo && mkdir -p docs && tests/picture <build/demo >build/demo.svg && mv build/demo.svg docs/
test-programs: all $(UNIT_TESTS) $(TEST_PROGRAMS)
lint: build/main.o $(OBJS)
	$(Q)tests/run lint: tests/lint
firmware:
	$(Q)msd/fetch

include dist/rules.mk

clean:
	rm -rf build rpiboot

FORCE:
.PHONY: all check check-quick demo do-check do-check-quick do-demo picture test-programs lint firmware clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(wildcard build/*.d build/*/*.d build/*/*/*.d)
