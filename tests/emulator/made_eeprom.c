/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/made_eeprom.h"

#include "tests/emulator/emu_crypto.h"

#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CODE_BYTES  6000
#define MAIN_BYTES  3000
#define SLOT_PUBKEY 768
#define SLOT_CACERT 2304
#define PAGE_BYTES  4096
#define SIG_TIME    1785000000
/* Before 2023-01-11, second stages of BCM2711 have the development key, which has the number 0. */
#define OWN_KEY_SINCE_S 1673395200

static void put_little32(uint8_t *to, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(number >> 8 * i);
}

static void put_big32(uint8_t *to, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(number >> (24 - 8 * i));
}

static void made_room(struct made *made, size_t more)
{
	made->bytes = realloc(made->bytes, made->size + more);
	if (!made->bytes)
		abort();
}

static void made_add(struct made *made, const void *data, size_t size)
{
	made_room(made, size);
	memcpy(made->bytes + made->size, data, size);
	made->size += size;
}

/* Fills with unique bytes. */
static void made_noise(struct made *made, size_t size, uint32_t seed)
{
	made_room(made, size);
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525u + 1013904223u;
		made->bytes[made->size++] = (uint8_t)(seed >> 24);
	}
}

static void made_text(struct made *made, bool is_recovery, uint64_t built_s)
{
	time_t seconds = (time_t)built_s;
	char text[512] = "";
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(text, sizeof(text),
		 "%sBUILD_TIMESTAMP=%llu%cVERSION:%08x%cDATE: %04d/%02d/%02d%cTIME: "
		 "%02d:%02d:%02d%cMFG_VER: 1%c",
		 is_recovery ? "recovery_reboot recovery_metadata pieeprom.bin pieeprom.upd "
			       "RECOVERY.%03u "
			     : "",
		 (unsigned long long)built_s, 0, (unsigned int)built_s * 2654435761u, 0,
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, 0, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 0, 0);
	made_add(made, text, sizeof(text));
}

static void sign(EVP_PKEY *key, const void *data, size_t size, uint8_t ret[EMU_RSA_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t length = EMU_RSA_BYTES;

	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, ret, &length, data, size) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
}

static void pubkey_of(EVP_PKEY *key, uint8_t ret[EMU_PUBKEY_BYTES])
{
	if (emu_pubkey_of(key, ret) < 0)
		abort();
}

static void made_block(struct made *code, EVP_PKEY *key, uint32_t number, uint32_t version)
{
	uint8_t words[12], signature[EMU_RSA_BYTES], pubkey[EMU_PUBKEY_BYTES];

	put_little32(words, (uint32_t)code->size);
	put_little32(words + 4, number);
	put_little32(words + 8, version);
	made_add(code, words, sizeof(words));
	sign(key, code->bytes, code->size, signature);
	pubkey_of(key, pubkey);
	made_add(code, signature, sizeof(signature));
	made_add(code, pubkey, sizeof(pubkey));
}

void made_countersign(struct made *code, EVP_PKEY *key)
{
	made_block(code, key, EMU_CUSTOMER_NUMBER, 0);
}

/* Adds Raspberry Pi's block. The block of BCM2711 has nothing that a host can check. The block of
 * BCM2712 has a new key here. */
static void made_own_block(struct made *made, enum emu_chip chip, uint64_t built_s)
{
	static EVP_PKEY *key; /* making a key is slow */
	uint8_t words[8];

	if (chip == EMU_BCM2711) {
		put_little32(words, (uint32_t)made->size);
		put_little32(words + 4, built_s >= OWN_KEY_SINCE_S);
		made_add(made, words, sizeof(words));
		made_noise(made, 276, (uint32_t)made->size);
		return;
	}
	if (!key)
		key = emu_key_new();
	if (!key)
		abort();
	made_block(made, key, 0, 1);
}

struct made made_code(enum emu_chip chip, bool is_recovery, uint64_t built_s)
{
	struct made made = {0};

	made_noise(&made, CODE_BYTES, (uint32_t)built_s + is_recovery);
	made_text(&made, is_recovery, built_s);
	made_own_block(&made, chip, built_s);
	return made;
}

struct made made_sig(const struct made *file, EVP_PKEY *key)
{
	uint8_t hash[EMU_HASH_BYTES], signature[EMU_RSA_BYTES];
	char text[EMU_HASH_TEXT + 32 + 2 * EMU_RSA_BYTES];
	struct made made = {0};
	int used;

