#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests ./setup on simulated machines. A directory has the commands of a machine, and the package managers only log their arguments.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
unset RPIBOOT_MUST_RUN
export OS_RELEASE=/dev/null
bash=$(command -v bash)
bin=$work/bin have=$work/have log=$work/log
libraries='libusb-1.0 libarchive json-c libcrypto expat zlib liblzma libzstd liblz4 cmocka'
commands='make gcc pkg-config git umockdev-run valgrind clang clang-tidy clang-format shellcheck cppcheck xz zstd bzip2 zip tmux strace
	python3 openssl mandoc groff zsh fish systemd-analyze dpkg-buildpackage g++ dh dh_python3 lintian npm mypy rsync sshd
	qemu-system-x86_64 debootstrap unshare
	busybox udevadm modprobe cpio sfdisk mkfs.vfat mke2fs mcopy'

command_fake() { # NAME; stdin has its body
	{ echo "#!$bash"; cat; } >"$bin/$1"
	chmod +x "$bin/$1"
}

thing_add() { # THING...
	local thing
	for thing; do
		case " $libraries " in
		*" $thing "*) : >"$have/$thing" ;;
		*) [ -e "$bin/$thing" ] || command_fake "$thing" <<<'exit 0' ;;
		esac
	done
}

# Makes an amd64 machine for root with everything except THING...
machine_new() { # MANAGER THING...
	local name
	rm -rf "$bin" "$have" "$log"
	mkdir "$bin" "$have"
	: >"$log"
	for name in bash env cat grep mkdir rm; do ln -s "$(command -v "$name")" "$bin/$name"; done
	command_fake id <<<'echo 0'
	command_fake uname <<<'echo x86_64'
	command_fake ldd <<<'echo "	not a dynamic executable"; exit 1'
	command_fake pkg-config <<<"[ -e $have/\$2 ]"
	# shellcheck disable=SC2086 # names
	thing_add $libraries $commands
	for name in "${@:2}"; do rm -f "$bin/$name" "$have/$name"; done
	[ "$1" = none ] || manager_fake "$1" "${@:2}"
}

