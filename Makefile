# SPDX-License-Identifier: GPL-2.0-or-later

# src/module/Makefile says what "modules" builds for if not for this.
KDIR ?=
kdir = $(if $(KDIR),KDIR=$(abspath $(KDIR)))

prefix ?= /usr/local
mandir ?= $(prefix)/share/man
usrsrc ?= /usr/src
modprobedir ?= /etc/modprobe.d
package := kvm-ppc-compat
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# What DKMS builds the module from
dkms_files := Kbuild dkms.conf $(wildcard include/uapi/linux/*.h src/module/*.[ch]) src/module/Makefile
dkms_folder := $(usrsrc)/$(package)-$(version)

# make check: which kernels of tests/lab/matrix; names or patterns
KERNELS ?=

modules: ## build kvm_ppc_compat.ko for KDIR (default: the running kernel); takes ARCH, CROSS_COMPILE, CC
	$(MAKE) -C src/module $(kdir) modules

tools: ## build the command kvm-ppc-compat; takes CROSS_COMPILE, CC, CFLAGS, LDFLAGS, PKG_CONFIG
	$(MAKE) -C src/tool

install-tools: ## install the command, its man page and completion; takes DESTDIR, prefix, bindir, mandir
	$(MAKE) -C src/tool install

install-headers: ## install the headers for VMMs, man page and pkg-config file; takes DESTDIR, prefix, includedir
	$(MAKE) -C src/tool install-headers

install-dkms: ## install the sources for DKMS and what loads the module; takes DESTDIR, prefix, usrsrc, modprobedir
	for file in $(dkms_files); do install -D -m 644 $$file $(DESTDIR)$(dkms_folder)/$$file || exit; done
	install -m 755 src/dkms-all $(DESTDIR)$(dkms_folder)/dkms-all
	$(MAKE) -C src/tool install-man4
	install -D -m 644 src/modprobe.d/zz-kvm-ppc-compat.conf $(DESTDIR)$(modprobedir)/zz-kvm-ppc-compat.conf

dkms-install: ## from a checkout: have DKMS build the module for all kernels, and for those to come
	$(MAKE) dkms-remove
	$(MAKE) install-dkms
	$(dkms_folder)/dkms-all install

dkms-remove: ## undo dkms-install, of any version
	@if [ -e /usr/lib/modprobe.d/zz-kvm-ppc-compat.conf ]; then \
		echo "A package has installed the module: remove kvm-ppc-compat-dkms first" >&2; \
		exit 1; \
	fi
	src/dkms-all remove
	rm -rf $(usrsrc)/$(package)-[0-9]* $(modprobedir)/zz-kvm-ppc-compat.conf $(mandir)/man4/kvm_ppc_compat.4

deb: ## build the Debian packages, in a root of the oldest suite, into cache/deb
	@debian/build

srpm: ## build the source RPM package into cache/rpm, with rpmbuild and tar alone
	@rpm/srpm

rpm: ## build the RPM packages, the tool's with a cross compiler, into cache/rpm
	@rpm/build

clean: ## remove what "modules" and "tools" built
	$(MAKE) -C src/tool clean
	$(MAKE) -C src/module $(kdir) clean

# Make variables given on the command line reach the demo as its environment: KERNEL, CPU, API, COMPAT
demo: ## boot a stock kernel in QEMU, show what a VMM sees before and after; KERNEL= CPU= API= COMPAT=
	@tests/lab/demo

check: check-unit ## unit tests, all stock kernels; KERNELS= for some
	@tests/lab/check $(KERNELS)

check-full: check-unit ## more: all machines, kernels as other distributions build them, the module under load, the lab's own tests, mutants; KERNELS= for some
	@tests/lab/check --full $(KERNELS)

check-all: ## everything, unattended: a night's work, which goes on where it was interrupted, and a table at the end
	@tests/check-all

check-dkms: ## the packages in whole Debian systems, which boot; dkms.conf; autopkgtest; TESTS='deb-life *' for some
	@tests/packages/check-deb "$(or $(TESTS),*)"

check-rpm: ## the RPM packages in a whole system, which boots
	@tests/packages/check-rpm

soak: ## the module under load for longer; KERNELS= for some
	@CYCLES=1000 CELLS='*-stress' tests/lab/check --full $(or $(KERNELS),'*')

reference: ## write tests/lab/reference anew: what kernels that have the feature answer
	@RENEW=1 CELLS='v[12]-power*' tests/lab/check native native-64k

bench: ## count the instructions that calls take, native and with the module; KERNELS= for some
	@tests/bench/count

check-l2: ## nested guests: stock kernels as their hosts, Debian's QEMU there, in each mode; CELLS= for some
	@tests/nested/check-nested

check-unit: ## unit tests, the headers with all compilers, the tool in a fake root, on this machine
	@tests/unit/check-unit

lint: ## shellcheck, checkpatch, kernel-doc, sparse
	@tests/lint

update: ## forget the kernels and roots of the lab; the next run gets what the archive has then
	rm -rf cache/apt cache/archive cache/busybox cache/headers cache/initrd cache/kernel cache/libkmod cache/module cache/nested cache/root cache/source cache/system

distclean: ## remove all that the lab downloaded and built
	rm -rf cache .checkpatch-camelcase.*

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

.PHONY: modules tools install-tools install-headers install-dkms dkms-install dkms-remove deb rpm srpm clean demo check check-full check-all check-dkms check-rpm check-l2 soak reference bench check-unit lint update distclean help
