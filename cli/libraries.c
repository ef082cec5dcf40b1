/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/libraries.h"

#include <grp.h>
#include <iconv.h>
#include <json.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <time.h>

/* json-c seeds its own hash from getrandom() or /dev/urandom. Before 0.16 it ends the process if
 * both fail, later versions print to stderr. The other hash has no seed. No seed is needed: every
 * object here is small. */
static void prepare_json(void)
{
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
}

/* Reads openssl.cnf, which may name modules that compute digests, as in FIPS mode. Refused later,
 * it would be ignored. What it holds stays until the process has ended: a writer's thread that
 * waits for its disk may still compute a digest when main() returns. */
static void prepare_crypto(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}

/* libarchive converts the times and the names of members. */
static void prepare_archive(void)
{
	iconv_t names = iconv_open("UTF-8", "ANSI_X3.4-1968"); /* what the C locale has */

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is how iconv.h has it */
	if (names != (iconv_t)-1)
		iconv_close(names);
	tzset();
}

/* Names of owners. Before glibc 2.34 even /etc/passwd is read by a module. */
static void prepare_names(void)
{
	getpwuid(0);
	getgrgid(0);
}

void libraries_prepare(bool digests)
{
	prepare_json();
	if (digests)
		prepare_crypto();
	prepare_archive();
	prepare_names();
}
