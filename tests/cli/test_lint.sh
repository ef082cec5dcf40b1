#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every rule of tests/tools/lint is seen to fail, on a small tree that breaks it and keeps all others.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
spdx='/* SPDX-License-Identifier: Apache-2.0 */'
tree=$work/tree

source_write() { # FILE, its lines on stdin
	mkdir -p "$(dirname "$tree/$1")"
	{ echo "$spdx"; cat; } >"$tree/$1"
}

# The least tree that every rule has something to look at in.
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

# The tree breaks this rule, and this is what is said of it.
breaks() { # RULE TEXT
	status_is 1 "$root/tests/tools/lint" -C "$tree" "$1" && printed "$2"
}

# One file more, or in place of the one there: its lines are the remaining arguments.
source_breaks() { # RULE FILE LINE...
	tree_new && source_write "$2" < <(printf '%s\n' "${@:3}") && breaks "$1" "$2"
}

# $2 is a body that a function of boot/wire.c gets.
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
paths_breaks() { tree_new && echo "cd /home/""somebody" >>"$tree/setup" && breaks paths setup; }
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

# A case of a rule for which the tool may be missing.
tool_check() { # RULE NAME COMMAND...
	if "$root/tests/tools/lint" -C "$tree" "$1" | grep -q SKIP; then
		skip "${@:2:1}" "its tool is not here"
	else
		check "${@:2}"
	fi
}

# Another version than the one that judges: needed on its own system, optional elsewhere.
other_judge() { # ID VERSION "1 skipped" or "1 optional here"; STATUS of tests/tools/run where nothing may be skipped
	mkdir -p "$work/bin" && printf '#!/bin/sh\necho Cppcheck 2.17.1\n' >"$work/bin/cppcheck" && chmod +x "$work/bin/cppcheck" &&
		printf 'ID=%s\nVERSION_ID="%s"\n' "$1" "$2" >"$work/os-release" &&
		printf '#!/bin/sh\nexec "%s" cppcheck\n' "$root/tests/tools/lint" >"$work/judge" && chmod +x "$work/judge" || return
	PATH=$work/bin:$PATH OS_RELEASE=$work/os-release RPIBOOT_MUST_RUN=1 \
		status_is "$4" "$root/tests/tools/run" lint: "$work/judge" /bin/true && printed "$3"
}

check "a judge of another version where it is the distribution's" other_judge debian 12 '1 skipped' 1
check "... and where it is not" other_judge debian 13 '1 optional here' 0
check "a tree that keeps every rule" keeps_all
tool_check format "format: spaces" format_breaks
tool_check shell "shell: an unquoted variable" shell_breaks
tool_check cppcheck "cppcheck: beyond an array's end" body_breaks cppcheck 'int a[2]; a[2] = 0; (void)a;'
check "ascii: a letter beyond it" ascii_breaks
check "spdx: a source without it" spdx_breaks
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
check "globals: initialised" global_breaks boot/wire.c 'int wire_data = 1;'
check "globals: static, of zeros" global_breaks boot/wire.c 'static int wire_data;'
check "globals: of a thread" global_breaks boot/wire.c 'static _Thread_local int wire_data;'
check "globals: below flash/" global_breaks flash/writer.c 'static int wire_data[4];'
check "globals: a constant table of pointers is none" constant_is_kept
check "boot: files" source_breaks boot boot/boot.c '#include "files/files.h"'
check "boot: stdio" source_breaks boot boot/boot.h '#include <stdio.h>'
check "layers: the protocol that includes the bus" source_breaks layers boot/wire.c '#include "usb.h"'
check "layers: the disk that includes a board" source_breaks layers flash/writer.c '#include "board/board.h"'
check "layers: a report that includes the disk" source_breaks layers report/text.c '#include "flash/disk.h"'
check "layers: the private header of another room" source_breaks layers board/board.c '#include "usb/internal.h"'
check "layers: a part of the bus for one system that includes a board" source_breaks layers os/linux/usb/scan.c '#include "board/board.h"'
check "linux: a header of the kernel outside of os/linux/" source_breaks linux usb/open.c '#include <linux/fs.h>'
check "systems: an #ifdef outside of os/" source_breaks systems boot/wire.c '#ifdef _WIN32' '#endif'
check "systems: an #if outside of os/" source_breaks systems boot/wire.c '#if defined(__APPLE__) || __GNUC__ > 3' '#endif'
check "layers: a folder that is no room" source_breaks layers widget/widget.c '#include "util/error.h"'
check "size: main.c" main_long
check "size: another file" file_long
check "size: a function of 61 lines" function_too_long
check "size: one of 60 is not" function_just_right
check "headers: a static function in a header of tests" source_breaks headers tests/unit/tree.h 'static inline int tree_new(void)' '{' '}'
check "headers: data in a header of tests" source_breaks headers tests/unit/tree.h 'static int tree_count;'
check "words: a comment without a named subject" body_breaks words '/* nobody is told */'
check "words: a message without one" body_breaks words 'const char *text = "whoever it is"; (void)text;'
check "words: a message with an old word" body_breaks words 'const char *text = "plug it in anew"; (void)text;'
check "words: a comment that is a fragment" body_breaks words '/* Behind a hub only */'
check "options: one that docs/usage.md does not name" options_break
check "paths: of one machine" paths_breaks
check "blobs: firmware" blobs_breaks
cases_end
