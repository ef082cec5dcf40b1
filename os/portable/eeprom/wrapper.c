/* SPDX-License-Identifier: Apache-2.0 */
/* rpiboot cannot run other programs on this system, so it cannot sign with a program that the user
 * supplies. wrapper_new() and wrapper_sign() return an error. */
#include "eeprom/wrapper.h"

#include "util/error.h"

#include <errno.h>

int wrapper_new(struct wrapper **ret, const char *program, unsigned int timeout_s,
		struct error *err)
{
	(void)ret, (void)timeout_s;
	return error_set(err, -EOPNOTSUPP,
			 "cannot sign with %s: rpiboot cannot run other programs on this operating "
			 "system; give the key as a file",
			 program);
}

struct wrapper *wrapper_free(struct wrapper *wrapper)
{
	(void)wrapper;
	return NULL;
}

int wrapper_sign(struct wrapper *wrapper, const void *data, size_t size,
		 unsigned char ret_signature[KEY_SIGNATURE_SIZE], struct error *err)
{
	(void)wrapper, (void)data, (void)size, (void)ret_signature;
	return error_set(err, -EOPNOTSUPP,
			 "rpiboot cannot run other programs on this operating system");
}
