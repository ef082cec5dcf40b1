#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests msd/fetch without network, with a Git repository and an npm package that the test makes in the layout of the real ones.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
export HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t
unset RPIBOOT_FIRMWARE_GIT
path=$PATH
mkdir "$work/bin"
PATH=$work/bin:$PATH
repo=$work/repo

random() { # BYTES
	head -c "$1" /dev/urandom
}

# ---- the two sources

repo_make() {
	git init -q "$repo"
	cd "$repo" || exit 1
	mkdir -p msd firmware/2711 firmware/2712 mass-storage-gadget64/2710 docs
	random 50000 >msd/bootcode.bin
	random 400000 >msd/start.elf
	random 300000 >msd/start4.elf
	random 70000 >firmware/2711/bootcode4.bin
	random 80000 >firmware/2712/bootcode5.bin
	random 900000 >firmware/bootfiles.bin
	random 3000000 >mass-storage-gadget64/boot.img
	random 50000 >mass-storage-gadget64/2710/bootcode.bin
	random 10000 >docs/manual.pdf
	echo boot_ramdisk=1 >mass-storage-gadget64/config.txt
	echo 'exit 1' >mass-storage-gadget64/sign.sh
	echo text >mass-storage-gadget64/README.md
	echo 'a licence' >LICENSE
	ln -s ../firmware/2711/bootcode4.bin msd/bootcode4.bin
	ln -s ../firmware/2711/bootcode4.bin mass-storage-gadget64/bootcode4.bin
	ln -s ../firmware/2712/bootcode5.bin mass-storage-gadget64/bootcode5.bin
	ln -s ../firmware/bootfiles.bin mass-storage-gadget64/bootfiles.bin
	repo_commit first
	cd "$work" || exit 1
}

repo_commit() { # NAME: the file for the id of the commit
	git -C "$repo" add -A
	git -C "$repo" commit -q -m "$1"
	git -C "$repo" rev-parse HEAD >"$work/$1"
}

