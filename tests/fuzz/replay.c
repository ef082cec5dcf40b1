/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target without libFuzzer. Each row of its corpus is a case:
 *
 *   replay_NAME                runs the rows of tests/fuzz/corpus/NAME.rows
 *   replay_NAME FILE...        runs the bytes of these files, such as findings of libFuzzer
 *   replay_NAME --unpack DIR   writes each row to its own file */
#include "tests/fuzz/fuzz.h"

#include "tests/fuzz/rows.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Runs a case in its own process, because a finding aborts it. */
static bool case_run(const char *label, const uint8_t *data, size_t size)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		LLVMFuzzerTestOneInput(data, size);
		exit(0); /* not _exit(): the leak sanitizer runs at exit */
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("fork");
		return false;
	}
	printf("%sok - %s\n", status == 0 ? "" : "not ", label);
	if (WIFSIGNALED(status))
		printf("# ended by signal %d\n", WTERMSIG(status));
	return status == 0;
}

static bool rows_run(const struct rows *rows)
{
	bool ok = rows->count > 0;

	for (size_t i = 0; i < rows->count; i++)
		ok = case_run(rows->row[i].label, rows->row[i].bytes, rows->row[i].size) && ok;
	return ok;
}

static bool file_run(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_free uint8_t *bytes = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		return false;
	}
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes || read(fd, bytes, (size_t)st.st_size) != st.st_size) {
		perror(path);
		return false;
	}
	return case_run(path, bytes, (size_t)st.st_size);
}

static bool rows_unpack(const struct rows *rows, const char *dir)
{
	for (size_t i = 0; i < rows->count; i++) {
		cleanup_fd int fd = -1;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, rows->row[i].label);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, rows->row[i].bytes, rows->row[i].size) !=
				      (ssize_t)rows->row[i].size) {
			perror(path);
			return false;
		}
	}
	return true;
}

int main(int argc, char *argv[])
{
	const char *slash = strrchr(argv[0], '/'),
		   *name = strstr(slash ? slash : argv[0], "replay_");
	struct rows rows = {0};
	char path[256];
	bool ok = true;

	if (!name)
		return 2;
	snprintf(path, sizeof(path), "tests/fuzz/corpus/%s.rows", name + strlen("replay_"));
	if (argc > 1 && strcmp(argv[1], "--unpack") != 0) {
		for (int i = 1; i < argc; i++)
			ok = file_run(argv[i]) && ok;
	} else if (!rows_read(&rows, path)) {
		ok = false;
	} else {
		ok = argc > 2 ? rows_unpack(&rows, argv[2]) : rows_run(&rows);
	}
	rows_done(&rows);
	return ok ? 0 : 1;
}
