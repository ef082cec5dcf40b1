# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of rpiboot for bash; completions.sh puts the options in.

# Prints the ports with a device: the entries of sysfs without root hubs and interfaces.
_rpiboot_ports() {
	local path
	for path in /sys/bus/usb/devices/*-*; do
		case ${path##*/} in *:* | \**) ;; *) echo "${path##*/}" ;; esac
	done
}

# Completes the words of a command: its options, or its actions and files.
_rpiboot_command() { # COMMAND
	local options='' actions=''
	case $1 in
	@commands@
	esac
	if [[ $cur = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	elif [ "$COMP_CWORD" = 2 ] && [ -n "$actions" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$actions" -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "${cur#*=}")
	fi
}

_rpiboot() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	# bash splits --name=VALUE into three words
	if [[ $cur = = ]]; then
		cur=''
	elif [[ $before = = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $cur = -* ]]; then
		before=''
	fi
	COMPREPLY=()
	if [ "$COMP_CWORD" -gt 1 ] && [[ " @names@ " = *" ${COMP_WORDS[1]} "* ]]; then
		_rpiboot_command "${COMP_WORDS[1]}"
		return
	fi
	case $before in
	@files@)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	@directories@)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	@ports@) mapfile -t COMPREPLY < <(compgen -W "$(_rpiboot_ports)" -- "$cur") ;;
	@ends@) mapfile -t COMPREPLY < <(compgen -W 'disk done any' -- "$cur") ;;
	@unknown@) ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W '@options@' -- "$cur")
		[ "$COMP_CWORD" != 1 ] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W '@names@' -- "$cur")
		;;
	esac
}

complete -F _rpiboot rpiboot
