/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises '/', the separator of directories in paths on Linux. */
#include "util/path.h"

bool path_separates(char c)
{
	return c == '/';
}
