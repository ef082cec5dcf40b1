# SPDX-License-Identifier: Apache-2.0
# The kernel level: emulated boards under a real kernel in a virtual machine.
EMU_VHCI := build/tests/emu_vhci
EMU_GADGET := build/tests/emu_gadget
EEPROM_FILES := build/tests/eeprom_files
TEST_MAINS += tests/emulator/emu_vhci.c tests/emulator/emu_gadget.c tests/emulator/eeprom_files.c
BENCH_BARE := build/tests/bench/bare
TEST_PROGRAMS += $(EMU_VHCI) $(EMU_GADGET) $(EEPROM_FILES) $(BENCH_BARE)
KERNEL_TESTS += tests/vm/check tests/vm/demo tests/vm/labgrid tests/vm/usbip tests/bench/check

$(EMU_VHCI): build/tests/emulator/emu_vhci.o build/tests/libtest.a
$(EMU_GADGET): build/tests/emulator/emu_gadget.o build/tests/libtest.a
$(EEPROM_FILES): build/tests/emulator/eeprom_files.o build/tests/libtest.a
$(EMU_VHCI) $(EMU_GADGET) $(EEPROM_FILES):
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcrypto

# The defaults are SOAK="BOOTS=2000 BOARDS=100 PULLING_S=600" and a random SEED.
soak: ## run thousands of boots in one process; SOAK="BOOTS=20000"
	$(Q)./setup
	$(Q)$(MAKE) --no-print-directory $(parallel) do-soak
do-soak: rpiboot $(EMU_VHCI)
	$(Q)VM_S=$${VM_S:-7200} tests/vm/vm tests/vm/soak $(SOAK)
.PHONY: soak do-soak

# The times, the messages and the report are in build/batch/. BATCH="MIB=7 RATE=2M" sets the size of the image and the disk speed.
batch: ## recover and write 16 emulated boards at once; BATCH="BOARDS=8 MIB=20"
	$(Q)./setup
	$(Q)$(MAKE) --no-print-directory $(parallel) do-batch
do-batch: rpiboot $(EMU_VHCI) $(EEPROM_FILES)
	$(Q)VM_CLOCK=instructions VM_S=$${VM_S:-2400} VM_MB=$${VM_MB:-4096} tests/vm/vm tests/vm/batch $(BATCH)
.PHONY: batch do-batch

# PEER=PROGRAM compares the speed with one more program.
$(BENCH_BARE): tests/bench/bare.c build/stamp/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -o $@ $<
bench: ## compare the speed with other programs; results in build/bench/
	$(Q)./setup bench
	$(Q)$(MAKE) --no-print-directory $(parallel) do-bench
do-bench: rpiboot $(EMU_VHCI) $(BENCH_BARE)
	$(Q)PEER='$(PEER)' tests/bench/bench
	$(Q)PEER_EEPROM='$(PEER_EEPROM)' tests/bench/eeprom
.PHONY: bench do-bench
