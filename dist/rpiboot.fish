# SPDX-License-Identifier: Apache-2.0
# Completion of rpiboot for fish; completions.sh puts the options in.

# Prints the ports with a device: the entries of sysfs without root hubs and interfaces.
function __rpiboot_ports
	for path in /sys/bus/usb/devices/*-*
		string match -rv : (string replace -r '.*/' '' $path)
	end
end

# True if the command line has this command, or no command for an empty word.
function __rpiboot_in
	set -l words (commandline -opc)
	if contains -- "$words[2]" @names@
		test "$words[2]" = "$argv[1]"
	else
		test -z "$argv[1]"
	end
end

# True if the next word has this number; the program is number 0.
function __rpiboot_at
	test (count (commandline -opc)) = $argv[1]
end

complete -c rpiboot -f
complete -c rpiboot -n '__rpiboot_at 1' -a '@names@'
@commands@
@options@
