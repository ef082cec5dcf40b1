# SPDX-License-Identifier: Apache-2.0
# The binary level: the real program against the emulator behind umockdev's preload library.
BINARY_SCENARIOS := build/tests/binary_scenarios
EMU_UMOCKDEV := build/tests/emu_umockdev
TEST_MAINS += tests/binary_scenarios.c tests/emu_umockdev.c
TEST_PROGRAMS += $(BINARY_SCENARIOS) $(EMU_UMOCKDEV)
BINARY_TESTS += $(BINARY_SCENARIOS)

$(BINARY_SCENARIOS): build/tests/binary_scenarios.o build/tests/libtest.a
$(EMU_UMOCKDEV): build/tests/emu_umockdev.o build/tests/emu_vhci_options.o build/tests/emu_vhci_board.o \
	build/tests/libtest.a
$(BINARY_SCENARIOS) $(EMU_UMOCKDEV):
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

# As slow as thorough: every scenario under valgrind.
check-valgrind: rpiboot $(BINARY_SCENARIOS)
	$(Q)$(BINARY_SCENARIOS) --valgrind
.PHONY: check-valgrind

# What a terminal shows of events.
REPORT_PLAY := build/tests/report_play
TEST_MAINS += tests/report_play.c
TEST_PROGRAMS += $(REPORT_PLAY)
BINARY_TESTS += tests/test_terminal.sh

$(REPORT_PLAY): build/tests/report_play.o build/librpiboot.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)
