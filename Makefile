# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets that have a comment after ##. V=1 prints all commands. After a change of CC or SAN,
# such as CC=clang or SAN=address,undefined, `make` rebuilds the affected files without `make clean`. Plain `make`
# installs and fetches nothing.
PREFIX ?= $(or $(INSTALL_PREFIX),/usr/local)
bindir ?= $(PREFIX)/bin
datadir ?= $(PREFIX)/share
RELEASE := 0.1
PKG_CONFIG ?= pkg-config
PKGS := libusb-1.0 libarchive json-c libcrypto expat zlib liblzma libzstd liblz4

CFLAGS ?= -O2 -g
# Warnings are errors with WERROR=1 and in CI only, because a newer compiler may warn and must still build the program.
WERROR ?= $(filter-out 0 false,$(CI))
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wundef -Wvla \
	-Wwrite-strings -Wpointer-arith $(if $(filter-out 0,$(WERROR)),-Werror)
SAN_FLAGS := $(if $(SAN),-DSANITIZED -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null) \
	$(WARN) $(CPPFLAGS) $(CFLAGS) $(SAN_FLAGS)
ALL_LDFLAGS := $(SAN_FLAGS) $(LDFLAGS)
LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -pthread
# The version is the first of: the tag; a version before RELEASE with the time of the commit; the version of the last build (git
# refuses root in the repository of a user); RELEASE. Later commits have later versions.
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

