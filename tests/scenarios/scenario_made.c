/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a row with real formats: recoveries, EEPROM images, their .sig files, and texts. */
#include "tests/emulator/emu_crypto.h"
#include "tests/emulator/made_eeprom.h"
#include "tests/scenarios/scenario_stage.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#define DEV_S 1640000000 /* 2021-12-20: second stages of BCM2711 have the development key */
#define OLD_S 1745000000 /* 2025-04-18: such a recovery reports no result */
#define NEW_S 1785000000 /* 2026-07-25 */

/* Returns: the key of this run, which is in WORK/key.pem. Ownership: the caller frees it. */
static EVP_PKEY *made_key(const struct scenario_stage *stage)
{
	const char *path = tree_path(stage->work, "key.pem");
	FILE *file = fopen(path, "r");
	EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : emu_key_new();

	if (!file) {
		file = fopen(path, "w");
		tree_must(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	}
	fclose(file);
	return key;
}

static struct made made_of_image(const struct scenario_stage *stage, const char *name,
				 EVP_PKEY *key)
{
	const char *slash = strrchr(name, '/');
	cleanup_free char *image = NULL;
	struct made file = {0}, sig;
	size_t room = 0;
	FILE *in;

	tree_must(asprintf(&image, "%.*spieeprom.bin", slash ? (int)(slash + 1 - name) : 0, name) >
		  0);
	in = fopen(tree_path(stage->dir, image), "r");
	tree_must(in != NULL);
	tree_must(fseek(in, 0, SEEK_END) == 0);
	room = (size_t)ftell(in);
	rewind(in);
	file = (struct made){malloc(room), room};
	tree_must(fread(file.bytes, 1, room, in) == room);
	fclose(in);
	sig = made_sig(&file, key);
	free(file.bytes);
	return sig;
}

static struct made made_of_text(const char *content)
{
	struct made made = {(uint8_t *)strdup(content), strlen(content)};

	for (size_t i = 0; i < made.size; i++)
		if (made.bytes[i] == ';')
			made.bytes[i] = '\n';
	return made;
}

void stage_made_file(const struct scenario_stage *stage, const char *name, const char *content)
{
	enum emu_chip chip = strstr(content, "2712") ? EMU_BCM2712 : EMU_BCM2711;
	uint64_t built_s = strstr(content, "-dev")   ? DEV_S
			   : strstr(content, "-old") ? OLD_S
						     : NEW_S;
	EVP_PKEY *key = strstr(content, "+key") ? made_key(stage) : NULL;
	struct made made;

	if (strncmp(content, "recovery27", 10) == 0)
		made = made_code(chip, true, built_s);
	else if (strncmp(content, "stage27", 7) == 0)
		made = made_code(chip, false, built_s);
	else if (strncmp(content, "image27", 7) == 0)
		made = made_image(chip, built_s, "[all]\nBOOT_UART=1\n", key);
	else if (strcmp(content, "sig") == 0 || strcmp(content, "sig+key") == 0)
		made = made_of_image(stage, name, key);
	else
		made = made_of_text(content);
	if (key && content[0] == 'r')
		made_countersign(&made, key);
	tree_write(stage->dir, name, made.bytes, made.size);
	free(made.bytes);
	EVP_PKEY_free(key);
}
