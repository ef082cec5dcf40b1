/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounts file systems for a process that has dropped the privilege to do so. A helper process
 * does the unmounting and nothing else. */
#ifndef FLASH_UNMOUNT_H
#define FLASH_UNMOUNT_H

struct error;
struct unmounter;

/* Starts the helper process. The caller must call this function before it creates threads and
 * while it still has the privilege to unmount. The helper process ends when this process ends,
 * for whatever reason.
 * Returns: 0 or a negative errno value.
 * Ownership: the caller frees *ret with unmounter_free(), which accepts NULL and returns NULL. */
int unmounter_new(struct unmounter **ret, struct error *err);
struct unmounter *unmounter_free(struct unmounter *unmounter);

/* Adds an owner, such as a thread that may outlive the creator. Each owner calls
 * unmounter_free(). The function accepts NULL.
 * Returns: unmounter.
 * Thread: any. */
struct unmounter *unmounter_hold(struct unmounter *unmounter);

/* Unmounts the file system that is mounted at path. It does not unmount lazily or by force, and
 * does not follow symbolic links. If unmounter is NULL, this process unmounts. Several threads
 * may call this function at the same time.
 * Returns: 0 or a negative errno value, without a message.
 * Thread: any; may block. */
int unmounter_unmount(struct unmounter *unmounter, const char *path);

#endif
