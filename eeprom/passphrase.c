/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the passphrase of a key from the terminal, a file, a file descriptor or an environment
 * variable. */
#include "eeprom/passphrase.h"

#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ui.h>
#include <string.h>

static int passphrase_copy(char ret[PASSPHRASE_SIZE], const char *text, size_t size,
			   struct error *err)
{
	if (size >= PASSPHRASE_SIZE)
		return error_set(err, -EINVAL, "the passphrase is longer than %d bytes",
				 PASSPHRASE_SIZE - 1);
	memcpy(ret, text, size);
	ret[size] = '\0';
	return 0;
}

/* Reads a passphrase, which is the first line of an open file or pipe. The function reads single
 * bytes, so that other programs can read the next line. If the file could not be opened, fd is -1,
 * and errno is the cause. */
static int passphrase_from_fd(char ret[PASSPHRASE_SIZE], int fd, const char *source,
			      struct error *err)
{
	size_t used = 0;
	ssize_t n = fd < 0 ? -1 : 0;

	while (fd >= 0 && used < PASSPHRASE_SIZE) {
		n = read(fd, ret + used, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || ret[used] == '\n')
			break;
		used++;
	}
	if (n < 0)
		return error_set(err, -errno, "the passphrase cannot be read from '%s': %s", source,
				 strerror(errno));
	if (used == PASSPHRASE_SIZE)
		return passphrase_copy(ret, ret, used, err);
	if (used > 0 && ret[used - 1] == '\r')
		used--;
	ret[used] = '\0';
	return 0;
}

static int passphrase_from_file(char ret[PASSPHRASE_SIZE], const char *path, const char *source,
				struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return passphrase_from_fd(ret, fd, source, err);
}

static int passphrase_from_terminal(char ret[PASSPHRASE_SIZE], const char *name, struct error *err)
{
	cleanup_fd int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	cleanup_free char *prompt = NULL;
	int r;

	/* There is no terminal. libcrypto would now read the passphrase from standard input, which
	 * may carry other data, so report an error instead. */
	if (fd < 0)
		return error_set(err, -EACCES,
				 "%s needs a passphrase, but there is no terminal for the "
				 "question; give the passphrase with --passin",
				 name);
	prompt = text_new("Passphrase of %s: ", name);
	if (!prompt)
		return error_set(err, -ENOMEM, "out of memory");
	r = UI_UTIL_read_pw_string(ret, PASSPHRASE_SIZE - 1, prompt, 0);
	if (r != 0)
		return error_set(err, -EACCES, "no passphrase for %s was entered", name);
	return 0;
}

/* Reads a passphrase into a NUL-terminated buffer, which the caller later overwrites with
 * OPENSSL_cleanse().
 * Returns: 0, -EINVAL (unknown kind of source, or passphrase too long), -EACCES (no passphrase), or
 * another -Exxx (unreadable file). */
static int passphrase_read(char ret[PASSPHRASE_SIZE], const char *source, const char *name,
			   struct error *err)
{
	const char *value;
	char *end;
	long fd;

	if (!source)
		return passphrase_from_terminal(ret, name, err);
	if (strncmp(source, "pass:", 5) == 0)
		return passphrase_copy(ret, source + 5, strlen(source + 5), err);
	if (strncmp(source, "env:", 4) == 0) {
		value = getenv(source + 4);
		if (!value)
			return error_set(err, -EACCES, "the environment has no variable '%s'",
					 source + 4);
		return passphrase_copy(ret, value, strlen(value), err);
	}
	if (strncmp(source, "file:", 5) == 0)
		return passphrase_from_file(ret, source + 5, source, err);
	if (strcmp(source, "stdin") == 0)
		return passphrase_from_fd(ret, STDIN_FILENO, source, err);
	if (strncmp(source, "fd:", 3) == 0) {
		fd = strtol(source + 3, &end, 10);
		if (end != source + 3 && !*end && fd >= 0 && fd <= 65535)
			return passphrase_from_fd(ret, (int)fd, source, err);
	}
	/* Do not print the argument of --passin, because it may be a secret: the user may have
	 * typed the passphrase and forgotten the prefix "pass:". */
	return error_set(err, -EINVAL,
			 "--passin takes pass:TEXT, env:NAME, file:PATH, fd:NUMBER or stdin");
}

int passphrase_on_request(char *buf, int size, int writing, void *ctx)
{
	struct passphrase *passphrase = ctx;
	size_t length;

	(void)writing;
	if (!passphrase->asked)
		passphrase_read(passphrase->text, passphrase->source, passphrase->name,
				&passphrase->err);
	passphrase->asked = true;
	length = strlen(passphrase->text);
	if (passphrase->err.code < 0 || size < 0 || length > (size_t)size)
		return -1;
	memcpy(buf, passphrase->text, length);
	return (int)length;
}
