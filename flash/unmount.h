/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounts, for a process that has given up the right to: in another process, which does nothing
 * else. */
#ifndef FLASH_UNMOUNT_H
#define FLASH_UNMOUNT_H

struct error;
struct unmounter;

/* Starts that process; call it before there are threads, and while the right is still there. It
 * ends with this one, however that ends. 0 or -Exxx. Ends with unmounter_free() (NULL-safe, returns
 * NULL). */
int unmounter_new(struct unmounter **ret, struct error *err);
struct unmounter *unmounter_free(struct unmounter *unmounter);

/* One more owner, who ends with unmounter_free(), too: a thread that may outlive the one that made
 * it. NULL-safe; returns unmounter. From any thread. */
struct unmounter *unmounter_hold(struct unmounter *unmounter);

/* Unmounts what is mounted at path: never lazily, never by force, following no link. May block;
 * from any thread, several at a time. unmounter NULL: in this process. 0 or -Exxx, without a
 * sentence. */
int unmounter_unmount(struct unmounter *unmounter, const char *path);

#endif
