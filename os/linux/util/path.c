/* SPDX-License-Identifier: Apache-2.0 */
/* States which character separates the parts of a path. On Linux it is '/'. */
#include "util/path.h"

bool path_separates(char c)
{
	return c == '/';
}