# Makes the expected files of a fetch from the checked-out commit.
git_expect() { # DIRECTORY
	local gadget=$1/mass-storage-gadget64 dir
	mkdir -p "$1/msd/2710" "$1/msd/2711" "$gadget/2710"
	cp "$repo/msd/bootcode.bin" "$repo/msd/start.elf" "$1/msd/2710/"
	cp -L "$repo/msd/bootcode4.bin" "$repo/msd/start4.elf" "$1/msd/2711/"
	cp -L "$repo"/mass-storage-gadget64/*.{bin,img,txt} "$gadget/"
	cp "$repo/mass-storage-gadget64/2710/bootcode.bin" "$gadget/2710/"
	for dir in "$1/msd/2710" "$1/msd/2711" "$gadget"; do cp "$repo/LICENSE" "$dir/LICENSE.LICENSE"; done
}

package_make() {
	local blobs=$work/package/blobs
	mkdir -p "$blobs/cm4" "$blobs/raspberrypi/overlays"
	random 50000 >"$blobs/raspberrypi/bootcode.bin"
	random 800 >"$blobs/raspberrypi/overlays/dwc2.dtbo"
	random 90000 >"$blobs/cm4/bootcode.bin"
	echo 'a licence' >"$blobs/raspberrypi/LICENSE"
	tar -czf "$work/good.tgz" -C "$work" package
	cp "$work/good.tgz" "$work/package.tgz"
	mkdir -p "$work/npm-expect/msd/2710" "$work/npm-expect/msd/2711"
	cp -R "$blobs/raspberrypi/." "$work/npm-expect/msd/2710/"
	cp "$blobs/cm4/bootcode.bin" "$work/npm-expect/msd/2711/bootcode4.bin"
}

# Makes a command that hides the real one in PATH.
command_fake() { # NAME; stdin has its body
	{ echo '#!/usr/bin/env bash'; cat; } >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

npm_answers() {
	command_fake npm <<-EOF
		for arg; do case \$arg in --pack-destination=*) cp "$work/package.tgz" "\${arg#*=}/p-1.0.tgz" ;; esac; done
	EOF
}

npm_silent() {
	command_fake npm <<<'exit 1'
}

# ---- a project directory for the fetched files

integrity() {
	printf 'sha512-'
	# shellcheck disable=SC2059 # hexadecimal digits only
	printf "$(sha512sum <"$work/good.tgz" | cut -d ' ' -f 1 | sed 's/../\\x&/g')" | base64 -w 0
}

# Writes firmware.list with the Git repository $url and the commit $commit.
project_list() {
	local from to
	{
		echo "# a comment"
		echo "git $url $commit"
		echo "npm p 1.0 $package_integrity"
		while read -r from to; do
			echo "file $(sha256sum <"$work/package/$from" | cut -d ' ' -f 1) $from $to"
		done <<-EOF
			blobs/raspberrypi/bootcode.bin msd/2710/bootcode.bin
			blobs/raspberrypi/LICENSE msd/2710/LICENSE
			blobs/raspberrypi/overlays/dwc2.dtbo msd/2710/overlays/dwc2.dtbo
			blobs/cm4/bootcode.bin msd/2711/bootcode4.bin
		EOF
	} >"$work/project/msd/firmware.list"
}

project_new() {
	rm -rf "$work/project"
	mkdir -p "$work/project/msd"
	cp "$root/msd/fetch" "$work/project/msd/"
	url=file://$repo commit=$(cat "$work/first")
	project_list
	cp "$work/good.tgz" "$work/package.tgz"
	npm_silent
}

fetch=$work/project/msd/fetch

project_is() { # DIRECTORY: the project has the same files, besides fetch and firmware.list
	local copy=$work/is
	rm -rf "$copy"
	cp -R "$work/project" "$copy"
	rm "$copy/msd/fetch" "$copy/msd/firmware.list"
	same_files "$1" "$copy" && ! find "$copy" -name '.fetch.[0-9]*' | grep .
}

untouched() {
	mkdir -p "$work/untouched/msd"
	project_is "$work/untouched"
}

project_times() {
	find "$work/project" -name .fetch.lock -prune -o -exec ls -lid --full-time {} +
}

# ---- cases

from_git() {
	status_is 0 "$fetch" && project_is "$work/git-expect" && printed "commit ${commit:0:12}"
}

again_unchanged() {
	local before
	before=$(project_times)
	# No source would answer, so this run must use none.
	RPIBOOT_FIRMWARE_GIT=file://$work/nowhere status_is 0 "$fetch" && [ ! -s "$work/messages" ] &&
		diff <(echo "$before") <(project_times)
}

damaged_again() {
	echo x >>"$work/project/msd/2710/start.elf"
	rm "$work/project/mass-storage-gadget64/boot.img"
	from_git
}

filtered() {
	project_new
	git -C "$repo" config uploadpack.allowFilter true
	from_git
	local status=$?
	git -C "$repo" config --unset uploadpack.allowFilter
	return "$status"
}

newer_pin() {
	project_new
	status_is 0 "$fetch" || return
	commit=$(cat "$work/second")
	project_list
	git -C "$repo" checkout -q second &&
		status_is 0 "$fetch" && project_is "$work/git-expect2"
}

wrong_pin() {
	project_new
	commit=0123456789012345678901234567890123456789
	project_list
	status_is 1 "$fetch" && printed 'does not give the pinned commit' && untouched
}

refused_commit() { # FILE TEXT: a commit on top of the first in which FILE is TEXT
	project_new
	git -C "$repo" checkout -q -B bad first
	rm -f "${repo:?}/$1"
	printf '%s' "$2" >"$repo/$1"
	repo_commit bad
	commit=$(cat "$work/bad")
	project_list
	status_is 1 "$fetch" && printed "$1" && untouched
}

pinned_sum() {
	project_new
	echo "sum $(sha256sum <"$repo/firmware/bootfiles.bin" | cut -d ' ' -f 1) mass-storage-gadget64/bootfiles.bin" \
		>>"$work/project/msd/firmware.list"
	from_git || return
	project_new
	echo "sum $(sha256sum <"$repo/LICENSE" | cut -d ' ' -f 1) mass-storage-gadget64/bootfiles.bin" \
		>>"$work/project/msd/firmware.list"
	status_is 1 "$fetch" && printed 'bootfiles.bin of commit' && printed 'is not the file that firmware.list pins' && untouched
}

dangling() {
	project_new
	git -C "$repo" checkout -q -B bad first
	ln -sf ../../outside "$repo/mass-storage-gadget64/bootfiles.bin"
	repo_commit bad
	commit=$(cat "$work/bad")
	project_list
	status_is 1 "$fetch" && printed 'mass-storage-gadget64/bootfiles.bin is a link that leads nowhere' && untouched
}

no_start4() { # like commits since 2025, which have no start4.elf: BCM2711 boots mass-storage-gadget64
	project_new
	git -C "$repo" checkout -q -B without first
	rm "$repo/msd/start4.elf"
	repo_commit without
	commit=$(cat "$work/without")
	project_list
	status_is 0 "$fetch" && [ -s "$work/project/msd/2710/start.elf" ] && [ ! -e "$work/project/msd/2711" ] &&
		[ -s "$work/project/mass-storage-gadget64/bootcode4.bin" ]
}

server_damaged() {
	project_new
	cp -R "$repo" "$work/damaged"
	local id object
	id=$(git -C "$repo" rev-parse first:msd/start.elf)
	object=$work/damaged/.git/objects/${id:0:2}/${id:2}
	chmod u+w "$object"
	printf 'xxxx' | dd of="$object" bs=1 seek=2000 conv=notrunc 2>/dev/null
	status_is 1 env RPIBOOT_FIRMWARE_GIT="file://$work/damaged" "$fetch" && untouched
}

from_npm() { # Git does not answer
	project_new
	npm_answers
	RPIBOOT_FIRMWARE_GIT=file://$work/nowhere status_is 0 "$fetch" && printed 'nowhere does not answer' &&
		project_is "$work/npm-expect"
}

npm_refused() { # COMMAND...: damages the package
	project_new
	npm_answers
	"$@" || return
	RPIBOOT_FIRMWARE_GIT='' status_is 1 "$fetch" && printed 'is not the pinned one' && untouched
}

byte_flip() {
	cp "$work/good.tgz" "$work/package.tgz"
	printf 'x' | dd of="$work/package.tgz" bs=1 seek=20000 conv=notrunc 2>/dev/null
}

truncate_it() {
	head -c 60000 "$work/good.tgz" >"$work/package.tgz"
}

npm_file_refused() { # the package is the pinned one, but firmware.list has other digests of its files
	project_new
	npm_answers
	sed -i 's/^file ..../file 0000/' "$work/project/msd/firmware.list"
	RPIBOOT_FIRMWARE_GIT='' status_is 1 "$fetch" && printed 'of the package p is not what is pinned' && untouched
}

no_source() {
	project_new
	RPIBOOT_FIRMWARE_GIT=file://$work/nowhere status_is 3 "$fetch" && printed 'no source of it answered' && untouched
}

own_files() {
	project_new
	mkdir "$work/project/msd/2710"
	echo mine >"$work/project/msd/2710/bootcode.bin"
	status_is 1 "$fetch" && printed 'msd/2710 is there already' && [ "$(cat "$work/project/msd/2710/bootcode.bin")" = mine ]
}

# The sources never answer. msd/fetch runs each request with timeout(1), which is replaced here by a timeout of one second.
hanging() {
	local real
	project_new
	real=$(PATH=$path command -v git)
	command_fake git <<-EOF
		case " \$* " in *" ls-remote "*) exec sleep 60 ;; esac
		exec $real "\$@"
	EOF
	command_fake npm <<<'exec sleep 60'
	command_fake timeout <<-EOF
		shift 3
		exec $(PATH=$path command -v timeout) -k 1 1 "\$@"
	EOF
	SECONDS=0
	status_is 3 "$fetch" && untouched && [ "$SECONDS" -lt 50 ]
	local status=$?
	rm "$work/bin/git" "$work/bin/timeout"
	return "$status"
}

wait_for() { # COMMAND...
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

interrupted() { # SIGNAL STATUS
	local pid status=0
	project_new
	command_fake npm <<-EOF
		echo \$\$ >"$work/npm.pid"
		exec sleep 60
	EOF
	rm -f "$work/npm.pid"
	RPIBOOT_FIRMWARE_GIT='' "$fetch" &
	pid=$!
	wait_for test -s "$work/npm.pid"
	kill "-$1" "$pid"
	wait "$pid" || status=$?
	[ "$status" = "$2" ] || { echo "exit status $status"; return 1; }
	if [ "$1" = KILL ]; then
		kill "$(cat "$work/npm.pid")"
	else
		wait_for npm_gone && untouched || return
	fi
	# The next run succeeds as if there had been no interruption.
	from_git
}

npm_gone() {
	! kill -0 "$(cat "$work/npm.pid")" 2>/dev/null
}

# A kill between two renames leaves a part of the files, which the next run must not accept as complete.
half_in_place() {
	project_new
	status_is 0 "$fetch" || return
	rm -r "$work/project/mass-storage-gadget64"
	from_git
}

two_at_once() {
	local first second
	project_new
	"$fetch" 2>"$work/messages1" &
	first=$!
	"$fetch" 2>"$work/messages2" &
	second=$!
	wait "$first" && wait "$second" && project_is "$work/git-expect" &&
		[ "$(cat "$work"/messages[12] | grep -c 'fetched from')" = 1 ]
}

repo_make
git -C "$repo" tag first
git_expect "$work/git-expect"
random 60000 >"$repo/msd/bootcode.bin"
rm "$repo/mass-storage-gadget64/config.txt"
echo boot_ramdisk=0 >"$repo/mass-storage-gadget64/cmdline.txt"
repo_commit second
git -C "$repo" tag second
git_expect "$work/git-expect2"
git -C "$repo" checkout -q first
package_make
package_integrity=$(integrity)
project_new

check "fetch gets the files of an older commit from the Git repository, and links as files" from_git
check "a second run changes nothing and uses no source" again_unchanged
check "damaged and missing files are fetched again" damaged_again
check "fetch works with a Git server that supports filters" filtered
check "another pinned commit replaces all files" newer_pin
check "a commit that does not exist is refused" wrong_pin
check "an empty file is refused" refused_commit msd/start.elf ''
check "a Git LFS pointer is refused" refused_commit mass-storage-gadget64/boot.img \
	'version https://git-lfs.github.com/spec/v1'
check "a link out of the repository is refused" dangling
check "a file with its own digest in firmware.list must match it" pinned_sum
check "without start4.elf, fetch makes no msd/2711" no_start4
check "a damaged repository is refused" server_damaged
check "if Git does not answer, fetch gets the files of the npm package under their names" from_npm
check "a damaged package is refused" npm_refused byte_flip
check "a truncated package is refused" npm_refused truncate_it
check "a file of the npm package with another digest is refused" npm_file_refused
check "if no source answers, the status is 3 and no file changes" no_source
check "fetch does not replace files of the user" own_files
check "fetch ends with status 3 if all sources hang" hanging
check "after SIGTERM, no file stays and the next run succeeds" interrupted TERM 143
check "after SIGKILL, the next run succeeds" interrupted KILL 137
check "after a kill between two renames, the next run succeeds" half_in_place
check "of two runs at the same time, only one fetches" two_at_once
cases_end
