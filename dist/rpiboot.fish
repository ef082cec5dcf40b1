# SPDX-License-Identifier: Apache-2.0
# Completion of rpiboot for fish; completions.sh puts the options in.

# Where something could be plugged in and is: what sysfs has, without root hubs and interfaces.
function __rpiboot_ports
	for path in /sys/bus/usb/devices/*-*
		string match -rv : (string replace -r '.*/' '' $path)
	end
end

complete -c rpiboot -f
@options@
