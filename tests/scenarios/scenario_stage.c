/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scenarios/scenario_stage.h"

#include "tests/emulator/emu_crypto.h"
#include "tests/unit/files/tar.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <stdarg.h>

#define CHUNK_BYTES 65536

static char *text_new(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *text_new(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	tree_must(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	return text;
}

static const char *text_or(const char *text, const char *other)
{
	return text ? text : other;
}

/* Appends unique pseudo-random content (xorshift) that depends on the name. */
static void content_append(const char *path, const char *name, uint64_t bytes)
{
	uint64_t state = 14695981039346656037u ^ bytes, chunk[CHUNK_BYTES / 8];
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	tree_must(fd >= 0);
	for (const char *p = name; *p; p++)
		state = (state ^ (uint8_t)*p) * 1099511628211u;
	state |= 1;
	for (uint64_t done = 0; done < bytes;) {
		size_t n = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;

		for (size_t i = 0; i < array_size(chunk); i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			chunk[i] = state;
		}
		tree_must(write(fd, chunk, n) == (ssize_t)n);
		done += n;
	}
}

/* Appends a member to the archive. The truth directory gets its content, too. */
static void stage_member(const struct scenario_stage *stage, const char *name, uint64_t bytes)
{
	const char *archive = tree_path(stage->dir, "bootfiles.bin");
	cleanup_free char *truth_name = text_new("tar/%s", name);
	char header[512], size[13], zeros[512] = {0};
	int fd;

	content_append(tree_parents(stage->truth, truth_name), truth_name, bytes);
	fd = open(archive, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	snprintf(size, sizeof(size), "%011llo", (unsigned long long)bytes);
	tar_header(header, name, '0', size);
	tree_must(fd >= 0 && write(fd, header, sizeof(header)) == sizeof(header));
	content_append(archive, truth_name, bytes);
	if (bytes % 512)
		tree_must(write(fd, zeros, 512 - bytes % 512) > 0);
	close(fd);
}

static void stage_file(const struct scenario_stage *stage, char *word)
{
	char *split = strpbrk(word, ":>="), *target;
	bool link, made, member = word[0] == '@';
	uint64_t bytes;

	tree_must(split != NULL);
	link = *split == '>';
	made = *split == '=';
	*split++ = '\0';
	bytes = strtoull(split, NULL, 10);
	if (member) {
		stage_member(stage, word + 1, bytes);
		return;
	}
	if (made)
		stage_made_file(stage, word, split);
	else if (link)
		tree_link(stage->dir, word, split);
	else if (word[strlen(word) - 1] == '/')
		tree_parents(stage->dir, word);
	else
		content_append(tree_parents(stage->dir, word), word, bytes);
	if (strncmp(word, "../", 3) == 0)
		return;
	target = text_new("%s/%s", stage->dir, word);
	tree_link(stage->truth, word, target);
	free(target);
}

static void stage_files(struct scenario_stage *stage)
{
	const char *files = text_or(stage->scenario->files, SCENARIO_FILES);
	cleanup_free char *words = strdup(files);
	char *rest = words, *word;
	static const char zeros[1024];
	int fd;

	while ((word = strsep(&rest, " ")))
		stage_file(stage, word);
	fd = strchr(files, '@')
		     ? open(tree_path(stage->dir, "bootfiles.bin"), O_WRONLY | O_APPEND | O_CLOEXEC)
		     : -1;
	if (fd >= 0) {
		tree_must(write(fd, zeros, sizeof(zeros)) == sizeof(zeros));
		close(fd);
	}
}

static char *word_replace(char *text, const char *from, const char *to)
{
	char *at = text, *whole;
	size_t before;

	while ((at = strstr(at, from))) {
		before = (size_t)(at - text);
		whole = text_new("%.*s%s%s", (int)before, text, to, at + strlen(from));
		free(text);
		text = whole;
		at = text + before + strlen(to);
	}
	return text;
}

/* Formats the first 8 digits of the hash of the run's key. */
static void stage_hash8(const struct scenario_stage *stage, char ret[9])
{
	uint8_t pubkey[EMU_PUBKEY_BYTES], hash[EMU_HASH_BYTES];
	char text[EMU_HASH_TEXT];

	tree_must(emu_pubkey_read(tree_path(stage->work, "key.pem"), pubkey) == 0);
	emu_hash(pubkey, sizeof(pubkey), hash);
	emu_hash_text(hash, text);
	snprintf(ret, 9, "%.8s", text);
}

static void stage_args(struct scenario_stage *stage, const char *program)
{
	char *rest, *word, hash8[9];

	stage->words = strdup(text_or(stage->scenario->args, SCENARIO_ARGS));
	stage->words = word_replace(stage->words, "DIR", stage->dir);
	stage->words = word_replace(stage->words, "WORK", stage->work);
	if (strstr(stage->words, "HASH8")) {
		stage_hash8(stage, hash8);
		stage->words = word_replace(stage->words, "HASH8", hash8);
	}
	stage->argv[stage->argc++] = (char *)program;
	rest = stage->words;
	while ((word = strsep(&rest, " "))) {
		tree_must(stage->argc < STAGE_ARGS);
		if (*word)
			stage->argv[stage->argc++] = word;
	}
}

const struct scenario_board *stage_board(const struct scenario_stage *stage, size_t index)
{
	return index ? &stage->scenario->more[index - 1] : &stage->scenario->board;
}

static void stage_make_recovery(struct scenario_stage *stage, size_t index)
{
	struct emu_config *config = &stage->configs[index];
	char *options = strdup(stage_board(stage, index)->recovery);

	stage->recoveries[index] = word_replace(options, "WORK", stage->work);
	config->recovery = emu_recovery_new();
	tree_must(emu_recovery_set_all(config->recovery, stage->recoveries[index]) == 0);
	tree_must(emu_recovery_start(config->recovery, config) == 0);
}

bool stage_holds(const struct scenario_stage *stage, size_t index)
{
	const char *name = stage_board(stage, index)->holds;
	bool erased = name && strcmp(name, "-") == 0;
	const struct emu_keep *keep;
	FILE *file = NULL;
	size_t i = 0;

	if (!name)
		return true;
	keep = emu_recovery_keep(stage->configs[index].recovery);
	if (!erased)
		file = fopen(tree_path(stage->dir, name), "r");
	tree_must(erased || file);
	while (i < keep->eeprom_bytes && keep->eeprom[i] == (erased ? 0xff : fgetc(file)))
		i++;
	if (file)
		fclose(file);
	return i == keep->eeprom_bytes;
}

static void stage_make_board(struct scenario_stage *stage, size_t index)
{
	const struct scenario_board *board = stage_board(stage, index);
	const char *script =
		text_or(board->script, text_or(stage->scenario->script, SCENARIO_SCRIPT));
	struct emu_payload *payload = &stage->payloads[index];
	struct emu_config *config = &stage->configs[index];
	char why[256] = "there is no such payload";

	*config = board->emu;
	if (script[0] == '@')
		script = emu_payload_preset(config->chip, script + 1);
	if (!script || emu_payload_parse(payload, script, stage->truth, why, sizeof(why)) < 0) {
		fprintf(stderr, "%s: %s\n", stage->scenario->name, why);
		abort();
	}
	config->serial = board->serial;
	config->truth = stage->truth;
	config->bootcode_content = text_or(board->bootcode, emu_bootcode(config->chip));
	config->signature = stage->scenario->signature ? stage->signature : NULL;
	if (!board->recovery || board->script) {
		config->steps = payload->steps;
		config->step_count = payload->count;
	}
	if (board->recovery)
		stage_make_recovery(stage, index);
	if (!config->gap_ms)
		config->gap_ms = 30;
	if (!config->drop_ms)
		config->drop_ms = 5;
	stage->ports[index] = text_or(board->port, "90-1.2");
}

void stage_init(struct scenario_stage *ret, const struct scenario *scenario, const char *program)
{
	*ret = (struct scenario_stage){.scenario = scenario, .work = tree_new()};
	ret->dir = text_new("%s/boot", ret->work);
	ret->truth = text_new("%s/truth", ret->work);
	tree_must(mkdir(ret->dir, 0755) == 0 && mkdir(ret->truth, 0755) == 0);
	stage_files(ret);
	if (scenario->signature) {
		cleanup_fd int fd = open(tree_path(ret->dir, scenario->signature), O_RDONLY);

		tree_must(read(fd, ret->signature, sizeof(ret->signature)) ==
			  sizeof(ret->signature));
	}
	stage_args(ret, program);
	if (scenario->no_board)
		return;
	do {
		stage_make_board(ret, ret->board_count++);
	} while (ret->board_count < SCENARIO_BOARDS && stage_board(ret, ret->board_count)->port);
}

void stage_clear(struct scenario_stage *stage)
{
	for (size_t i = 0; i < stage->board_count; i++) {
		emu_payload_clear(&stage->payloads[i]);
		emu_recovery_free(stage->configs[i].recovery);
		free(stage->recoveries[i]);
	}
	free(stage->words);
	free(stage->dir);
	free(stage->truth);
	tree_free(stage->work);
}

const char *stage_missing(const struct scenario_stage *stage, const char *texts, const char *text,
			  char *ret, size_t size)
{
	cleanup_free char *words = word_replace(strdup(texts), "WORK", stage->work);
	char *rest = words, *word;

	while ((word = strsep(&rest, "|"))) {
		snprintf(ret, size, "%s", word);
		if (!strstr(text, word))
			return ret;
	}
	return NULL;
}

bool stage_in_order(const char *texts, const char *text)
{
	const char *bar = strchr(texts, '|'), *second = strstr(text, bar + 1);
	const char *first = memmem(text, strlen(text), texts, (size_t)(bar - texts));

	return first && second && first < second;
}
