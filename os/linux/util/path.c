/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises the character that separates directories in the paths of Linux. */
#include "util/path.h"

bool path_separates(char c)
{
	return c == '/';
}
