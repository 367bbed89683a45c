# SPDX-License-Identifier: GPL-2.0-or-later

# What "modules" builds for: the headers of the running kernel, unless said otherwise
KDIR ?= /lib/modules/$(shell uname -r)/build

modules: ## build kvm_ppc_compat.ko for KDIR (default: the running kernel); takes ARCH, CROSS_COMPILE, CC
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean: ## remove what "modules" built
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: modules clean help
