/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the separator of Linux in paths. */
#include "util/path.h"

bool path_separates(char c)
{
	return c == '/';
}
