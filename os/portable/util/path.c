/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises the separators of directories in paths: '/', and on Windows also '\\'. */
#include "util/path.h"

bool path_separates(char c)
{
#ifdef _WIN32
	if (c == '\\')
		return true;
#endif
	return c == '/';
}
