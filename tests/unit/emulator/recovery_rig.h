/* SPDX-License-Identifier: Apache-2.0 */
/* Common code for the tests of the emulated recovery: two keys, an image for each chip, and a board
 * with its host and its files. */
#ifndef TESTS_RECOVERY_RIG_H
#define TESTS_RECOVERY_RIG_H

#include "tests/emulator/emu_crypto.h"
#include "tests/emulator/emu_recovery.h"
#include "tests/unit/emulator/recovery_host.h"

#define OLD_S 1745000000 /* 2025-04-18: reports no result */
#define NEW_S 1785000000 /* 2026-07-25 */

extern EVP_PKEY *key_a, *key_b;
/* One for each chip, see at(). The signed images have key_a. */
extern struct made images[2], signed_images[2];

size_t at(enum emu_chip chip);
int recovery_setup(void **state);
int recovery_teardown(void **state);

/* A board, its host and its files. */
struct rig {
	char *options; /* the recovery points into this text */
	enum emu_chip chip;
	struct recovery_host host;
	struct emu_config config;
	struct emu_recovery *recovery;
	struct emu_keep *keep;
	struct made code, sig;
};

/* Makes a board and waits until it is on the bus. */
void rig_start(struct rig *rig, enum emu_chip chip, const char *options);
/* Sets the files of the recovery. sig_key: for the line rsa2048. image: NULL means no image. */
void rig_files(struct rig *rig, const char *config, const struct made *image, EVP_PKEY *sig_key);
void rig_end(struct rig *rig);
bool rig_holds(const struct rig *rig, const struct made *image);
bool rig_is_erased(const struct rig *rig);

#endif
