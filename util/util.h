/* SPDX-License-Identifier: Apache-2.0 */
/* Defines small helpers that every program could use: cleanup attributes, arrays, the clock, and
 * random numbers. */
#ifndef UTIL_UTIL_H
#define UTIL_UTIL_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define array_size(a) (sizeof(a) / sizeof((a)[0]))

/* Makes the compiler call fn(&variable) when the variable goes out of scope. */
#define cleanup(fn)  __attribute__((cleanup(fn)))
#define cleanup_free cleanup(util_free_ptr)
#define cleanup_fd   cleanup(util_close_fd)

/* Returns the pointer in a variable and sets the variable to NULL, so that the variable's cleanup
 * function frees nothing. The receiver owns the pointer. */
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

/* Makes room for one more element in an array of `count` elements of `size` bytes each. Call this
 * function before each new element, because it doubles the array only if `count` is 0 or a power of
 * two. An array that was allocated in another way has too little room.
 * Returns: the array, which may have moved, or NULL (out of memory; the array is unchanged). */
static inline void *util_grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? 2 * count : 1, size);
}

static inline void util_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Reads bytes from a file, a pipe or a socket until there are `size` bytes or the input ends. If a
 * signal interrupts the read, the function tries again.
 * Returns: the number of bytes, which is below size only at the end, or -Exxx. */
static inline ssize_t util_read(int fd, void *buf, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;

	while (n != 0 && used < size) {
		n = read(fd, (char *)buf + used, size - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)used;
}

/* Reads bytes at an offset of a file, like pread(). If a signal interrupts the read, the function
 * tries again.
 * Returns: the number of bytes, 0 (the end of the file), or -Exxx. */
static inline ssize_t util_pread(int fd, void *buf, size_t size, uint64_t offset)
{
	ssize_t n;

	do
		n = pread(fd, buf, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Returns: the time of the monotonic clock in milliseconds. Only main.c, cli/session.c, usb.c, usb/
 * and tests read the clock. All other code receives the time as an argument. */
static inline uint64_t util_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Returns: a number that other processes cannot guess. If the host has no source of random numbers,
 * the number can be guessed, but each call returns another one. It is good enough for the names of
 * new files and for hash seeds, but not for keys. */
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
