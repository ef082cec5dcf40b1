/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: installs a system call filter like those of systemd and containers. The file
 * CALL_FILTER has numbers. The first one is the errno of refused calls. The others are the allowed
 * calls, or, after a 0, the refused calls. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define CALLS_MAX 1000

static void __attribute__((constructor)) filter_install(void)
{
	static struct sock_filter filter[CALLS_MAX * 2 + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	const char *path = getenv("CALL_FILTER");
	FILE *list = path ? fopen(path, "re") : NULL;
	unsigned int code = EPERM, number, count = 1, hit = SECCOMP_RET_ALLOW, rest;
	struct sock_fprog program = {.filter = filter};

	if (!list || fscanf(list, "%u", &code) != 1)
		abort();
	rest = SECCOMP_RET_ERRNO | code;
	while (fscanf(list, "%u", &number) == 1 && count < CALLS_MAX * 2) {
		if (number == 0 && count == 1) {
			hit = rest;
			rest = SECCOMP_RET_ALLOW;
			continue;
		}
		filter[count++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
		filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, hit);
	}
	fclose(list);
	filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rest);
	program.len = (unsigned short)count;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		abort();
}
