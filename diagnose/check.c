/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the boot files for each chip, and the boot files for each USB port that has its own.
 * Reports files that the program cannot serve. */
#include "diagnose/check_internal.h"

#include "boot/chip.h"
#include "util/error.h"
#include "files/files.h"
#include "report/report.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The kinds of files that a second-stage bootloader requests (docs/protocol.md, section 4, "Order
 * of requests"). */
enum asked_kind {
	ASKED_TEXT,  /* a text file, which may be empty */
	ASKED_BOOT,  /* a program or an image to boot */
	ASKED_IMAGE, /* an EEPROM image that a recovery writes */
	ASKED_TOKEN, /* a signature: one line of text */
	/* A file that other boot files need, but that cannot boot a board alone. Examples are
	 * fixup.dat and a device tree. */
	ASKED_PART,
};

static const struct asked {
	const char *name;
	enum asked_kind kind;
} asked[] = {
	{"autoboot.txt", ASKED_TEXT},  {"config.txt", ASKED_TEXT},
	{"cmdline.txt", ASKED_TEXT},   {"recovery.elf", ASKED_BOOT},
	{"start.elf", ASKED_BOOT},     {"start_cd.elf", ASKED_BOOT},
	{"start4.elf", ASKED_BOOT},    {"fixup.dat", ASKED_PART},
	{"fixup_cd.dat", ASKED_PART},  {"fixup4.dat", ASKED_PART},
	{"dt-blob.bin", ASKED_PART},   {"kernel.img", ASKED_BOOT},
	{"kernel7.img", ASKED_BOOT},   {"kernel7l.img", ASKED_BOOT},
	{"kernel8.img", ASKED_BOOT},   {"kernel_2712.img", ASKED_BOOT},
	{"mcb.bin", ASKED_PART},       {"memsys00.bin", ASKED_PART},
	{"memsys01.bin", ASKED_PART},  {"memsys02.bin", ASKED_PART},
	{"memsys03.bin", ASKED_PART},  {"memsys04.bin", ASKED_PART},
	{"memsys05.bin", ASKED_PART},  {"memsys06.bin", ASKED_PART},
	{"memsys07.bin", ASKED_PART},  {"memsys08.bin", ASKED_PART},
	{"rp1c0fw1.bin", ASKED_PART},  {"rp1c0fw2.bin", ASKED_PART},
	{"bootmain", ASKED_PART},      {"boot.img", ASKED_BOOT},
	{"boot.sig", ASKED_TOKEN},     {"pieeprom.bin", ASKED_IMAGE},
	{"pieeprom.upd", ASKED_IMAGE}, {"pieeprom.sig", ASKED_TOKEN},
	{"bootcode.sig", ASKED_PART},  {"bootsig.bin", ASKED_PART},
};

/* The boot files that a board at one USB port would receive, and the settings in its config.txt. */
struct view {
	struct check_settings settings;
	bool has[array_size(asked)];
	bool boots; /* the board receives a file to boot */
	bool image; /* the board receives an EEPROM image */
};

void check_report(void *ctx, const struct check_finding *finding)
{
	static const char *const kinds[] = {
		[CHECK_CHIP] = "chip",
		[CHECK_WARNING] = "warning",
		[CHECK_ERROR] = "error",
	};
	struct event event = {
		.type = EVENT_CHECK,
		.check.kind = kinds[finding->kind],
		.check.chip = finding->chip ? finding->chip->name : NULL,
		.check.text = finding->text,
		.check.bootcode = finding->bootcode,
		.check.names = finding->names,
		.check.serving = finding->serving,
	};

	if (finding->kind != CHECK_CHIP || !finding->serving)
		report_event(ctx, &event, 0);
}

void check_file_free(struct file **file)
{
	*file = file_free(*file);
}

bool check_is_new(struct check *check, enum check_kind kind, const char *key)
{
	char *copy;

	for (size_t i = 0; i < check->seen_count; i++) {
		struct check_seen *seen = &check->seen[i];

		if (strcmp(seen->key, key) != 0)
			continue;
		if (kind <= seen->kind)
			return false;
		seen->kind = kind;
		return true;
	}
	copy = check->seen_count < CHECK_SEEN_MAX ? strdup(key) : NULL;
	if (copy)
		check->seen[check->seen_count++] = (struct check_seen){.key = copy, .kind = kind};
	return true;
}

/* Reports one problem of the boot files. An error in a directory for one USB port (option -o)
 * counts only as a warning if rpiboot will serve boards afterwards, because boards at other ports
 * can still be served. */
void check_found(struct check *check, enum check_kind kind, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	struct check_finding finding = {
		.kind = kind,
		.chip = check->chip,
		.text = text,
		.serving = check->config->serving,
	};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (kind == CHECK_ERROR && check->port && check->config->serving)
		finding.kind = CHECK_WARNING;
	if (!check_is_new(check, finding.kind, text))
		return;
	if (finding.kind == CHECK_ERROR && check->result->errors == 0)
		error_set(check->first_error, -EBADMSG, "%s", text);
	check->result->errors += finding.kind == CHECK_ERROR;
	check->result->warnings += finding.kind == CHECK_WARNING;
	if (check->config->found)
		check->config->found(check->config->ctx, &finding);
}

