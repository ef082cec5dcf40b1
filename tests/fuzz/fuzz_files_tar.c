/* SPDX-License-Identifier: Apache-2.0 */
/* bootfiles.bin: the files of an archive that passes the check can be listed, found, and read twice
 * with the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "files/internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>

#define MEMBERS_MAX 4
#define READ_MAX    (256 * 1024) /* a sparse member can be long */

struct members {
	size_t count, files;
	char *name[MEMBERS_MAX];
};

static void on_member(const char *name, void *ctx)
{
	struct members *members = ctx;

	fuzz_check(name && strncmp(name, "./", 2) != 0);
	members->count++;
	if (members->files < MEMBERS_MAX) {
		members->name[members->files] = strdup(name);
		fuzz_check(members->name[members->files]);
		members->files++;
	}
}

/* Reads from the start. Returns: the bytes read, with their sum in *ret_sum, or -EIO. */
static int64_t read_all(struct file *file, size_t piece, uint32_t *ret_sum)
{
	static uint8_t buf[4096];
	struct error err = {0};
	int64_t total = 0;
	ssize_t n;

	*ret_sum = 0;
	for (; total < READ_MAX; total += n) {
		n = file_read(file, buf, piece, &err);
		fuzz_check(n <= (ssize_t)piece);
		if (n < 0)
			fuzz_check_error((int)n, &err, -EIO);
		if (n < 0)
			return n;
		for (ssize_t i = 0; i < n; i++)
			*ret_sum = *ret_sum * 31 + buf[i];
		if (n == 0)
			break;
	}
	return total;
}

static void check_file(struct file *file, bool sound)
{
	uint64_t bytes = file_size(file);
	uint32_t sum, sum_again;
	int64_t total = read_all(file, 4096, &sum), again;
	struct error err = {0};

	fuzz_check(bytes <= INT32_MAX);
	/* Damage from before the open may be detected only now. */
	fuzz_check(total < 0
			   ? !sound
			   : (uint64_t)total == bytes || (bytes >= READ_MAX && total >= READ_MAX));
	fuzz_check(file_rewind(file, &err) == 0);
	again = read_all(file, 4096, &sum_again);
	fuzz_check(again == total && sum_again == sum);
}

/* Checks a member under its name in any case. A hard link can be dangling. */
static void check_member(int dir_fd, const char *path, char *name, bool sound)
{
	struct file *file = NULL;
	struct error err = {0};
	int r, again;

	r = files_tar_get(dir_fd, path, "bootfiles.bin", name, &file, &err);
	if (r < 0 && r != -ENOENT)
		fuzz_check_error(r, &err, -EFBIG, sound ? -EFBIG : -EBADMSG);
	if (r == 0)
		check_file(file, sound);
	file = file_free(r == 0 ? file : NULL);
	for (char *p = name; *p; p++)
		*p = (char)(islower((unsigned char)*p) ? toupper((unsigned char)*p) : *p);
	again = files_tar_get(dir_fd, path, "bootfiles.bin", name, &file, &err);
	fuzz_check(again == r);
	if (again == 0)
		file_free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct members members = {0};
	struct error err = {0};
	char path[64];
	int fd = fuzz_file(data, size, path);
	int r = files_tar_check(AT_FDCWD, path, "bootfiles.bin", &err);

	if (r < 0) {
		fuzz_check_error(r, &err, -EBADMSG);
		fuzz_check(strstr(err.text, "bootfiles.bin"));
	}
	files_tar_names(AT_FDCWD, path, on_member, &members);
	fuzz_check(r < 0 || members.count > 0);
	for (size_t i = 0; i < members.files; i++) {
		check_member(AT_FDCWD, path, members.name[i], r == 0);
		free(members.name[i]);
	}
	close(fd);
	return 0;
}
