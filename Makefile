# SPDX-License-Identifier: GPL-2.0-or-later

# The kernel's headers. Without KDIR, src/module/Makefile builds for the running kernel.
KDIR ?=
kdir = $(if $(KDIR),KDIR=$(abspath $(KDIR)))

# For publishers of the packages: the project's page, its git repository, and the address for bugs. The packages name
# those that are set here.
HOMEPAGE ?=
VCS_GIT ?=
BUGS ?=
export HOMEPAGE VCS_GIT BUGS

prefix ?= /usr/local
mandir ?= $(prefix)/share/man
usrsrc ?= /usr/src
modprobedir ?= /etc/modprobe.d
package := kvm-ppc-compat
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# The files that DKMS needs to build the module
dkms_files := Kbuild dkms.conf $(wildcard include/uapi/linux/*.h src/module/*.[ch]) src/module/Makefile
dkms_folder := $(usrsrc)/$(package)-$(version)

# The kernels of tests/lab/matrix to test: names or patterns
KERNELS ?=

# The unit tests do not depend on the kernel that KERNEL_PACKAGES or KERNEL_BUILD gives.
check_first := $(if $(KERNEL_PACKAGES)$(KERNEL_BUILD),,check-unit)

modules: ## build kvm_ppc_compat.ko for KDIR (default: the running kernel); variables: ARCH CROSS_COMPILE CC
	$(MAKE) -C src/module $(kdir) modules

tools: ## build the command kvm-ppc-compat; variables: CROSS_COMPILE CC CFLAGS LDFLAGS PKG_CONFIG
	$(MAKE) -C src/tool

install-tools: ## install the command, its man page, JSON schema and completion; variables: DESTDIR prefix bindir mandir
	$(MAKE) -C src/tool install

uninstall-tools: ## undo install-tools
	$(MAKE) -C src/tool uninstall

install-headers: ## install the headers for VMM authors, their man page and pkg-config file; variables: DESTDIR prefix includedir
	$(MAKE) -C src/tool install-headers

uninstall-headers: ## undo install-headers
	$(MAKE) -C src/tool uninstall-headers

install-dkms: ## install the module's sources, its man page and the configuration of modprobe; variables: DESTDIR prefix usrsrc modprobedir
	for file in $(dkms_files); do install -D -m 644 $$file $(DESTDIR)$(dkms_folder)/$$file || exit; done
	install -m 755 src/dkms-all $(DESTDIR)$(dkms_folder)/dkms-all
	$(MAKE) -C src/tool install-man4
	install -D -m 644 src/modprobe.d/zz-kvm-ppc-compat.conf $(DESTDIR)$(modprobedir)/zz-kvm-ppc-compat.conf

dkms-install: ## install the module with DKMS for all kernels, also for those installed later
	$(MAKE) dkms-remove
	$(MAKE) install-dkms
	$(dkms_folder)/dkms-all install

dkms-remove: ## undo dkms-install, whatever the version
	@for file in /usr/lib/modprobe.d/zz-*kvm-ppc-compat*.conf; do \
		if owner=$$(dpkg-query -S "$$file" 2>/dev/null || rpm -qf "$$file" 2>/dev/null); then \
			echo "A package has installed the module, $${owner%%: /*}. Remove that package first" >&2; \
			exit 1; \
		fi; \
	done
	src/dkms-all remove
	rm -rf $(usrsrc)/$(package)-[0-9]* $(modprobedir)/zz-kvm-ppc-compat.conf $(mandir)/man4/kvm_ppc_compat.4

deb: ## build the Debian packages into cache/deb, with a cross compiler
	@debian/build

srpm: ## build the source RPM package into cache/rpm; needs only rpmbuild and tar
	@rpm/srpm

rpm: ## build the RPM packages into cache/rpm, with a cross compiler
	@rpm/build

clean: ## delete the files that "modules" and "tools" have built
	$(MAKE) -C src/tool clean
	$(MAKE) -C src/module $(kdir) clean

# make passes variables of its command line on as environment variables.
demo: ## boot a stock kernel in QEMU, show what a VMM sees without and with the module; variables: KERNEL CPU API COMPAT KERNEL_PACKAGES KERNEL_BUILD
	@tests/lab/demo

check: $(check_first) ## unit tests and all stock kernels; KERNELS=… selects; only your kernel: KERNEL_PACKAGES="FILE…" or KERNEL_BUILD=FOLDER
	@tests/lab/check $(KERNELS)

check-full: $(check_first) ## check, also on all machines, with other distributions' options, and under load; tests of the lab; mutants; variables: those of check
	@tests/lab/check --full $(KERNELS)

check-all: ## all tests, unattended, in a night; continues where it was interrupted, prints a table at the end
	@tests/check-all

check-dkms: ## the Debian packages in whole systems that boot, dkms.conf, autopkgtest; TESTS='deb-life *' selects
	@tests/packages/check-deb "$(or $(TESTS),*)"

check-rpm: ## the RPM packages in a whole system that boots
	@tests/packages/check-rpm

soak: ## the module under load for longer; KERNELS=… selects
	@CYCLES=1000 CELLS='*-stress' tests/lab/check --full $(or $(KERNELS),'*')

reference: ## record tests/lab/reference again: the output of kernels that provide the interface
	@RENEW=1 CELLS='v[12]-power*' tests/lab/check native native-64k

bench: ## count the instructions of calls, on Linux 7.3 and with the module; KERNELS=… selects
	@tests/bench/count

performance: ## make the table in doc/performance.md from tests/bench/counts.json
	tests/bench/document tests/bench/counts.json doc/performance.md >doc/performance.md.new
	mv doc/performance.md.new doc/performance.md

check-l2: ## nested guests in each mode, with Debian's QEMU and libvirt; CELLS=… selects
	@tests/nested/check-nested

check-unit: ## unit tests on this machine: the module's code, the headers with all compilers, the tool in a fake root
	@tests/unit/check-unit

lint: ## static checks: shellcheck, checkpatch, kernel-doc, sparse, man pages, documents, spelling
	@tests/lint

update: ## delete the downloaded kernels and roots; the next run downloads the current ones
	rm -rf cache/apt cache/archive cache/busybox cache/dkms cache/emulator cache/headers cache/initrd cache/kernel cache/libkmod cache/module cache/nested cache/packagings cache/root cache/source cache/system

distclean: ## delete everything that the tests downloaded and built
	rm -rf cache .checkpatch-camelcase.*

help: ## print this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

.PHONY: modules tools install-tools uninstall-tools install-headers uninstall-headers install-dkms dkms-install dkms-remove deb srpm rpm clean demo check check-full check-all check-dkms check-rpm check-l2 soak reference bench performance check-unit lint update distclean help
