/* SPDX-License-Identifier: Apache-2.0 */
/* Expands LZ4 frames with liblz4. */
#include "eeprom/lz4.h"

#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <lz4frame.h>
#include <stdlib.h>

static int expand(LZ4F_dctx *dctx, const unsigned char *data, size_t size, unsigned char *ret,
		  size_t *ret_size, struct error *err)
{
	size_t at = 0, used = 0, hint = 1;

	while (hint) {
		size_t in = size - at, out = LZ4_BYTES_MAX - used;

		if (!out)
			return error_set(err, -EFBIG, "it expands to more than %d bytes",
					 LZ4_BYTES_MAX);
		hint = LZ4F_decompress(dctx, ret + used, &out, data + at, &in, NULL);
		if (LZ4F_isError(hint) || (hint && !in && !out))
			return error_set(err, -EBADMSG, "its LZ4 data is damaged");
		at += in;
		used += out;
	}
	if (at != size)
		return error_set(err, -EBADMSG, "it has unexpected bytes after its LZ4 data");
	*ret_size = used;
	return 0;
}

int lz4_expand(const void *data, size_t size, unsigned char **ret, size_t *ret_size,
	       struct error *err)
{
	cleanup_free unsigned char *expanded = malloc(LZ4_BYTES_MAX);
	LZ4F_dctx *dctx;
	int r;

	if (!expanded || LZ4F_isError(LZ4F_createDecompressionContext(&dctx, LZ4F_VERSION)))
		return error_set(err, -ENOMEM, "out of memory");
	r = expand(dctx, data, size, expanded, ret_size, err);
	LZ4F_freeDecompressionContext(dctx);
	if (r == 0)
		*ret = take_ptr(expanded);
	return r;
}
