/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "chip.h"
#include "error.h"
#include "files.h"
#include "files_source.h"
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CHECK_SEEN_MAX	 256
#define CHECK_TEXT_BYTES (64 * 1024) /* of a config.txt that is looked at */
#define SHA256_BYTES	 32

/* What second stages ask for (PROTOCOL.md section 4, "Request order"); a text may be empty. */
struct asked {
	const char *name;
	bool text;
};

static const struct asked asked[] = {
	{"autoboot.txt", true},	 {"config.txt", true},	  {"cmdline.txt", true},
	{"recovery.elf", false}, {"start.elf", false},	  {"start_cd.elf", false},
	{"start4.elf", false},	 {"fixup.dat", false},	  {"fixup_cd.dat", false},
	{"fixup4.dat", false},	 {"dt-blob.bin", false},  {"kernel.img", false},
	{"kernel7.img", false},	 {"kernel8.img", false},  {"mcb.bin", false},
	{"memsys00.bin", false}, {"memsys01.bin", false}, {"memsys02.bin", false},
	{"memsys03.bin", false}, {"memsys04.bin", false}, {"memsys05.bin", false},
	{"memsys06.bin", false}, {"memsys07.bin", false}, {"memsys08.bin", false},
	{"rp1c0fw1.bin", false}, {"rp1c0fw2.bin", false}, {"bootmain", false},
	{"boot.img", false},	 {"boot.sig", false},	  {"pieeprom.bin", false},
	{"pieeprom.upd", false}, {"pieeprom.sig", false}, {"bootcode.sig", false},
	{"bootsig.bin", false},
};

/* Keys of config.txt that a recovery acts on by writing what cannot be written back. */
static const char *const lasting_keys[] = {"program_pubkey", "revoke_devkey",
					   "program_rpiboot_gpio", "program_jtag_lock"};

struct check {
	struct files *files;
	const struct check_config *config;
	struct check_result *result;
	const struct chip *chip;
	char *seen[CHECK_SEEN_MAX]; /* paths that were looked at */
	size_t seen_count;
	bool board_is_changed; /* for ever, by a key that was found */
};

static void file_free_ptr(struct file **file)
{
	*file = file_free(*file);
}

