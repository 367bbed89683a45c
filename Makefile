# SPDX-License-Identifier: GPL-2.0-or-later

# What "modules" builds for: the headers of the running kernel, unless said otherwise
KDIR ?= /lib/modules/$(shell uname -r)/build

# make check: which kernels of tests/vm/matrix; names or patterns
KERNELS ?=

modules: ## build kvm_ppc_compat.ko for KDIR (default: the running kernel); takes ARCH, CROSS_COMPILE, CC
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools: ## build the command kvm-ppc-compat; takes CROSS_COMPILE, CC, CFLAGS, LDFLAGS, PKG_CONFIG
	$(MAKE) -C src/tool

install-tools: ## install the command, its man pages and completion; takes DESTDIR, prefix, bindir, mandir
	$(MAKE) -C src/tool install

install-headers: ## install the headers for VMMs and their pkg-config file; takes DESTDIR, prefix, includedir
	$(MAKE) -C src/tool install-headers

clean: ## remove what "modules" and "tools" built
	$(MAKE) -C src/tool clean
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

# Make variables given on the command line reach the demo as its environment: KERNEL, CPU, API, COMPAT
demo: ## boot a stock kernel in QEMU, show what a VMM sees before and after; KERNEL= CPU= API= COMPAT=
	@tests/vm/demo

check: check-unit ## unit tests, the lab's own, all stock kernels in all machines; KERNELS= for some
	@tests/vm/check $(KERNELS)

check-full: check-unit ## more: kernels as other distributions build them, the module under load, mutants; KERNELS= for some
	@tests/vm/check --full $(KERNELS)

soak: ## the module under load for longer; KERNELS= for some
	@CYCLES=1000 CELLS='*-stress' tests/vm/check --full $(or $(KERNELS),'*')

check-unit: ## unit tests, the headers with all compilers, the tool in a fake root, on this machine
	@tests/unit/check

lint: ## shellcheck, checkpatch, kernel-doc, sparse
	@tests/lint

update: ## forget the kernels and roots of the lab; the next run gets what the archive has then
	rm -rf cache/apt cache/busybox cache/headers cache/initrd cache/kernel cache/libkmod cache/module cache/root cache/source

distclean: ## remove all that the lab downloaded and built
	rm -rf cache .checkpatch-camelcase.*

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

.PHONY: modules tools install-tools install-headers clean demo check check-full soak check-unit lint update distclean help
