# SPDX-License-Identifier: Apache-2.0
# Installation and the Debian package. Each directory can be set on the command line of make.
mandir ?= $(datadir)/man
bashdir ?= $(datadir)/bash-completion/completions
zshdir ?= $(datadir)/zsh/site-functions
fishdir ?= $(datadir)/fish/vendor_completions.d
metainfodir ?= $(datadir)/metainfo
rulesdir ?= $(PREFIX)/lib/udev/rules.d
unitdir ?= $(PREFIX)/lib/systemd/system
sysconfdir ?= /etc
# A command that runs a program of another architecture on this machine, such as qemu-aarch64-static.
RUN ?=
DATA := $(DESTDIR)$(datadir)/rpiboot
DEFAULTS := $(DESTDIR)$(sysconfdir)/default/rpiboot

# Manual pages and units get the version and the paths of the build. Completions and udev rules come from the output of the program.
UNITS := rpiboot.service rpiboot-write.service
MANUALS := $(notdir $(wildcard dist/*.1))
DIST := $(addprefix build/dist/,$(MANUALS) rpiboot.bash rpiboot.zsh rpiboot.fish 70-rpiboot.rules \
	rpiboot.metainfo.xml $(UNITS))
all: $(DIST)
stamp_dist = $(VERSION) $(datadir) $(bindir)
$(MANUALS:%=build/dist/%) $(UNITS:%=build/dist/%): build/dist/%: dist/% build/stamp/dist
	$(Q)mkdir -p $(@D) && sed -e 's|@VERSION@|$(VERSION)|' -e 's|@DATADIR@|$(datadir)|' -e 's|@BINDIR@|$(bindir)|' $< >$@
build/dist/rpiboot.%: dist/rpiboot.% dist/completions.sh rpiboot
	$(Q)mkdir -p $(@D) && $(RUN) ./rpiboot --help | RUN='$(RUN)' dist/completions.sh $* ./rpiboot >$@
build/dist/70-rpiboot.rules: rpiboot
	$(Q)mkdir -p $(@D) && $(RUN) ./rpiboot --print-udev-rules >$@
build/dist/rpiboot.metainfo.xml: dist/rpiboot.metainfo.xml build/dist/70-rpiboot.rules
	$(Q)awk -F'"' 'FNR != NR && /@MODALIASES@/ { printf "%s", list; next } \
		FNR != NR { print; next } \
		$$4 == "usb_device" { list = list "    <modalias>usb:v" toupper($$6) "p" toupper($$8) "d*</modalias>\n" }' \
		build/dist/70-rpiboot.rules $< >$@

# Calls $(1) for each installed file, with its mode, its source and its destination.
each_file = $(call $(1),755,rpiboot,$(bindir)/rpiboot) \
	$(foreach page,$(MANUALS),$(call $(1),644,build/dist/$(page),$(mandir)/man1/$(page))) \
	$(call $(1),644,build/dist/rpiboot.bash,$(bashdir)/rpiboot) \
	$(call $(1),644,build/dist/rpiboot.zsh,$(zshdir)/_rpiboot) \
	$(call $(1),644,build/dist/rpiboot.fish,$(fishdir)/rpiboot.fish) \
	$(call $(1),644,build/dist/70-rpiboot.rules,$(rulesdir)/70-rpiboot.rules) \
	$(call $(1),644,build/dist/rpiboot.metainfo.xml,$(metainfodir)/io.github.rpiboot.metainfo.xml) \
	$(foreach unit,$(UNITS),$(call $(1),644,build/dist/$(unit),$(unitdir)/$(unit))) \
	$(call $(1),755,dist/fetch-firmware,$(datadir)/rpiboot/fetch-firmware) \
	$(call $(1),755,msd/fetch,$(datadir)/rpiboot/fetch) \
	$(foreach file,firmware.list README.md,$(call $(1),644,msd/$(file),$(datadir)/rpiboot/$(file)))
file_put = put $(1) '$(2)' '$(DESTDIR)$(3)' &&
file_drop = rm -f '$(DESTDIR)$(3)' &&
PAYLOADS := msd/2710 msd/2711 mass-storage-gadget64
HAS_FIRMWARE := test -d msd/2710 || test -d mass-storage-gadget64

# rpiboot boots nothing without firmware, so `make install` fetches it if it is missing, as the user that called sudo. A
# package (DESTDIR) gets no firmware in this way. A payload directory is replaced as a whole, because rpiboot would also
# serve files of an older version. An existing file in /etc belongs to the administrator and is not replaced. All users
# may read the installed files, even if root has a strict umask.
install: rpiboot $(DIST) ## install the program and its firmware (PREFIX, DESTDIR)
	$(Q)$(HAS_FIRMWARE) || test -n '$(DESTDIR)' || $(if $(SUDO_USER),sudo -u '$(SUDO_USER)') msd/fetch || :
	$(Q)umask 022; put() { mkdir -p "$${3%/*}" && install -m "$$1" "$$2" "$$3"; } && \
		$(call each_file,file_put) { test -e '$(DEFAULTS)' || put 644 dist/rpiboot.default '$(DEFAULTS)'; }
	$(call say,INST,$(DESTDIR)$(bindir)/rpiboot)
	$(Q)umask 022; for dir in $(PAYLOADS); do \
		test -d $$dir || continue; \
		rm -rf '$(DATA)/'$$dir && (cd $$dir && find . -type f) | while IFS= read -r file; do \
			mkdir -p '$(DATA)/'$$dir/"$${file%/*}" && \
			install -m 644 $$dir/"$$file" '$(DATA)/'$$dir/"$$file" || exit; \
		done && printf '  %-4s %s\n' INST '$(DATA)/'$$dir || exit; \
	done
	$(Q)$(HAS_FIRMWARE) || echo "installed without firmware, which boards need to boot: run make firmware and then make install"
uninstall: ## remove the files that make install installed
	$(Q)$(call each_file,file_drop) :
	$(Q)! cmp -s dist/rpiboot.default '$(DEFAULTS)' || rm '$(DEFAULTS)'
	$(Q)for dir in $(PAYLOADS); do rm -rf '$(DATA)/'$$dir; done
	$(Q)cd '$(DATA)/msd' 2>/dev/null && rm -f fetch firmware.list .fetched .fetch.lock || :
	$(Q)for dir in '$(DATA)/msd' '$(DATA)'; do \
		test ! -d "$$dir" || rmdir "$$dir" 2>/dev/null || echo "$$dir is not removed, because it contains other files"; \
	done

# The packages are rpiboot_VERSION_ARCHITECTURE.deb, its debug symbols and the labgrid driver, without firmware. DEB_ARCH=arm64 needs
# the cross compiler and the libraries of that architecture, and qemu-user-static (tests/cross/deb).
deb: ## build Debian packages and debug symbols in build/; DEB_ARCH=arm64
	$(Q)./setup deb
	$(Q)dist/deb.sh '$(VERSION)' $(DEB_ARCH)
.PHONY: install uninstall deb
