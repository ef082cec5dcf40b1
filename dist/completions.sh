#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rpiboot --help | dist/completions.sh bash|zsh|fish PROGRAM: prints the completion of rpiboot for that shell, which is rpiboot.SHELL
# beside this script with the options filled in. The options come from --help, so this script names none of them. PROGRAM prints the
# help of its commands. RUN is a command that runs PROGRAM, such as qemu-aarch64-static; without RUN, the system runs PROGRAM.
set -euo pipefail
here=$(dirname "$0")
shell=${1:-} program=${2:-rpiboot}

# Reads the help from stdin and prints a line LETTER|NAME|ARGUMENT|HELP|MANY for each option. All fields except NAME may be empty.
# HELP is the first part of the sentence. MANY is not empty if the option may be repeated. Port numbers (-0 .. -98) are left out.
options_read() {
	awk '
		function flush() {
			if (!name) return
			many = help ~ /repeated|-vv/ ? "many" : ""
			sub(/;.*/, "", help)
			print letter "|" name "|" arg "|" help "|" many
			name = ""
		}
		/^  (-., |    )--/ {
			flush()
			letter = substr($0, 3, 1) == "-" ? substr($0, 4, 1) : ""
			name = substr($0, 9)
			match(name, /  +/)
			help = substr(name, RSTART + RLENGTH)
			name = substr(name, 1, RSTART - 1)
			arg = name ~ / / ? substr(name, index(name, " ") + 1) : ""
			sub(/ .*/, "", name)
			next
		}
		/^          / && name { sub(/^ +/, ""); help = help " " $0; next }
		{ flush() }
		END { flush() }'
}

command_help() { # NAME
	# shellcheck disable=SC2086 # RUN is a command or nothing
	${RUN:-} "$program" "$1" --help
}

argument_kind() { # ARGUMENT: its name in --help
	case $1 in
	'') echo none ;;
	'[DIR]') echo maybe-directory ;;
	DIR) echo directory ;;
	FILE | IMAGE | KEY) echo file ;;
	PATH) echo port ;;
	END) echo end ;;
	*) echo unknown ;;
	esac
}

# ---- bash: a pattern of case for the options with each kind of argument

bash_pattern() { # KIND...
	local letter name arg pattern=''
	while IFS='|' read -r letter name arg _; do
		case " $* " in *" $(argument_kind "$arg") "*) pattern+="${letter:+-$letter|}--$name|" ;; esac
	done <<<"$options"
	echo "${pattern%|}"
}

bash_words() {
	local letter name words=''
	while IFS='|' read -r letter name _; do words+=" ${letter:+-$letter }--$name"; done <<<"$options"
	echo "${words# }"
}

# Prints the actions of a command, such as show: the words after its name in the usage lines.
actions_read() { # NAME; stdin has the help of the command
	sed -nE "s/^(Usage:)? *rpiboot $1 ([a-z]+) .*/\2/p" | sort -u | paste -sd ' '
}

# Prints a branch of case for each command.
bash_commands() {
	local name help
	for name in $names; do
		help=$(command_help "$name")
		printf "\t%s) options='%s' actions='%s' ;;\n" "$name" \
			"$(grep -oE '^  (-., |    )--[a-z-]+' <<<"$help" | grep -oE -- '-[a-z]\b|--[a-z-]+' | paste -sd ' ')" \
			"$(actions_read "$name" <<<"$help")"
	done
}

fill_bash() {
	bash_commands >"$commands"
	sed -e "/@commands@/{r $commands" -e 'd;}' -e "s,@names@,$names,g" -e "s,@files@,$(bash_pattern file)," -e "s,@directories@,$(bash_pattern directory maybe-directory)," \
		-e "s,@ports@,$(bash_pattern port)," -e "s,@ends@,$(bash_pattern end)," \
		-e "s,@unknown@,$(bash_pattern unknown)," -e "s,@options@,$(bash_words),"
}

# ---- zsh: arguments of _arguments

zsh_option() { # LETTER NAME ARGUMENT HELP MANY
	local kind short=$1 long=--$2 action='' help=${4//\\/\\\\} once
	kind=$(argument_kind "$3")
	help=${help//[/\\[} help=${help//]/\\]} help=${help//\'/\'\\\'\'}
	case $kind in
	none) ;;
	maybe-directory) action="::DIR:_directories" ;;
	directory) action=":$3:_directories" ;;
	file) action=":$3:_files" ;;
	port) action=":$3:_rpiboot_ports" ;;
	end) action=":$3:(disk done any)" ;;
	unknown) action=":$3: " ;;
	esac
	case $kind in none | maybe-directory) ;; *) short=${1:+$1+} long+='=' ;; esac
	once="(${1:+-$1 }--$2)"
	[ -z "$5" ] || once='*'
	if [ -n "$1" ]; then
		printf "\t'%s'{-%s,%s}'[%s]%s' \\\\\n" "$once" "$short" "$long" "$help" "$action"
	else
		printf "\t'%s%s[%s]%s' \\\\\n" "$once" "$long" "$help" "$action"
	fi
}