manager_fake() { # NAME THING...: an installation adds these things
	command_fake "$1" <<-EOF
		echo "$1 \$*" >>$log
		case " \$* " in
		*" install "* | *" --needed "*)
			for thing in ${*:2}; do
				case " $libraries " in
				*" \$thing "*) : >$have/\$thing ;;
				*) printf '#!$bash\nexit 0\n' >$bin/\$thing ;;
				esac
			done
			[ ! -e $bin/pkg-config ] || printf '#!$bash\n[ -e $have/\$2 ]\n' >$bin/pkg-config
			cd $bin && PATH=$PATH chmod +x ./*
			;;
		esac
	EOF
}

sudo_fake() { # makes the user an ordinary user with sudo
	command_fake id <<<'echo 1000'
	command_fake sudo <<-EOF
		echo "sudo \$1" >>$log
		exec "\$@"
	EOF
}

setup_is() { # STATUS ARGUMENT...
	PATH=$bin status_is "$1" "$bash" "$root/setup" "${@:2}"
}

logged() { # TEXT
	cat "$log"
	PATH=$PATH grep -qF -e "$1" "$log" || { echo "'$1' is not in the log of the package manager"; return 1; }
}

log_is_empty() {
	[ ! -s "$log" ] || { cat "$log"; return 1; }
}

nothing_missing() { # MANAGER
	machine_new "$1" && setup_is 0 && [ ! -s "$work/messages" ] && log_is_empty
}

only_missing() {
	machine_new apt-get json-c valgrind && setup_is 0 && printed 'missing: json-c valgrind' &&
		logged '-qq update' && logged 'install libjson-c-dev valgrind' &&
		[ "$(wc -l <"$log")" = 2 ] && logged '--no-install-recommends'
}

second_time() { # on the machine of only_missing()
	: >"$log"
	setup_is 0 && [ ! -s "$work/messages" ] && log_is_empty
}

without_pkg_config() {
	machine_new apt-get pkg-config && setup_is 0 && logged 'install pkg-config libusb-1.0-0-dev libarchive-dev'
}

with_sudo() {
	machine_new apt-get cmocka && sudo_fake && setup_is 0 && logged 'sudo apt-get' && logged 'sudo env' &&
		logged 'install libcmocka-dev'
}

without_sudo() {
	machine_new apt-get cmocka && command_fake id <<<'echo 1000' && setup_is 1 && printed 'run ./setup as root' &&
		log_is_empty
}

other_manager() { # MANAGER TEXT
	machine_new "$1" libcrypto libusb-1.0 && sudo_fake && setup_is 0 && logged "$2"
}

brew_without_sudo() {
	! grep sudo "$log"
}

no_manager() {
	machine_new none libarchive && setup_is 1 && printed 'missing here: libarchive' && printed libarchive-dev
}

every_row() {
	sed -n "/^things='/,/^'/p" "$root/setup" | sed '1d;$d' >"$work/rows"
	[ "$(wc -l <"$work/rows")" -gt 40 ] && ! awk 'NF != 6' "$work/rows" | grep .
}

only_building() {
	machine_new apt-get libarchive valgrind clang && setup_is 0 build && logged 'install libarchive-dev' &&
		! grep -E 'valgrind|clang' "$log"
}

npm_asked_for() {
	machine_new apt-get npm && setup_is 0 npm && logged 'install npm'
}

nothing_may_be_skipped() {
	machine_new apt-get mandoc g++ npm && setup_is 0 && log_is_empty &&
		RPIBOOT_MUST_RUN=1 setup_is 0 && logged 'install mandoc build-essential npm'
}

fleet_of_debian_12() {
	echo 'ID=debian VERSION_ID="12"' >"$work/os-release"
	machine_new apt-get mypy && RPIBOOT_MUST_RUN=1 setup_is 0 && log_is_empty &&
		{ OS_RELEASE=$work/os-release RPIBOOT_MUST_RUN=1 setup_is 0 || :; } && logged ' mypy'
}

# OpenSSL lists the provider pkcs11 only with its package.
tokens_since_debian_13() {
	local system

	for system in 'VERSION_ID="13"' ''; do
		echo "ID=debian $system" >"$work/os-release"
		machine_new apt-get softhsm2-util && command_fake openssl <<<'exit 1' &&
			{ OS_RELEASE=$work/os-release setup_is 1 || return; } && logged 'install softhsm2 pkcs11-provider' && printed 'still missing: pkcs11' || return
	done
	for system in 'debian VERSION_ID="11"' 'debian VERSION_ID="12"' 'fedora VERSION_ID="43"'; do
		echo "ID=$system" >"$work/os-release"
		machine_new apt-get softhsm2-util && command_fake openssl <<<'exit 1' && OS_RELEASE=$work/os-release setup_is 0 && log_is_empty || return
	done
}

clang_without_fuzzer() { # clang fails to link without its runtime library
	command_fake clang <<<'case "$*" in *fuzzer*) exit 1 ;; esac'
}

fuzzer_asked_for() {
	machine_new apt-get clang-tidy && clang_without_fuzzer && setup_is 1 fuzz && logged 'install libclang-rt-dev' &&
		printed 'still missing: fuzzer' && ! grep clang-tidy "$log"
}

analyzer_asked_for() {
	machine_new apt-get clang-tidy && clang_without_fuzzer && setup_is 0 analyze && logged 'install clang-tidy'
}

# The demo needs none of the packages for tests.
demo_asked_for() {
	machine_new apt-get valgrind cmocka clang umockdev-run git xz mcopy && setup_is 0 demo &&
		logged 'install git xz-utils mtools' && ! grep -E 'valgrind|cmocka|clang|umockdev' "$log"
}

demo_on_arm() {
	machine_new apt-get umockdev-run mcopy && command_fake uname <<<'echo aarch64' && setup_is 0 demo &&
		logged 'install umockdev' && ! grep mtools "$log"
}

# The real machine may have debootstrap and its keys. The packages for the build must not be installed.
roots_asked_for() {
	machine_new apt-get debootstrap libarchive && { setup_is 0 distros || printed 'still missing'; } && ! grep libarchive "$log"
}

# setup looks for wine at a fixed path, so the real machine may have it.
cross_asked_for() {
	machine_new apt-get && { setup_is 0 cross || printed 'still missing'; } &&
		logged 'gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu qemu-user-static musl-tools gcc-mingw-w64-x86-64' &&
		{ [ -e /usr/lib/wine/wine64 ] || logged 'gcc-mingw-w64-x86-64 wine64'; } && ! grep libarchive "$log"
}

on_arm() {
	machine_new apt-get qemu-system-x86_64 && command_fake uname <<<'echo aarch64' && setup_is 0 && log_is_empty
}

busybox_dynamic() {
	machine_new apt-get && command_fake ldd <<<'echo "	libc.so.6 => somewhere"' && setup_is 1 &&
		logged 'install busybox-static' && printed 'still missing: busybox'
}

manager_fails() {
	machine_new apt-get libarchive && command_fake apt-get <<<'echo no network; exit 100' && setup_is 1 &&
		printed 'no network' && printed 'could not install'
}

unknown_argument() {
	machine_new apt-get && setup_is 2 everything && printed "'everything' is not known" && log_is_empty
}

this_machine() {
	status_is 0 "$root/setup" && [ ! -s "$work/messages" ]
}

check "setup does nothing and prints nothing if nothing is missing" nothing_missing apt-get
check "setup needs no package manager if nothing is missing" nothing_missing none
check "setup installs only the missing packages with apt-get" only_missing
check "a second run of setup does nothing" second_time
check "without pkg-config, setup installs all libraries" without_pkg_config
check "setup uses sudo if the user is not root" with_sudo
check "without root and sudo, setup ends with status 1" without_sudo
check "setup installs packages with dnf" other_manager dnf 'install libusb1-devel openssl-devel'
check "setup installs packages with pacman" other_manager pacman '--needed --noconfirm libusb openssl'
check "setup installs packages with brew" other_manager brew 'install --quiet libusb openssl@3'
check "setup runs brew without sudo" brew_without_sudo
check "without a package manager, setup names the missing packages" no_manager
check "every row of the table has six columns" every_row
check "setup build installs only the packages for the build" only_building
check "setup npm installs npm" npm_asked_for
check "with RPIBOOT_MUST_RUN=1, setup installs the packages of optional tests" nothing_may_be_skipped
check 'setup installs labgrid and its tools only on Debian 12' fleet_of_debian_12
check 'setup installs the tools for tokens only on Debian 13 and later' tokens_since_debian_13
check "setup fuzz installs the packages for fuzzing" fuzzer_asked_for
check "setup analyze installs the packages for the analysis" analyzer_asked_for
check "setup demo installs only the packages for the demo" demo_asked_for
check "setup demo installs umockdev on other machines than amd64" demo_on_arm
check "setup distros installs debootstrap" roots_asked_for
check "setup cross installs the cross compilers and wine" cross_asked_for
check "setup installs QEMU only on amd64" on_arm
check "setup replaces a busybox that is not static" busybox_dynamic
check "setup ends with status 1 if the package manager fails" manager_fails
check "setup refuses an unknown argument" unknown_argument
check "this machine is set up" this_machine
cases_end
