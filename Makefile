# SPDX-License-Identifier: Apache-2.0
CC ?= cc
PKGS := libusb-1.0 libarchive json-c libcrypto
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wundef -Wvla \
	-Wwrite-strings -Wpointer-arith -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. $(shell pkg-config --cflags $(PKGS)) $(WARN) $(CFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS))
OBJS := $(patsubst %.c,build/%.o,$(filter-out main.c,$(wildcard *.c flash/*.c)))
TESTS := $(patsubst tests/%.c,build/tests/%,$(wildcard tests/test_*.c))

all: rpiboot
rpiboot: build/main.o $(OBJS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
build/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
build/tests/test_%: build/tests/test_%.o $(OBJS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka
.PHONY: all clean
clean:
	rm -rf build rpiboot
-include $(shell find build -name '*.d' 2>/dev/null)
