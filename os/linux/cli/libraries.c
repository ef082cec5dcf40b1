/* SPDX-License-Identifier: Apache-2.0 */
/* Uses each library once before the sandbox becomes active, because the library opens its own files
 * at its first use. */
#include "cli/libraries.h"

#include <grp.h>
#include <iconv.h>
#include <json.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <time.h>

void libraries_prepare(bool digests)
{
	iconv_t names;

	/* Select the hash function of json-c that needs no seed. The default hash reads its seed
	 * from getrandom() or /dev/urandom. If both fail, json-c before 0.16 ends the process, and
	 * later versions print to stderr. A seed is not necessary, because every object here is
	 * small. */
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
	/* Make libcrypto read openssl.cnf now, because libcrypto would ignore the file if the
	 * sandbox refused it later. The file may name modules for digests, as in FIPS mode.
	 * libcrypto must not free its memory when main() returns, because a writer thread may still
	 * compute a digest then. */
	if (digests)
		OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
	/* The C library loads files for time zones and character sets when it first needs them, and
	 * libarchive makes it do so. The sandbox would refuse to open these files, so load them
	 * now. "ANSI_X3.4-1968" is the C library's name for ASCII. */
	names = iconv_open("UTF-8", "ANSI_X3.4-1968");
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): iconv.h defines the error value like this */
	if (names != (iconv_t)-1)
		iconv_close(names);
	tzset();
	/* Make the C library load its modules for the names of users and groups now, because the
	 * sandbox would refuse them later. Versions of glibc before 2.34 need such a module even to
	 * read /etc/passwd. */
	getpwuid(0);
	getgrgid(0);
}
