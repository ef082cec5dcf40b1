#compdef rpiboot
# SPDX-License-Identifier: Apache-2.0
# Completion of rpiboot for zsh; completions.sh puts the options in.

# Completes the ports with a device: the entries of sysfs without root hubs and interfaces.
_rpiboot_ports() {
	local -a ports

	ports=(/sys/bus/usb/devices/*-*~*:*(N:t))
	_wanted ports expl 'port path' compadd -a ports
}

_rpiboot() {
	setopt local_options extended_glob
	local expl
	local -a command

	# The words of a command begin with its name.
	if (( CURRENT > 2 )) && [[ " @names@ " == *" $words[2] "* ]]; then
		shift words
		(( CURRENT-- ))
		case $words[1] in
		@commands@
		esac
		return
	fi
	(( CURRENT == 2 )) && command=('1:command:(@names@)')
	_arguments -s -S : \
	@options@
		$command && return
}

_rpiboot "$@"