	emu_hash(file->bytes, file->size, hash);
	emu_hash_text(hash, text);
	used = 64 + sprintf(text + 64, "\nts: %u\n", SIG_TIME);
	if (key) {
		sign(key, file->bytes, file->size, signature);
		used += sprintf(text + used, "rsa2048: ");
		for (size_t i = 0; i < EMU_RSA_BYTES; i++)
			used += sprintf(text + used, "%02x", signature[i]);
		used += sprintf(text + used, "\n");
	}
	made_add(&made, text, (size_t)used);
	return made;
}

/* Writes a section at `at`. Returns: the offset of the next section, or of the end of the slot. */
static size_t section_put(struct made *image, size_t at, uint32_t magic, const char *name,
			  const struct made *content, size_t slot_bytes)
{
	size_t own = name ? 16 : 0, length = own + content->size;
	size_t next = (at + 8 + length + 7) & ~(size_t)7;

	put_big32(image->bytes + at, magic);
	put_big32(image->bytes + at + 4, (uint32_t)length);
	if (name) {
		memset(image->bytes + at + 8, 0, own);
		memcpy(image->bytes + at + 8, name, strlen(name));
	}
	if (content->size)
		memcpy(image->bytes + at + 8 + own, content->bytes, content->size);
	if (slot_bytes && at + slot_bytes > next) {
		put_big32(image->bytes + next, 0x55aafeef);
		put_big32(image->bytes + next + 4, (uint32_t)(at + slot_bytes - next - 8));
		next = at + slot_bytes;
	}
	return next;
}

/* A compressed section ends with the hash of its expanded content. The second stage has the same
 * hash. */
static struct made image_main(struct made *code, uint64_t built_s)
{
	struct made content = {0}, main = {0};
	uint8_t hash[EMU_HASH_BYTES];

	made_noise(&content, 2 * MAIN_BYTES, (uint32_t)built_s);
	emu_hash(content.bytes, content.size, hash);
	free(content.bytes);
	made_noise(&main, MAIN_BYTES, (uint32_t)built_s + 1);
	made_add(&main, hash, sizeof(hash));
	made_add(code, hash, sizeof(hash));
	return main;
}

struct made made_image(enum emu_chip chip, uint64_t built_s, const char *config, EVP_PKEY *key)
{
	size_t total = chip == EMU_BCM2711 ? 512 << 10 : 2048 << 10, at;
	struct made image = {malloc(total), total}, code = {0}, main, pubkey = {0}, sig = {0};
	struct made text = {(uint8_t *)config, strlen(config)}, zeros = {calloc(1, 2048), 2048};
	uint8_t key_bytes[EMU_PUBKEY_BYTES];

	memset(image.bytes, 0xff, total);
	made_noise(&code, CODE_BYTES, (uint32_t)built_s);
	made_text(&code, false, built_s);
	main = image_main(&code, built_s);
	made_own_block(&code, chip, built_s);
	if (key) {
		pubkey_of(key, key_bytes);
		made_add(&pubkey, key_bytes, sizeof(key_bytes));
		sig = made_sig(&text, key);
		if (chip == EMU_BCM2712)
			made_countersign(&code, key);
	} else {
		made_add(&pubkey, zeros.bytes, 512);
		made_add(&sig, zeros.bytes, 1024);
	}
	at = section_put(&image, 0, 0x55aaf00f, NULL, &code, chip == EMU_BCM2711 ? 0 : 128 << 10);
	at = section_put(&image, at, 0x55aaf33f, "bootmain", &main, 0);
	at = section_put(&image, at, 0x55aafeef, NULL, &(struct made){0},
			 ((at + 8 + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1)) - at);
	at = section_put(&image, at, 0x55aaf11f, "pubkey.bin", &pubkey, SLOT_PUBKEY);
	at = section_put(&image, at, 0x55aaf11f, "cacert.der", &zeros, SLOT_CACERT);
	at = section_put(&image, at, 0x55aaf11f, "bootconf.sig", &sig,
			 2 * PAGE_BYTES - SLOT_PUBKEY - SLOT_CACERT);
	section_put(&image, at, 0x55aaf11f, "bootconf.txt", &text, 0);
	free(code.bytes);
	free(main.bytes);
	free(pubkey.bytes);
	free(sig.bytes);
	free(zeros.bytes);
	return image;
}
