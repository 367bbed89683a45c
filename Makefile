# SPDX-License-Identifier: GPL-2.0-or-later

# What "modules" builds for: the headers of the running kernel, unless said otherwise
KDIR ?= /lib/modules/$(shell uname -r)/build

usrsrc ?= /usr/src
modprobedir ?= /etc/modprobe.d
package := kvm-ppc-compat
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# make check: which kernels of tests/lab/matrix; names or patterns
KERNELS ?=

modules: ## build kvm_ppc_compat.ko for KDIR (default: the running kernel); takes ARCH, CROSS_COMPILE, CC
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools: ## build the command kvm-ppc-compat; takes CROSS_COMPILE, CC, CFLAGS, LDFLAGS, PKG_CONFIG
	$(MAKE) -C src/tool

install-tools: ## install the command, its man page and completion; takes DESTDIR, prefix, bindir, mandir
	$(MAKE) -C src/tool install

install-headers: ## install the headers for VMMs, man page and pkg-config file; takes DESTDIR, prefix, includedir
	$(MAKE) -C src/tool install-headers

install-dkms: ## install the sources for DKMS and what loads the module; takes DESTDIR, prefix, usrsrc, modprobedir
	install -d $(DESTDIR)$(usrsrc)/$(package)-$(version)
	cp -r --parents Kbuild dkms.conf include/uapi src/module $(DESTDIR)$(usrsrc)/$(package)-$(version)
	$(MAKE) -C src/tool install-man4
	install -D -m 644 src/modprobe.d/kvm-ppc-compat.conf $(DESTDIR)$(modprobedir)/kvm-ppc-compat.conf

dkms-install: dkms-remove install-dkms ## from a checkout: have DKMS build the module for all kernels, and for those to come
	dkms add $(package)/$(version)
	@for build in /lib/modules/*/build/Makefile; do \
		if [ ! -e $$build ]; then \
			echo "No kernel has its headers installed: install linux-headers-$$(uname -r) or the like, then run dkms autoinstall" >&2; \
			exit 1; \
		fi; \
		kernel=$${build#/lib/modules/}; \
		dkms install $(package)/$(version) -k $${kernel%/build/Makefile} || [ $$? -eq 77 ] || exit 1; \
	done

dkms-remove: ## undo dkms-install, of any version
	@if [ -e /usr/lib/modprobe.d/kvm-ppc-compat.conf ]; then \
		echo "A package has installed the module: remove kvm-ppc-compat-dkms first" >&2; \
		exit 1; \
	fi
	for tree in /var/lib/dkms/$(package)/[0-9]*; do \
		[ ! -e $$tree ] || dkms remove $(package)/$${tree##*/} --all || exit 1; \
	done
	rm -rf $(usrsrc)/$(package)-[0-9]* /etc/modprobe.d/kvm-ppc-compat.conf /usr/local/share/man/man4/kvm_ppc_compat.4

deb: ## build the Debian packages, in a root of the oldest suite, into cache/deb
	@debian/build

rpm: ## build the RPM packages, the tool's with a cross compiler, into cache/rpm
	@rpm/build

clean: ## remove what "modules" and "tools" built
	$(MAKE) -C src/tool clean
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

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

.PHONY: modules tools install-tools install-headers install-dkms dkms-install dkms-remove deb rpm clean demo check check-full check-all check-dkms check-rpm check-l2 soak reference bench check-unit lint update distclean help
