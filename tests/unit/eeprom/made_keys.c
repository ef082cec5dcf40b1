/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/eeprom/made_keys.h"

#include "tests/unit/tree.h"

#include <stdarg.h>
#include <stdio.h>

int made_run(const char *dir, const char *fmt, ...)
{
	char command[4096], line[2 * sizeof(command)];
	va_list ap;
	int status;

	va_start(ap, fmt);
	tree_must(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
	va_end(ap);
	snprintf(line, sizeof(line), "cd '%s' && { %s\n} 2>>log", dir, command);
	status = system(line);
	tree_must(WIFEXITED(status));
	return WEXITSTATUS(status);
}

char *made_keys(void)
{
	static const char commands[] =
		"set -e\n"
		"new() { openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$2 -out $1.pem; "
		"}\n"
		"old() { openssl rsa -traditional \"$@\" || openssl rsa \"$@\"; }\n"
		"new a 2048; new b 2048; new small 1024; new large 3072\n"
		"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 "
		"-pkeyopt rsa_keygen_pubexp:3 -out three.pem\n"
		"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem\n"
		"for k in a b; do openssl pkey -in $k.pem -pubout -out $k-pub.pem; done\n"
		"old -in a.pem -out a1.pem\n"
		"openssl rsa -in a.pem -RSAPublicKey_out -out a1-pub.pem\n"
		"openssl pkcs8 -topk8 -in a.pem -passout 'pass:open sesame' -out locked.pem\n"
		"old -in a.pem -aes128 -passout 'pass:open sesame' -out locked1.pem\n";
	char *dir = tree_new();

	tree_must(made_run(dir, "%s", commands) == 0);
	return dir;
}

char *made_read(const char *dir, const char *name, size_t *ret_size)
{
	FILE *file = fopen(tree_path(dir, name), "re");
	char *text = NULL;
	size_t size = 0, room = 0, n;

	tree_must(file);
	do {
		room = 2 * room + 4096;
		text = realloc(text, room);
		tree_must(text);
		n = fread(text + size, 1, room - size - 1, file);
		size += n;
	} while (n > 0);
	tree_must(!ferror(file) && fclose(file) == 0);
	text[size] = '\0';
	*ret_size = size;
	return text;
}
