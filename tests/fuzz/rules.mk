# SPDX-License-Identifier: Apache-2.0
# Each tests/fuzz/fuzz_NAME.c is built twice. With any compiler, it is a unit test that replays tests/fuzz/corpus/NAME.rows. With the
# libFuzzer of clang, `make fuzz` runs it for FUZZ_SECONDS. FUZZ="wire boot" selects the targets.
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ ?= $(FUZZ_NAMES)
FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang
FUZZ_REPLAYS := $(FUZZ_NAMES:%=build/tests/fuzz/replay_%)
UNIT_TESTS += $(FUZZ_REPLAYS)

build/tests/fuzz/replay_%: build/tests/fuzz/fuzz_%.o build/tests/fuzz/fuzz.o build/tests/fuzz/replay.o build/tests/fuzz/rows.o \
	build/librpiboot.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The objects for libFuzzer are in build/fuzz/.
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_FLAGS = -O1 -g -fno-omit-frame-pointer $(FUZZ_SAN)
FUZZ_OBJS := $(OBJS:build/%=build/fuzz/%)
stamp_fuzz = $(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_FLAGS)
stamp_fuzz_objs = $(FUZZ_OBJS)

build/fuzz/%.o: %.c build/stamp/fuzz
	$(call say,CC,$< (for fuzzing))
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(OWN_CPPFLAGS) -MMD -MP -c -o $@ $<
build/fuzz/cli/options.o: private OWN_CPPFLAGS := -DRPIBOOT_VERSION='"fuzz"'
build/fuzz/files/firmware.o: private OWN_CPPFLAGS := -DRPIBOOT_DATADIR='"/usr/share/rpiboot"'
build/fuzz/librpiboot.a: $(FUZZ_OBJS) build/stamp/fuzz_objs
	$(Q)rm -f $@ && $(AR) qcs $@ $(filter %.o,$^)
build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/tests/fuzz/fuzz.o build/fuzz/librpiboot.a
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

fuzz: ## search for input that crashes a parser; FUZZ_SECONDS, FUZZ="wire boot"
	$(Q)./setup fuzz
	$(Q)$(MAKE) --no-print-directory $(parallel) do-fuzz
do-fuzz: $(FUZZ:%=build/fuzz/fuzz_%) $(FUZZ:%=build/tests/fuzz/replay_%)
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(FUZZ)
.PHONY: fuzz do-fuzz