# Prints a branch of case for each command, with its options, actions and files.
zsh_commands() {
	local name help letter long arg text many actions
	for name in $names; do
		help=$(command_help "$name")
		actions=$(actions_read "$name" <<<"$help")
		printf '\t%s)\n\t_arguments -s -S : \\\n' "$name"
		while IFS='|' read -r letter long arg text many; do
			zsh_option "$letter" "$long" "$arg" "$text" "$many"
		done < <(options_read <<<"$help")
		[ -z "$actions" ] || printf "\t'1:action:(%s)' \\\\\n" "$actions"
		printf "\t'*:file:_files'\n\t;;\n"
	done
}

fill_zsh() {
	zsh_commands >"$commands"
	sed -e "/@commands@/{r $commands" -e 'd;}' -e "s,@names@,$names,g" | fill_each zsh_option
}

# ---- fish: a complete command for each option

# The condition for the options of a command, or of the program itself if its name is empty.
fish_command=''
fish_option() { # LETTER NAME ARGUMENT HELP
	local help=${4//\\/\\\\} rest=''
	case $(argument_kind "$3") in
	none) ;;
	maybe-directory)
		printf "complete -c rpiboot -n '__rpiboot_in \"%s\"; and __fish_prev_arg_in %s' -a '%s'\n" "$fish_command" "${1:+-$1 }--$2" \
			'(__fish_complete_directories (commandline -ct))'
		;;
	directory) rest="-x -a '(__fish_complete_directories (commandline -ct))'" ;;
	file) rest='-r -F' ;;
	port) rest="-x -a '(__rpiboot_ports)'" ;;
	end) rest="-x -a 'disk done any'" ;;
	unknown) rest='-x' ;;
	esac
	printf "complete -c rpiboot -n '__rpiboot_in \"%s\"' %s-l %s%s -d '%s'\n" "$fish_command" "${1:+-s $1 }" "$2" "${rest:+ $rest}" "${help//\'/\\\'}"
}

fish_commands() {
	local help letter long arg text actions
	for fish_command in $names; do
		help=$(command_help "$fish_command")
		actions=$(actions_read "$fish_command" <<<"$help")
		while IFS='|' read -r letter long arg text _; do
			fish_option "$letter" "$long" "$arg" "$text"
		done < <(options_read <<<"$help")
		if [ -n "$actions" ]; then
			printf "complete -c rpiboot -n '__rpiboot_in %s; and __rpiboot_at 2' -a '%s'\n" "$fish_command" "$actions"
			printf "complete -c rpiboot -n '__rpiboot_in %s; and not __rpiboot_at 2' -F\n" "$fish_command"
		else
			printf "complete -c rpiboot -n '__rpiboot_in %s' -F\n" "$fish_command"
		fi
	done
	fish_command=''
}

fill_fish() {
	fish_commands >"$commands"
	sed -e "/@commands@/{r $commands" -e 'd;}' -e "s,@names@,$names,g" | fill_each fish_option
}

# Replaces the line @options@ by the output of FUNCTION for each option.
fill_each() { # FUNCTION
	local line letter name arg help many
	while IFS= read -r line; do
		if [ "${line#"${line%%[![:space:]]*}"}" != @options@ ]; then
			printf '%s\n' "$line"
			continue
		fi
		while IFS='|' read -r letter name arg help many; do
			"$1" "$letter" "$name" "$arg" "$help" "$many"
		done <<<"$options"
	done
}

help=$(cat)
options=$(options_read <<<"$help")
names=$(sed -n 's/^Commands .*: //p' <<<"$help")
commands=$(mktemp)
trap 'rm -f "$commands"' EXIT
[ -n "${options:+$names}" ] || { echo "$0: standard input is not what rpiboot --help prints" >&2; exit 1; }
case $shell in
bash) fill_bash <"$here/rpiboot.bash" ;;
zsh) fill_zsh <"$here/rpiboot.zsh" ;;
fish) fill_fish <"$here/rpiboot.fish" ;;
*)
	echo "usage: rpiboot --help | $0 bash|zsh|fish PROGRAM" >&2
	exit 2
	;;
esac