int check_get(struct check *check, const char *name, struct file **ret)
{
	const struct files_query query = {.chip = check->chip, .port = check->port, .name = name};
	struct error err = {0};
	int r = files_get(check->files, &query, ret, &err);

	if (r < 0 && r != -ENOENT)
		check_found(check, CHECK_ERROR, "%s", err.text);
	return r;
}

static bool check_has(struct check *check, const char *name)
{
	cleanup(check_file_free) struct file *file = NULL;

	return check_get(check, name, &file) == 0;
}

ssize_t check_load(struct file *file, char *buf, size_t size)
{
	struct error err = {0};
	size_t used = 0;

	while (used < size && used < file_size(file)) {
		ssize_t n = file_read(file, buf + used, size - used, &err);

		if (n < 0)
			return n;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* Reports a boot file that is empty, unreadable or visibly damaged. */
static void check_content(struct check *check, struct file *file, const struct asked *what)
{
	char head[1024];
	struct error err = {0};
	const char *damage;
	ssize_t n;

	if (what->kind == ASKED_TEXT)
		return;
	if (file_size(file) == 0) {
		check_found(check, check->config->serving ? CHECK_WARNING : CHECK_ERROR,
			    "'%s' is empty (0 bytes); fetch it again", file_path(file));
		return;
	}
	n = file_read(file, head, sizeof(head), &err);
	if (n < 0) {
		check_found(check, CHECK_ERROR, "%s", err.text);
		return;
	}
	damage = file_damage(head, (size_t)n, (uint64_t)n == file_size(file));
	if (damage && what->kind != ASKED_TOKEN)
		check_found(check, CHECK_ERROR, "'%s' %s", file_path(file), damage);
}

/* A search for a boot file in the directories of single USB ports (option -o). If one of these
 * directories has the file, the check does not report it as missing. */
struct any_port {
	const struct files *files;
	const char *name;
	bool found;
};

static void any_port(const char *port, void *ctx)
{
	struct any_port *any = ctx;

	any->found = any->found || files_port_has(any->files, port, any->name);
}

static bool check_any_port_has(const struct check *check, const char *name)
{
	struct any_port any = {.files = check->files, .name = name};

	if (!check->port)
		files_ports(check->files, any_port, &any);
	return any.found;
}

static void check_signatures(struct check *check, const struct view *view)
{
	bool asked_for = check->config->signed_boot;

	/* A missing boot.sig is only a warning, because rpiboot does not know whether the board
	 * requires a signature of boot.img. */
	if (check_has(check, "boot.img") && !check_has(check, "boot.sig") &&
	    (asked_for || view->settings.of[CHECK_LASTING]) &&
	    !check_any_port_has(check, "boot.sig"))
		check_found(check, CHECK_WARNING,
			    "'%s' has boot.img but no boot.sig: a board that enforces signed boot "
			    "does not start boot.img; create boot.sig with 'rpiboot sign'",
			    files_dir(check->files));
	if (asked_for && check->chip->rom_signature && !check_has(check, "bootcode.sig") &&
	    !check_any_port_has(check, "bootcode.sig"))
		check_found(
			check, CHECK_ERROR,
			"the option -s (signed boot) needs bootcode.sig, which is missing in '%s'",
			files_dir(check->files));
}

/* Checks the boot files that a board with this chip may request. For a single USB port (option -o),
 * checks only the files in the directory of this port. */
static void check_asked(struct check *check, struct view *view, char *names, size_t size)
{
	for (size_t i = 0; i < array_size(asked); i++) {
		cleanup(check_file_free) struct file *file = NULL;

		if (check->port && !files_port_has(check->files, check->port, asked[i].name))
			continue;
		if (check_get(check, asked[i].name, &file) < 0)
			continue;
		view->boots = view->boots || asked[i].kind == ASKED_BOOT;
		view->image = view->image || asked[i].kind == ASKED_IMAGE;
		if (!view->has[i])
			text_add(names, size, "%s%s%s%s", names[0] ? ", " : "",
				 check->port ? check->port : "", check->port ? "/" : "",
				 asked[i].name);
		view->has[i] = true;
		if (check_is_new(check, CHECK_WARNING, file_path(file)))
			check_content(check, file, &asked[i]);
	}
}

/* Reports that boot.img is missing although config.txt selects it (boot_ramdisk=1). This is an
 * error only if the board can boot nothing else. */
static void check_ramdisk(struct check *check, const struct view *view, bool recovery)
{
	bool certain =
		view->settings.of[CHECK_RAMDISK] == CHECK_SET && !view->boots && !view->image;

	if (recovery || view->settings.of[CHECK_RAMDISK] == CHECK_UNSET ||
	    check_has(check, "boot.img") || check_any_port_has(check, "boot.img"))
		return;
	check_found(check, certain ? CHECK_ERROR : CHECK_WARNING,
		    "'%s' has no boot.img%s%s, but its config.txt sets boot_ramdisk, which makes a "
		    "board boot from boot.img",
		    files_dir(check->files), check->port ? " for port " : "",
		    check->port ? check->port : "");
}

/* Checks the boot files that a board requests after its boot ROM has started the bootcode. */
static void check_next(struct check *check, const struct view *view, bool recovery)
{
	const struct check_settings *settings = &view->settings;
	const char *image = "pieeprom.bin";

	check_eeprom(check, view->boots, recovery);
	check_ramdisk(check, view, recovery);
	check_signatures(check, view);
	if (view->image || settings->of[CHECK_ERASE] || check_any_port_has(check, image) ||
	    check_any_port_has(check, "pieeprom.upd"))
		return;
	if (recovery && !settings->of[CHECK_LASTING])
		check_found(check, CHECK_WARNING,
			    "'%s' has recovery firmware but no %s: a board will report its "
			    "metadata, but its EEPROM will not be written",
			    files_dir(check->files), image);
	else if (!recovery && !view->boots && !settings->of[CHECK_RAMDISK] &&
		 !settings->of[CHECK_OTHER] && !check_any_port_has(check, "boot.img"))
		check_found(check, CHECK_WARNING,
			    "'%s' has %s but no file to boot after it: boot.img, start*.elf and %s "
			    "are missing",
			    files_dir(check->files), check->chip->bootcode, image);
}

/* The state while the boot files for one chip are checked. The files that all USB ports share come
 * first, and then those of each port (option -o). */
struct chip_look {
	struct check *check;
	/* The boot files outside of the directories for single USB ports (option -o). */
	struct view base;
	bool recovery;
	char names[1024];
};

static void check_port(const char *port, void *ctx)
{
	struct chip_look *look = ctx;
	struct view view = look->base;

	look->check->port = port;
	check_asked(look->check, &view, look->names, sizeof(look->names));
	check_settings(look->check, &view.settings);
	check_next(look->check, &view, look->recovery);
	look->check->port = NULL;
}

static void check_one(struct check *check)
{
	const struct files_query query = {.chip = check->chip, .name = check->chip->bootcode};
	struct check_finding finding = {
		.kind = CHECK_CHIP,
		.chip = check->chip,
		.serving = check->config->serving,
	};
	cleanup(check_file_free) struct file *bootcode = NULL;
	struct chip_look look = {.check = check};
	struct error err = {0};
	int r = files_check(check->files, check->chip, &err);

	if (r == 0 && files_get(check->files, &query, &bootcode, &err) == 0) {
		finding.bootcode = file_path(bootcode);
		look.recovery = check_is_recovery(bootcode);
		check_asked(check, &look.base, look.names, sizeof(look.names));
		check_settings(check, &look.base.settings);
		check_next(check, &look.base, look.recovery);
		files_ports(check->files, check_port, &look);
		finding.names = look.names;
		check->result->chips++;
	}
	if (check->config->found)
		check->config->found(check->config->ctx, &finding);
	if (r < 0 && r != -ENOENT)
		check_found(check, CHECK_ERROR, "%s", err.text);
}

/* Reports a link or an archive member in the boot directory that cannot be served. This is an error
 * if the entry is bootcode and no chip has usable boot files in the directory. Otherwise it is a
 * warning, because boards can get usable files elsewhere in the directory. */
static void check_odd(const char *text, bool bootcode, void *ctx)
{
	struct check *check = ctx;
	bool fatal = bootcode && !check->result->chips;

	check_found(check, fatal ? CHECK_ERROR : CHECK_WARNING, "%s", text);
}

void check_files(struct files *files, const struct chip *chip, const struct check_config *config,
		 struct check_result *ret, struct error *first_error)
{
	struct check check = {
		.files = files,
		.config = config,
		.result = ret,
		.first_error = first_error,
	};

	*ret = (struct check_result){0};
	for (check.chip = chip_next(NULL); check.chip; check.chip = chip_next(check.chip))
		if (!chip || chip == check.chip)
			check_one(&check);
	check.chip = chip;
	files_odd(files, check_odd, &check);
	for (size_t i = 0; i < check.seen_count; i++)
		free(check.seen[i].key);
}

/* Sets an error message that lists the places in which no bootcode was found. */
static int check_no_chip(const char *dir, struct error *err)
{
	char dirs[128] = "";

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (!strstr(dirs, chip->dir))
			text_add(dirs, sizeof(dirs), "%s%s/", dirs[0] ? ", " : "", chip->dir);
	return error_set(err, -ENOENT,
			 "'%s' has no bootcode for any chip: there is no bootcode*.bin in this "
			 "directory, in %s or in bootfiles.bin",
			 dir, dirs);
}

int check_dir(const char *dir, const struct check_config *config, struct check_result *ret,
	      struct error *err)
{
	struct files *files = NULL;
	int r = files_new(&files, dir, config->overlay, err);

	*ret = (struct check_result){0};
	if (r < 0)
		return r;
	check_files(files, NULL, config, ret, err);
	files_free(files);
	if (ret->errors)
		return -EBADMSG;
	return ret->chips ? 0 : check_no_chip(dir, err);
}
