/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the separators of Windows and macOS in paths. */
#include "util/path.h"

bool path_separates(char c)
{
#ifdef _WIN32
	if (c == '\\')
		return true;
#endif
	return c == '/';
}
