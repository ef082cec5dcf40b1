/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises the characters that separate directories in the paths of Windows and macOS. */
#include "util/path.h"

bool path_separates(char c)
{
#ifdef _WIN32
	if (c == '\\')
		return true;
#endif
	return c == '/';
}
