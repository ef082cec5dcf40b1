/* SPDX-License-Identifier: Apache-2.0 */
/* Implements two functions that macOS lacks: mempcpy(), and pthread_cond_timedwait() with the
 * monotonic clock. On other systems, this file is empty. */
#include "os/portable/util/compat.h"

#ifdef __APPLE__
#include <errno.h>
#include <string.h>

void *mempcpy(void *ret, const void *data, size_t size)
{
	return (char *)memcpy(ret, data, size) + size;
}

int compat_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
			  const struct timespec *until)
{
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left.tv_sec = until->tv_sec - now.tv_sec;
	left.tv_nsec = until->tv_nsec - now.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left.tv_sec < 0 ? ETIMEDOUT : pthread_cond_timedwait_relative_np(cond, mutex, &left);
}
#endif
