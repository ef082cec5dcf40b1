/* SPDX-License-Identifier: Apache-2.0 */
/* Cleanup attributes, array sizes, the clock, random numbers. Knows nothing of this program. */
#ifndef UTIL_H
#define UTIL_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define array_size(a) (sizeof(a) / sizeof((a)[0]))

/* Runs fn(&variable) when the variable's scope ends. */
#define cleanup(fn)  __attribute__((cleanup(fn)))
#define cleanup_free cleanup(util_free_ptr)
#define cleanup_fd   cleanup(util_close_fd)

/* Gives the pointer away: the variable becomes NULL, so that its cleanup does nothing. */
#define take_ptr(ptr)                                                                              \
	({                                                                                         \
		__typeof__(ptr) *take_from = &(ptr);                                               \
		__typeof__(ptr) taken = *take_from;                                                \
		*take_from = NULL;                                                                 \
		taken;                                                                             \
	})

static inline void util_free_ptr(void *ptr_to_ptr)
{
	free(*(void **)ptr_to_ptr);
}

static inline void util_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Milliseconds of the monotonic clock. Only main.c, usb.c, threads that wait for a disk and tests
 * ask the clock; everybody else is told. */
static inline uint64_t util_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* A number that others cannot guess; on a host without random numbers one that differs each time.
 * For names of new files and seeds of hashes, not for keys. */
static inline uint64_t util_random(void)
{
	struct timespec ts;
	uint64_t random;

	if (getentropy(&random, sizeof(random)) == 0)
		return random;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec << 30 ^ (uint64_t)ts.tv_nsec ^ (uint64_t)getpid() << 48;
}

#endif
