# SPDX-License-Identifier: Apache-2.0
# The binary level runs the real program with the emulator behind the preload library of umockdev.
BINARY_SCENARIOS := build/tests/binary_scenarios
EMU_UMOCKDEV := build/tests/emu_umockdev
PRELOADS := $(patsubst %,build/tests/%.so,call_filter sandbox_spy no_hotplug no_netlink no_random node_emfile node_eperm slow_open \
	usbfs_remote)
TEST_MAINS += tests/scenarios/binary_scenarios.c tests/emulator/emu_umockdev.c tests/emulator/node_refused.c \
	$(PRELOADS:build/tests/%.so=tests/emulator/%.c)
TEST_PROGRAMS += $(BINARY_SCENARIOS) $(EMU_UMOCKDEV) $(PRELOADS)
BINARY_TESTS += $(BINARY_SCENARIOS) tests/cli/test_faults.sh tests/cli/test_ends.sh tests/cli/test_stopped.sh tests/cli/test_late_opens.sh tests/cli/test_call_filter.sh tests/cli/test_signing.sh tests/cli/test_eeprom.sh tests/cli/test_recover.sh
BINARY_TESTS += tests/cli/test_boot_image.sh tests/cli/test_report.sh

$(BINARY_SCENARIOS): build/tests/scenarios/binary_scenarios.o build/tests/libtest.a
$(EMU_UMOCKDEV): build/tests/emulator/emu_umockdev.o build/tests/libtest.a
$(BINARY_SCENARIOS) $(EMU_UMOCKDEV):
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcrypto
NODE_REFUSED := build/tests/node_eperm.so build/tests/node_emfile.so
$(filter-out $(NODE_REFUSED),$(PRELOADS)): build/tests/%.so: tests/emulator/%.c
$(NODE_REFUSED): tests/emulator/node_refused.c
build/tests/node_eperm.so: private ALL_CFLAGS += -DNODE_ERRNO=EPERM
build/tests/node_emfile.so: private ALL_CFLAGS += -DNODE_ERRNO=EMFILE
# The preload libraries have no sanitizer, because the program that loads them may have one.
$(PRELOADS): build/stamp/flags
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(filter-out $(SAN_FLAGS),$(ALL_CFLAGS)) -fPIC -shared -o $@ $(filter %.c,$^)

check-valgrind: rpiboot $(BINARY_SCENARIOS) ## run every scenario of the binary level under valgrind
	$(Q)$(BINARY_SCENARIOS) --valgrind
.PHONY: check-valgrind

# The builds with sanitizers stay in build/sanitize/.
check-san: ## run the tests with the sanitizers of gcc and clang
	$(Q)./setup
	$(Q)tests/tools/sanitize

# V=1 lists the lines that no test runs.
coverage: ## measure how much of the program the tests run
	$(Q)./setup
	$(Q)tests/tools/coverage $(if $(filter 1,$(V)),-v)
.PHONY: check-san coverage

# report_play prints events to a terminal, for tests/cli/test_terminal.sh.
REPORT_PLAY := build/tests/report_play
TEST_MAINS += tests/cli/report_play.c
TEST_PROGRAMS += $(REPORT_PLAY)
BINARY_TESTS += tests/cli/test_terminal.sh

$(REPORT_PLAY): build/tests/cli/report_play.o build/librpiboot.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

# Two analyzers read the program, file by file. A file is analyzed again if it or one of its headers changes. Two warnings of gcc are
# off:
#   malloc-leak                 gcc loses track of memory in lists, and of reallocarray() through a pointer
#   use-of-uninitialized-value  gcc does not know that functions of other files write values; clang-tidy and valgrind check this
ANALYZED := $(OBJS:build/%.o=build/analyze/%.ok) build/analyze/main.ok
GCC_ANALYZER := -fanalyzer -Wno-unused-value -Wno-analyzer-malloc-leak -Wno-analyzer-use-of-uninitialized-value
$(ANALYZED): build/analyze/%.ok: %.c .clang-tidy tests/tools/analyze.h build/stamp/flags
	$(call say,ANALYZE,$<)
	$(Q)mkdir -p $(@D)
	$(Q)gcc $(ALL_CFLAGS) $(ANALYZE_CPPFLAGS) $(GCC_ANALYZER) -MMD -MP -MT $@ -MF $(@:.ok=.d) -c -o /dev/null $<
	$(Q)clang-tidy --quiet $< -- $(ALL_CFLAGS) $(ANALYZE_CPPFLAGS) 2>$(@:.ok=.log) || { cat $(@:.ok=.log) >&2; exit 1; }
	$(Q)touch $@
build/analyze/%.ok: ANALYZE_CPPFLAGS = -include tests/tools/analyze.h -DRPIBOOT_VERSION='""' -DRPIBOOT_DATADIR='""'
build/analyze/util/error.ok: ANALYZE_CPPFLAGS =

analyze: ## run the analyzer of gcc, clang-tidy and cppcheck over the program
	$(Q)./setup analyze
	$(Q)$(MAKE) --no-print-directory $(parallel) do-analyze
do-analyze: $(ANALYZED)
	$(Q)tests/tools/lint cppcheck
.PHONY: analyze do-analyze

# test_usb_conn links the real bus. All other tests have the emulator in its place.
REAL_USB := build/usb.o build/usb/transfer.o
build/tests/test_usb_conn: private ALL_LDFLAGS += $(REAL_USB)
build/tests/test_usb_conn: | $(REAL_USB)

# These files replace functions of the product. Only the programs below are linked with them.
TEST_FAKES := $(addprefix tests/unit/,board/board_write_bench.c flash/writer_run.c image/image_fake.c)
build/tests/test_board_write build/tests/test_board_disks: build/tests/unit/board/board_write_bench.o
build/tests/test_writer build/tests/test_writer_busy: build/tests/unit/flash/writer_run.o build/tests/unit/image/image_fake.o

# The program for systems other than Linux, with os/portable/ in place of os/linux/.
RPIBOOT_PORTABLE := build/tests/rpiboot_portable
PORTABLE_OBJS := $(call os_objs,portable)
TEST_PROGRAMS += $(RPIBOOT_PORTABLE)
BINARY_TESTS += tests/cli/test_portable.sh

$(RPIBOOT_PORTABLE): build/main.o $(COMMON_OBJS) $(PORTABLE_OBJS)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