# The program without main.c is also a library for tests. A test with its own usb.c (emu_direct.c) links that one, because the linker
# takes only missing symbols from a library. os/OS/ROOM/ has the files of a room for the target system, linux or portable.
ROOMS := cli board diagnose usb files flash image eeprom report boot util
MACHINE := $(or $(shell $(CC) -dumpmachine 2>/dev/null),linux)
OS := $(if $(findstring linux,$(MACHINE)),linux,portable)
# For Windows, compat.h replaces missing functions, and empty files replace missing headers.
MINGW := $(findstring mingw,$(MACHINE))
COMPAT_HEADERS := $(if $(MINGW),$(addprefix build/compat/,poll.h fnmatch.h sys/statvfs.h sys/ioctl.h))
ALL_CFLAGS += $(if $(findstring linux,$(MACHINE)),,-include os/portable/util/compat.h) $(if $(MINGW),-Ibuild/compat -Wno-format -Wno-attributes)
LIBS += $(if $(MINGW),-lbcrypt -lws2_32 -lcrypt32)
COMMON_OBJS := $(patsubst %.c,build/%.o,$(wildcard usb.c $(ROOMS:%=%/*.c)))
os_objs = $(patsubst %.c,build/%.o,$(wildcard $(ROOMS:%=os/$(1)/%/*.c)))
OBJS := $(COMMON_OBJS) $(call os_objs,$(OS))
PRODUCT_LIB := build/librpiboot.a
UNIT_SOURCES := $(wildcard tests/unit/*/test_*.c)
UNIT_PROGRAMS := $(patsubst %.c,build/tests/%,$(notdir $(UNIT_SOURCES)))
UNIT_TESTS := $(UNIT_PROGRAMS)
unit_object = $(filter %/$(1).o,$(UNIT_SOURCES:%.c=build/%.o))

all: rpiboot ## build the program (the default); WERROR=1 makes warnings errors

help: ## print this list
	@awk -F ':.*## ' '/^[a-z_.-]+:.*## / { printf "make %-21s %s\n", $$1, $$2 }' $(filter Makefile %/rules.mk,$(MAKEFILE_LIST)) | \
		sed 's/^make all  /make      /'
# The included files add to TEST_MAINS (sources under tests/ with a main()), TEST_PROGRAMS (programs that the tests need),
# BINARY_TESTS and KERNEL_TESTS (programs that tests/tools/run runs), and contain the rules for them.
TEST_MAINS :=
TEST_PROGRAMS :=
BINARY_TESTS :=
KERNEL_TESTS :=
DEMO := tests/vm/demo
-include tests/rules.mk tests/vm/rules.mk tests/fuzz/rules.mk tests/cross/rules.mk

TEST_LIB := build/tests/libtest.a
TEST_FOLDERS := unit unit/* emulator scenarios
TEST_SOURCES := $(filter-out $(UNIT_SOURCES) $(TEST_MAINS) $(TEST_FAKES) $(if $(PORTABLE),$(NEEDS_LINUX)),$(wildcard tests/*.c $(TEST_FOLDERS:%=tests/%/*.c))) $(if $(MINGW),tests/cross/compat_tests.c)
# Objects that need cmocka are in their own library, because the programs of the demo are linked without cmocka.
CASE_LIB := build/tests/libcases.a
CASE_OBJS := $(patsubst %.c,build/%.o,$(shell grep -l '"tests/test.h"' $(TEST_SOURCES)))
TEST_OBJS := $(filter-out $(CASE_OBJS),$(TEST_SOURCES:%.c=build/%.o))
FETCH_TESTS := tests/cli/test_fetch.sh
FIRMWARE_TESTS := tests/cli/test_firmware.sh
INSTALL_TESTS := tests/cli/test_install.sh tests/cli/test_dist.sh tests/cli/test_readme.sh tests/cli/test_deb.sh \
	tests/cli/test_labgrid.sh tests/cli/test_fleet.sh

rpiboot: build/main.o $(OBJS) build/stamp/objs
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)
$(COMPAT_HEADERS):
	$(Q)mkdir -p $(@D) && touch $@
build/%.o: %.c build/stamp/flags | $(COMPAT_HEADERS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(OWN_CPPFLAGS) -MMD -MP -c -o $@ $<
$(PRODUCT_LIB): $(OBJS)
$(TEST_LIB): $(TEST_OBJS)
$(CASE_LIB): $(CASE_OBJS)
$(PRODUCT_LIB) $(TEST_LIB) $(CASE_LIB): build/stamp/objs
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) qcs $@ $(filter %.o,$^)
.SECONDEXPANSION:
$(UNIT_PROGRAMS): build/tests/%: $$(call unit_object,$$*) $(CASE_LIB) $(TEST_LIB) $(PRODUCT_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka

# A stamp has a value that objects depend on. It is written only if the value changes.
stamp_flags = $(CC) $(ALL_CFLAGS)
stamp_version = $(VERSION)
stamp_date = $(BUILD_DATE)
stamp_datadir = $(datadir)
stamp_objs = $(OBJS) $(TEST_OBJS) $(CASE_OBJS)
build/stamp/%: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)$(if $(filter flags,$*),$(PKG_CONFIG) --exists $(PKGS) || \
		{ echo "rpiboot needs these libraries: $(PKGS); run ./setup build to install the missing ones" >&2; exit 1; })
	$(Q)echo '$(stamp_$*)' | cmp -s - $@ || echo '$(stamp_$*)' >$@
build/tests/%.o: private OWN_CPPFLAGS := $(if $(MINGW),-include tests/cross/compat_tests.h)
build/cli/options.o: build/stamp/version build/stamp/date
build/cli/options.o: private OWN_CPPFLAGS := -DRPIBOOT_VERSION='"$(VERSION)"' -DRPIBOOT_DATE='"$(BUILD_DATE)"'
build/files/firmware.o: build/stamp/datadir
build/files/firmware.o: private OWN_CPPFLAGS := -DRPIBOOT_DATADIR='"$(datadir)/rpiboot"'

# These targets install the missing packages and then run make again, because pkg-config may now find more libraries.
check: ## run every test; with RPIBOOT_MUST_RUN=1, a skipped test is a failure
check-quick: ## run lint, the unit tests and the binary level
demo: ## flash an emulated Compute Module and mount its partitions
check check-quick demo:
	$(Q)./setup $(filter demo,$@)
	$(Q)$(MAKE) --no-print-directory $(parallel) do-$@
do-check: test-programs
	$(Q)tests/tools/run setup: tests/cli/test_setup.sh tests/cli/test_make.sh fetch: $(FETCH_TESTS) lint: tests/tools/lint tests/cli/test_lint.sh \
		binary: $(BINARY_TESTS) unit: $(UNIT_TESTS) install: $(INSTALL_TESTS) \
		firmware: $(FIRMWARE_TESTS) kernel: $(KERNEL_TESTS)
do-check-quick: test-programs
	$(Q)tests/tools/run binary: $(BINARY_TESTS) lint: tests/tools/lint unit: $(UNIT_TESTS)
do-check-here: test-programs
	$(Q)tests/tools/run binary: $(BINARY_TESTS) unit: $(UNIT_TESTS)
do-demo: rpiboot $(EMU_VHCI) $(EEPROM_FILES) $(EMU_UMOCKDEV) $(PRELOADS)
	$(Q)msd/fetch || echo "make: the firmware could not be fetched; the demo continues without it"
	$(Q)$(DEMO)
picture: rpiboot $(EMU_VHCI) ## draw the picture of README.md from a run with four emulated boards
	$(Q)tests/vm/vm tests/vm/boards >build/boards && tests/tools/picture <build/boards >build/boards.svg && mv build/boards.svg docs/
test-programs: all $(UNIT_TESTS) $(TEST_PROGRAMS)
lint: build/main.o $(OBJS) $(PORTABLE_OBJS) ## check the rules of the project that a program can check
	$(Q)tests/tools/run lint: tests/tools/lint
compile_commands.json: ## write every compiler command, for clangd and clang-tidy
	$(Q)mkdir -p build && MAKE='$(MAKE)' tests/tools/compile_commands >build/$@ && mv build/$@ $@
check-distros: ## run the README's commands in fresh Debian roots; DISTROS="11 13" selects
	$(Q)./setup distros
	$(Q)tests/tools/distros $(DISTROS)
firmware: ## fetch the firmware that boards boot
	$(Q)msd/fetch

include dist/rules.mk

clean: ## remove all built files
	rm -rf build rpiboot compile_commands.json

FORCE:
.PHONY: all help compile_commands.json check-distros check check-quick demo do-check do-check-quick do-demo picture test-programs lint firmware clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
# Only these folders have files with dependencies. Others, such as build/cross, may have directories with a name such as rules.d.
-include $(wildcard build/*.d $(foreach folder,$(ROOMS) os tests fuzz analyze,$(addprefix build/$(folder)/,*.d */*.d */*/*.d */*/*/*.d)))