static void check_tell(struct check *check, enum check_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void check_tell(struct check *check, enum check_kind kind, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	const struct check_finding finding = {.kind = kind, .chip = check->chip, .text = text};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	check->result->errors += kind == CHECK_ERROR;
	check->result->warnings += kind == CHECK_WARNING;
	if (check->config->found)
		check->config->found(check->config->ctx, &finding);
}

/* True the first time. What is forgotten for want of room is told twice, which is harmless. */
static bool check_is_new(struct check *check, const char *path)
{
	char *copy;

	for (size_t i = 0; i < check->seen_count; i++)
		if (strcmp(check->seen[i], path) == 0)
			return false;
	copy = check->seen_count < CHECK_SEEN_MAX ? strdup(path) : NULL;
	if (copy)
		check->seen[check->seen_count++] = copy;
	return true;
}

/* 0, -ENOENT, or another -Exxx, which was told. */
static int check_get(struct check *check, const char *name, struct file **ret)
{
	const struct files_query query = {.chip = check->chip, .name = name};
	struct error err = {0};
	int r = files_get(check->files, &query, ret, &err);

	if (r < 0 && r != -ENOENT && check_is_new(check, err.text))
		check_tell(check, CHECK_ERROR, "%s", err.text);
	return r;
}

static bool check_has(struct check *check, const char *name)
{
	cleanup(file_free_ptr) struct file *file = NULL;

	return check_get(check, name, &file) == 0;
}

/* As much of it as fits. */
static ssize_t file_load(struct file *file, char *buf, size_t size, struct error *err)
{
	size_t used = 0;

	while (used < size && used < file_size(file)) {
		ssize_t n = file_read(file, buf + used, size - used, err);

		if (n < 0)
			return n;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* Is it what it should be, as far as anybody can tell? */
static void check_content(struct check *check, struct file *file, const struct asked *what)
{
	char head[1024];
	struct error err = {0};
	const char *damage;
	ssize_t n;

	if (what->text)
		return;
	if (file_size(file) == 0) {
		check_tell(check, check->config->serving ? CHECK_WARNING : CHECK_ERROR,
			   "'%s' is empty (0 bytes): fetch it again", file_path(file));
		return;
	}
	n = file_load(file, head, sizeof(head), &err);
	if (n < 0) {
		check_tell(check, CHECK_ERROR, "%s", err.text);
		return;
	}
	damage = file_damage(head, (size_t)n, (uint64_t)n == file_size(file));
	if (damage && strcmp(what->name, "pieeprom.sig") != 0 &&
	    strcmp(what->name, "boot.sig") != 0)
		check_tell(check, CHECK_ERROR, "'%s' %s", file_path(file), damage);
}

static bool key_is_set(const char *line, size_t length, const char *key)
{
	size_t key_length = strlen(key);

	while (length && isspace((unsigned char)*line)) {
		line++;
		length--;
	}
	if (length <= key_length || strncasecmp(line, key, key_length) != 0)
		return false;
	line += key_length;
	length -= key_length;
	while (length && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	if (!length || *line != '=')
		return false;
	line++;
	length--;
	while (length && isspace((unsigned char)line[length - 1]))
		length--;
	while (length && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	return length && !(length == 1 && *line == '0');
}

static void check_keys(struct check *check, struct file *file)
{
	cleanup_free char *text = malloc(CHECK_TEXT_BYTES);
	struct error err = {0};
	ssize_t size = text ? file_load(file, text, CHECK_TEXT_BYTES, &err) : 0;
	size_t at = 0;

	while (size > 0 && at < (size_t)size) {
		const char *line = text + at;
		const char *end = memchr(line, '\n', (size_t)size - at);
		size_t length = end ? (size_t)(end - line) : (size_t)size - at;

		for (size_t i = 0; i < array_size(lasting_keys); i++)
			if (key_is_set(line, length, lasting_keys[i])) {
				check_tell(
					check, CHECK_WARNING,
					"'%s' sets %s, which changes a board for ever: it cannot "
					"be undone",
					file_path(file), lasting_keys[i]);
				check->board_is_changed = true;
			}
		at += length + 1;
	}
}

static bool file_sha256(struct file *file, char ret_hex[2 * SHA256_BYTES + 1])
{
	unsigned char digest[SHA256_BYTES];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	uint64_t left = file_size(file);
	char buf[16384];
	struct error err = {0};

	while (ok && left) {
		ssize_t n = file_read(file, buf, sizeof(buf), &err);

		ok = n > 0 && EVP_DigestUpdate(ctx, buf, (size_t)n);
		left -= ok ? (uint64_t)n : 0;
	}
	ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; ok && i < SHA256_BYTES; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
	return ok;
}

static bool is_digest(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return length == 2 * SHA256_BYTES;
}

/* The first line of pieeprom.sig is the SHA-256 of pieeprom.bin (PROTOCOL.md section 5). */
static void check_eeprom(struct check *check)
{
	cleanup(file_free_ptr) struct file *sig = NULL;
	cleanup(file_free_ptr) struct file *bin = NULL;
	char told[2 * SHA256_BYTES], is[2 * SHA256_BYTES + 1];
	struct error err = {0};
	ssize_t n;

	if (check_get(check, "pieeprom.sig", &sig) < 0 ||
	    check_get(check, "pieeprom.bin", &bin) < 0 ||
	    !check_is_new(check, "pieeprom.sig against pieeprom.bin"))
		return;
	n = file_load(sig, told, sizeof(told), &err);
	if (n < 0 || !file_sha256(bin, is))
		return; /* that it cannot be read was told */
	if (!is_digest(told, (size_t)n))
		check_tell(check, CHECK_WARNING,
			   "'%s' does not begin with a SHA-256, so the board will not take '%s'",
			   file_path(sig), file_path(bin));
	else if (strncasecmp(told, is, sizeof(told)) != 0)
		check_tell(check, CHECK_ERROR,
			   "'%s' is for another image than '%s', whose SHA-256 is %s: make the "
			   "signature file anew",
			   file_path(sig), file_path(bin), is);
}

static void check_signatures(struct check *check)
{
	bool asked_for = check->config->signed_boot;

	/* Whether a board demands it nobody knows: -s is for those whose boot ROM does, and these
	 * ask for no boot.img. */
	if (check_has(check, "boot.img") && !check_has(check, "boot.sig") &&
	    (asked_for || check->board_is_changed) && check_is_new(check, "boot.sig"))
		check_tell(check, CHECK_WARNING,
			   "'%s' has boot.img but no boot.sig, and a board that demands signatures "
			   "does not start it",
			   files_dir(check->files));
	if (asked_for && check->chip->rom_signature && !check_has(check, "bootcode.sig") &&
	    !files_overlay_has(check->files, "bootcode.sig") && check_is_new(check, "bootcode.sig"))
		check_tell(check, CHECK_ERROR,
			   "signed boot (-s) needs bootcode.sig in '%s', which is not there",
			   files_dir(check->files));
}

/* Looks at everything the chip may ask for; the names of what is there go to ret_names. */
static void check_asked(struct check *check, char *ret_names, size_t size)
{
	size_t used = 0;

	ret_names[0] = '\0';
	for (size_t i = 0; i < array_size(asked); i++) {
		cleanup(file_free_ptr) struct file *file = NULL;

		if (check_get(check, asked[i].name, &file) < 0)
			continue;
		used += (size_t)snprintf(ret_names + used, used < size ? size - used : 0, "%s%s",
					 used ? ", " : "", asked[i].name);
		used = used < size ? used : size;
		if (!check_is_new(check, file_path(file)))
			continue;
		check_content(check, file, &asked[i]);
		if (strcmp(asked[i].name, "config.txt") == 0 && file_rewind(file, NULL) == 0)
			check_keys(check, file);
	}
}

static void check_one(struct check *check)
{
	const struct files_query query = {
		.chip = check->chip, .name = check->chip->bootcode, .bootcode = true};
	struct check_finding finding = {.kind = CHECK_CHIP, .chip = check->chip};
	cleanup(file_free_ptr) struct file *bootcode = NULL;
	char names[1024] = "";
	struct error err = {0};
	int r = files_check(check->files, check->chip, &err);

	if (r == 0 && files_get(check->files, &query, &bootcode, &err) == 0) {
		finding.bootcode = file_path(bootcode);
		check_asked(check, names, sizeof(names));
		finding.names = names;
		check->result->chips++;
	}
	if (check->config->found)
		check->config->found(check->config->ctx, &finding);
	if (r < 0 && r != -ENOENT && check_is_new(check, err.text))
		check_tell(check, CHECK_ERROR, "%s", err.text);
	if (!finding.bootcode)
		return;
	check_eeprom(check);
	check_signatures(check);
	if (!names[0] && check_is_new(check, "nothing to follow"))
		check_tell(
			check, CHECK_WARNING,
			"'%s' has %s and nothing that could follow it: no boot.img, no start*.elf, "
			"no pieeprom.bin",
			files_dir(check->files), check->chip->bootcode);
	else if (!strstr(names, ".img") && !strstr(names, ".elf") &&
		 !strstr(names, "pieeprom.bin") && !strstr(names, "pieeprom.upd") &&
		 check_is_new(check, "no image"))
		check_tell(
			check, CHECK_WARNING,
			"'%s' looks like a recovery directory, but has no pieeprom.bin: the board "
			"will only tell about itself",
			files_dir(check->files));
}

void check_files(struct files *files, const struct chip *chip, const struct check_config *config,
		 struct check_result *ret)
{
	struct check check = {.files = files, .config = config, .result = ret};

	*ret = (struct check_result){0};
	for (check.chip = chip_next(NULL); check.chip; check.chip = chip_next(check.chip))
		if (!chip || chip == check.chip)
			check_one(&check);
	for (size_t i = 0; i < check.seen_count; i++)
		free(check.seen[i]);
}

/* Which file would have made it usable. */
static int check_no_chip(const char *dir, struct error *err)
{
	char names[128] = "";
	size_t used = 0;

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (!strstr(names, chip->bootcode))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 used ? ", " : "", chip->bootcode);
	return error_set(
		err, -ENOENT,
		"'%s' has no bootcode for any chip: there is none of %s, neither in it nor "
		"in its chips' directories or a bootfiles.bin",
		dir, names);
}

/* Keeps the first error for the caller's sentence and passes everything on. */
struct first {
	const struct check_config *config;
	struct error *err;
	bool any;
};

static void first_found(void *ctx, const struct check_finding *finding)
{
	struct first *first = ctx;

	if (finding->kind == CHECK_ERROR && !first->any) {
		first->any = true;
		error_set(first->err, -EBADMSG, "%s", finding->text);
	}
	if (first->config->found)
		first->config->found(first->config->ctx, finding);
}

int check_dir(const char *dir, const struct check_config *config, struct check_result *ret,
	      struct error *err)
{
	struct files_config files_config = {.dir = dir, .overlay = config->overlay};
	struct first first = {.config = config, .err = err};
	struct check_config own = *config;
	struct files *files = NULL;
	int r = files_new(&files, &files_config, err);

	*ret = (struct check_result){0};
	if (r < 0)
		return r;
	own.found = first_found;
	own.ctx = &first;
	check_files(files, NULL, &own, ret);
	files_free(files);
	if (first.any)
		return -EBADMSG;
	return ret->chips ? 0 : check_no_chip(dir, err);
}
