/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/board/recover_bench.h"

#include "boot/chip.h"
#include "cli/recover_kit.h"
#include "files/firmware.h"
#include "tests/emulator/emu_crypto.h"
#include "tests/emulator/made_eeprom.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/error.h"
#include "util/util.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define BUILT_S 1785000000 /* 2026-07-25: reports results */

static const struct emu_step disk_steps[] = {
	{.verb = EMU_READ, .name = "config.txt", .content = "config.txt"},
	{.verb = EMU_READ, .name = "boot.img", .content = "boot.img"},
	{.verb = EMU_DONE, .name = "x"},
};

static void put_made(const char *dir, const char *name, struct made made)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	tree_write(bench_root, path, made.bytes, made.size);
	free(made.bytes);
}

/* Makes the key of this run. */
static void put_key(struct recover_bench *bench)
{
	static EVP_PKEY *key; /* making a key is slow */
	const char *path = tree_path(bench_root, "key.pem");
	uint8_t pubkey[EMU_PUBKEY_BYTES], hash[EMU_HASH_BYTES];
	char text[EMU_HASH_TEXT];
	FILE *file = fopen(path, "w");

	if (!key)
		key = emu_key_new();
	tree_must(file && key && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(file);
	tree_must(emu_pubkey_of(key, pubkey) == 0);
	emu_hash(pubkey, sizeof(pubkey), hash);
	emu_hash_text(hash, text);
	snprintf(bench->hash8, sizeof(bench->hash8), "%.8s", text);
	snprintf(bench->key, sizeof(bench->key), "%s", path);
}

static void put_files(bool then_disk)
{
	for (int i = 0; i < 2; i++) {
		enum emu_chip chip = i ? EMU_BCM2712 : EMU_BCM2711;

		put_made(i ? "fw/2712" : "fw/2711", "recovery.bin", made_code(chip, true, BUILT_S));
		put_made(i ? "fw/2712" : "fw/2711", "pieeprom.bin",
			 made_image(chip, BUILT_S, "[all]\nBOOT_UART=1\n", NULL));
		if (then_disk)
			put_made("files", emu_bootcode(chip), made_code(chip, false, BUILT_S));
	}
	tree_text(bench_root, "files/config.txt", "boot_ramdisk=1\n");
	tree_text(bench_root, "files/boot.img", "an image");
}

void recover_bench_new(struct recover_bench *ret, const char *args, bool then_disk)
{
	const char *fw = tree_path(bench_root, "fw");
	const struct firmware none = {0};
	char *argv[16], *rest;
	enum exit_status status;
	struct error err = {0};
	int argc = 0;

	*ret = (struct recover_bench){0};
	put_key(ret);
	put_files(then_disk);
	tree_must(asprintf(&ret->words, "recover --firmware %s %s", fw, args) > 0);
	rest = ret->words;
	while ((argv[argc] = strsep(&rest, " "))) {
		if (strcmp(argv[argc], "KEY") == 0)
			argv[argc] = ret->key;
		else if (strcmp(argv[argc], "HASH8") == 0)
			argv[argc] = ret->hash8;
		argc += *argv[argc] != '\0';
	}
	if (recover_line_parse(&ret->line, &ret->options, argc, argv, &err) < 0 ||
	    recover_new(&ret->recover, &ret->line, &none, then_disk, &status, &err) < 0)
		fail_msg("%s", err.text);
	bench_recover = ret->recover;
}

void recover_bench_done(struct recover_bench *bench)
{
	recover_free(bench->recover);
	options_done(&bench->options);
	free(bench->words);
	bench_recover = NULL;
}

struct direct_board recover_bench_board(const struct recover_bench *bench, const char *port,
					enum emu_chip chip, const char *options)
{
	struct direct_board board = bench_board(port, NULL, 0);
	struct emu_config *emu = &board.config;
	cleanup_free char *more = options ? strdup(options) : NULL;

	emu->chip = chip;
	emu->bootcode_content = emu_bootcode(chip);
	emu->recovery = emu_recovery_new();
	if (bench->recover->then_disk) {
		emu->steps = disk_steps;
		emu->step_count = array_size(disk_steps);
		emu->after = EMU_AFTER_GADGET64;
	}
	tree_must(emu_recovery_set(emu->recovery, "recovery", "served") == 0);
	tree_must(!more || emu_recovery_set_all(emu->recovery, more) == 0);
	tree_must(emu_recovery_start(emu->recovery, emu) == 0);
	return board;
}

void recover_bench_unplug(struct direct_board *board)
{
	board->config.recovery = emu_recovery_free(board->config.recovery);
}

bool recover_bench_holds(const struct recover_bench *bench, const struct direct_board *board)
{
	const struct emu_keep *keep = emu_recovery_keep(board->config.recovery);

	for (size_t i = 0; i < bench->recover->kit_count; i++) {
		const struct recover_file *file = &bench->recover->kits[i].image.file;

		if (file->size == keep->eeprom_bytes)
			return memcmp(file->data, keep->eeprom, file->size) == 0;
	}
	return false;
}

bool recover_bench_is_locked(const struct recover_bench *bench, const struct direct_board *board)
{
	char text[EMU_HASH_TEXT];

	emu_hash_text(emu_recovery_keep(board->config.recovery)->key_hash, text);
	return strcmp(text, bench->recover->key_hash) == 0;
}
