# SPDX-License-Identifier: Apache-2.0
# zsh -f tests/cli/complete.zsh DIRECTORY LINE WORD...: types LINE and a tab into a zsh with DIRECTORY in its fpath, and prints the
# output of that zsh until it contains every WORD, or for 120 s. That zsh runs in the current directory.
zmodload zsh/zpty || exit 1
typeset -F SECONDS
directory=$1 line=$2
shift 2

# Reads the output until it contains every WORD.
shown_until() { # WORD...
	local start=$SECONDS chunk word found
	while (( SECONDS - start < 120 )); do
		if zpty -rt shell chunk; then
			shown+=$chunk
		else
			sleep 0.05
		fi
		found=1
		for word; do [[ $shown == *"$word"* ]] || found=0; done
		(( found )) && return 0
	done
	return 1
}

shown=''
zpty -b shell zsh -f -i || exit 1
zpty -w shell "fpath=(${(q)directory} \$fpath); autoload -Uz compinit; compinit -u -d ${(q)directory}/.zcompdump; PS1=; TERM=dumb; stty cols 200; print REA''DY"
shown_until READY || { print -r -- "no shell: $shown"; exit 1; }
shown=''
zpty -n -w shell "$line"$'\t'
shown_until "$@"
found=$?
sleep 0.3 # the caller also checks that some words do not appear
zpty -rt shell chunk && shown+=$chunk
zpty -d shell
print -r -- "$shown"
exit $found
