#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that every rule of tests/tools/lint can fail, with a small tree that breaks only that rule.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
spdx='/* SPDX-License-Identifier: Apache-2.0 */'
tree=$work/tree

source_write() { # FILE; stdin has its lines
	mkdir -p "$(dirname "$tree/$1")"
	{ echo "$spdx"; cat; } >"$tree/$1"
}

# Makes a small tree with files for every rule.
tree_new() {
	rm -rf "$tree"
	mkdir -p "$tree"
	cp "$root/.clang-format" "$root/.shellcheckrc" "$tree/"
	source_write util/error.h <<'EOF'
/* util/error.h is not "BCM2711" and does not exit(1). */
int error_set(int code);
EOF
	source_write util/error.c <<'EOF'
#include "util/error.h"

int error_set(int code)
{
	return code;
}
EOF
	source_write boot/boot.h <<<'int boot_new(void);'
	source_write boot/boot.c <<'EOF'
#include "boot/boot.h"

#include "util/error.h"

int boot_new(void)
{
	return error_set(0);
}
EOF
	source_write boot/chip.c <<'EOF'
#include <stddef.h>

extern const char *const chip_rows[];

const char *const chip_rows[] = {"BCM2711", NULL};
EOF
	source_write cli/options.c <<'EOF'
#include <stdio.h>

int options_help(void);

int options_help(void)
{
	return puts("exit(1) and sleep(1) in a text are none");
}
EOF
	source_write main.c <<'EOF'
#include "boot/boot.h"

static int interrupted;

int main(void)
{
	interrupted = 1;
	return boot_new() + interrupted;
}
EOF
	printf '#!/usr/bin/env bash\n# SPDX-License-Identifier: Apache-2.0\necho hello\n' >"$tree/setup"
	objects_make
}

objects_make() {
	local source object
	for source in "$tree"/*.c "$tree"/*/*.c; do
		[ -e "$source" ] || continue
		object=$tree/build/${source#"$tree"/}
		mkdir -p "$(dirname "$object")"
		${CC:-cc} -I"$tree" -c -o "${object%.c}.o" "$source" || return
	done
}

keeps_all() {
	tree_new && status_is 0 "$root/tests/tools/lint" -C "$tree" && ! grep '^not ok' "$work/messages"
}

# The tree breaks this rule, and lint prints TEXT.
breaks() { # RULE TEXT
	status_is 1 "$root/tests/tools/lint" -C "$tree" "$1" && printed "$2"
}

# Adds or replaces a file with these lines.
source_breaks() { # RULE FILE LINE...
	tree_new && source_write "$2" < <(printf '%s\n' "${@:3}") && breaks "$1" "$2"
}

# Adds boot/wire.c with a function that contains CODE.
body_breaks() { # RULE CODE
	source_breaks "$1" boot/wire.c 'void wire_put(void);' '' 'void wire_put(void)' '{' "	$2" '}'
}

global_breaks() { # FILE DECLARATION
	tree_new && source_write "$1" <<<"$2
int *wire_get(void);
int *wire_get(void) { return (int *)&wire_data; }" && objects_make && breaks globals wire_data
}

constant_is_kept() {
	tree_new && source_write boot/wire.c <<'EOF' && objects_make && status_is 0 "$root/tests/tools/lint" -C "$tree" globals
extern const char *const wire_names[];
const char *const wire_names[] = {"one", "two"};
EOF
}

format_breaks() { tree_new && source_write boot/wire.c <<<'int  wire_get( void );' && breaks format boot/wire.c; }
shell_breaks() { tree_new && echo "rm \$1" >>"$tree/setup" && breaks shell SC2086; }
ascii_breaks() { tree_new && printf '# na\303\257ve\n' >>"$tree/setup" && breaks ascii setup; }
spdx_breaks() { tree_new && echo 'int wire_get(void);' >"$tree/boot/wire.h" && breaks spdx boot/wire.h; }
paths_breaks() { tree_new && echo "cd /home/""user" >>"$tree/setup" && breaks paths setup; }
script_breaks() { # RULE LINE: LINE is the last line of a test script
	tree_new && mkdir -p "$tree/tests" && sed -n 1,2p "$tree/setup" >"$tree/tests/check" && echo "$2" >>"$tree/tests/check" && breaks "$1" tests/check:3
}
script_user() {
	tree_new && mkdir -p "$tree/tests" && sed -n 1,2p "$tree/setup" >"$tree/tests/check" && echo "setpriv --reuid no""body true" >>"$tree/tests/check" &&
		status_is 0 "$root/tests/tools/lint" -C "$tree" words
}
blobs_breaks() { tree_new && echo x >"$tree/start.elf" && breaks blobs start.elf; }
options_break() {
	tree_new && mkdir "$tree/docs" && echo '--loop' >"$tree/docs/usage.md" && echo '{OPTION_LOOP, "loop"}, {OPTION_NEW, "new"}' >"$tree/cli/options.c" &&
		breaks options 'docs/usage.md: --new of cli/options.c'
}
main_long() { tree_new && seq -f '/* %g */' 151 >>"$tree/main.c" && breaks size main.c; }
file_long() { tree_new && seq -f '/* %g */' 500 >>"$tree/boot/boot.c" && breaks size boot/boot.c; }

function_long() { # LINES
	tree_new && source_write tests/test_x.c < <(
		printf '%s\n' 'int f(void);' '' 'int f(void)' '{'
		seq -f '	/* %g */' "$1"
		echo '}'
	)
}
function_too_long() { function_long 61 && breaks size tests/test_x.c; }
function_just_right() { function_long 60 && status_is 0 "$root/tests/tools/lint" -C "$tree" size; }

# Skips a case if the rule skips, because its tool is missing.
tool_check() { # RULE NAME COMMAND...
	if "$root/tests/tools/lint" -C "$tree" "$1" | grep -q SKIP; then
		skip "${@:2:1}" "the tool of the rule is missing"
	else
		check "${@:2}"
	fi
}

# cppcheck has another version than the rule needs. The rule then skips on Debian 12, and is optional on other systems.
other_version() { # ID VERSION "1 skipped"|"1 optional here" STATUS: of tests/tools/run with RPIBOOT_MUST_RUN=1
	mkdir -p "$work/bin" && printf '#!/bin/sh\necho Cppcheck 2.17.1\n' >"$work/bin/cppcheck" && chmod +x "$work/bin/cppcheck" &&
		printf 'ID=%s\nVERSION_ID="%s"\n' "$1" "$2" >"$work/os-release" &&
		printf '#!/bin/sh\nexec "%s" cppcheck\n' "$root/tests/tools/lint" >"$work/rule" && chmod +x "$work/rule" || return
	PATH=$work/bin:$PATH OS_RELEASE=$work/os-release RPIBOOT_MUST_RUN=1 \
		status_is "$4" "$root/tests/tools/run" lint: "$work/rule" /bin/true && printed "$3"
}

check "another version of cppcheck is a skip on Debian 12" other_version debian 12 '1 skipped' 1
check "another version of cppcheck is optional on Debian 13" other_version debian 13 '1 optional here' 0
check "lint accepts a tree that keeps every rule" keeps_all
tool_check format "format: spaces" format_breaks
tool_check shell "shell: an unquoted variable" shell_breaks
tool_check cppcheck "cppcheck: an index beyond the end of an array" body_breaks cppcheck 'int a[2]; a[2] = 0; (void)a;'
check "ascii: a letter beyond ASCII" ascii_breaks
check "spdx: a source without a licence" spdx_breaks
check "libraries: libusb" source_breaks libraries board/board.c '#include <libusb-1.0/libusb.h>'
check "libraries: libarchive" source_breaks libraries files/files.c '#include <archive.h>'
check "libraries: json-c" source_breaks libraries report/report.c '#include <json-c/json.h>'
check "libraries: expat" source_breaks libraries image/image.c '#include <expat.h>'
check "libraries: libcrypto" source_breaks libraries files/files.c '#include <openssl/sha.h>'
check "printing: printf" body_breaks printing 'printf("x");'
check "printing: fputs" body_breaks printing 'fputs("x", stderr);'
check "printing: dprintf to stdout" body_breaks printing 'dprintf(1, "x");'
check "numbers: an exponent" body_breaks numbers 'const char *text = "%.3g s"; (void)text;'
check "exit: exit" body_breaks exit 'exit(1);'
check "exit: _exit" body_breaks exit '_exit(1);'
check "exit: abort" body_breaks exit 'abort();'
check "atomics: atomic_ullong" body_breaks atomics 'static const atomic_ullong n = 0;'
check "atomics: _Atomic" body_breaks atomics 'static const _Atomic uint64_t n = 0;'
check "sleep: usleep" body_breaks sleep 'usleep(1);'
check "sleep: nanosleep" body_breaks sleep 'nanosleep(&ts, NULL);'
check "chips: a product id" body_breaks chips 'if (product == 0x2711) return;'
check "chips: a name" body_breaks chips 'if (!strcmp(name, "BCM2835")) return;'
check "chips: a directory" body_breaks chips 'if (!strcmp(dir, "2712")) return;'
check "globals: initialised data" global_breaks boot/wire.c 'int wire_data = 1;'
check "globals: static data without an initialiser" global_breaks boot/wire.c 'static int wire_data;'
check "globals: data of a thread" global_breaks boot/wire.c 'static _Thread_local int wire_data;'
check "globals: data in flash/" global_breaks flash/writer.c 'static int wire_data[4];'
check "globals: lint accepts a constant table of pointers" constant_is_kept
check "boot: a header of files/" source_breaks boot boot/boot.c '#include "files/files.h"'
check "boot: stdio.h" source_breaks boot boot/boot.h '#include <stdio.h>'
check "layers: the protocol that includes the bus" source_breaks layers boot/wire.c '#include "usb.h"'
check "layers: the disk that includes a board" source_breaks layers flash/writer.c '#include "board/board.h"'
check "layers: a report that includes the disk" source_breaks layers report/text.c '#include "flash/disk.h"'
check "layers: the private header of another room" source_breaks layers board/board.c '#include "usb/internal.h"'
check "layers: a part of the bus for one system that includes a board" source_breaks layers os/linux/usb/scan.c '#include "board/board.h"'
check "linux: a header of the kernel outside of os/linux/" source_breaks linux usb/open.c '#include <linux/fs.h>'
check "systems: an #ifdef outside of os/" source_breaks systems boot/wire.c '#ifdef _WIN32' '#endif'
check "systems: an #if outside of os/" source_breaks systems boot/wire.c '#if defined(__APPLE__) || __GNUC__ > 3' '#endif'
check "layers: a folder that is not a room" source_breaks layers widget/widget.c '#include "util/error.h"'
check "size: a main.c of more than 150 lines" main_long
check "size: another file of more than 500 lines" file_long
check "size: a function of 61 lines" function_too_long
check "size: lint accepts a function of 60 lines" function_just_right
check "headers: a static function in a header of tests" source_breaks headers tests/unit/tree.h 'static inline int tree_new(void)' '{' '}'
check "headers: data in a header of tests" source_breaks headers tests/unit/tree.h 'static int tree_count;'
check "words: a comment without a named subject" body_breaks words '/* nobody is told */'
check "words: a message without a named subject" body_breaks words 'const char *text = "whoever it is"; (void)text;'
check "words: a message with an old word" body_breaks words 'const char *text = "plug it in anew"; (void)text;'
check "words: a comment that is a fragment" body_breaks words '/* Behind a hub only */'
check "words: a comment of a test script" script_breaks words '#'' Nobody reads this.'
check "words: a comment after a command of a test script" script_breaks words 'true #'' it is told'
check "words: a case name of a test script" script_breaks words "check 'who""ever it is' true"
check "words: a case name after the name of a program in a test script" script_breaks words "check_with zsh \"some""body waits\" true"
check "words: lint accepts the user of that name in a command" script_user
check "options: an option that docs/usage.md does not name" options_break
check "paths: a path of one machine" paths_breaks
check "blobs: a firmware file" blobs_breaks
cases_end
