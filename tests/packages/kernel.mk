# SPDX-License-Identifier: GPL-2.0-or-later
# The Makefile of the made-up kernel headers in dkms-table. It builds one module in the folder M as a kernel's does.
srctree := $(realpath $(dir $(lastword $(MAKEFILE_LIST))))
objtree := $(CURDIR)

# Debian's headers name the compiler with its version, and depend on that version only.
CC = $(firstword $(shell command -v $(CROSS_COMPILE)gcc) $(wildcard /usr/bin/powerpc64le-linux-gnu-gcc-[0-9]*))
LD = $(CROSS_COMPILE)ld
ifneq ($(LLVM),)
CC = clang
LD = ld.lld
endif

ifneq ($(MAKECMDGOALS),clean)
ifeq ($(wildcard $(objtree)/include/config/auto.conf),)
$(error Kernel configuration is invalid: include/config/auto.conf is missing)
endif
include $(objtree)/include/config/auto.conf
endif
src := $(M)
include $(M)/Kbuild

objects := $(addprefix $(M)/,$(kvm_ppc_compat-y))

modules: $(M)/kvm_ppc_compat.ko
	echo '$(filter -j%,$(MAKEFLAGS))' >/tmp/jobs

$(M)/kvm_ppc_compat.ko: $(objects)
	$(LD) -r -o $@ $^

$(M)/%/stub.o: $(M)/%/stub.c
	$(CC) $(ccflags-y) -I$(srctree)/include -DKBUILD_MODNAME='"kvm_ppc_compat"' -Wall -Werror -c -o $@ $<

# Without the version, a module could not be told from a damaged file.
$(M)/%.o: $(M)/%.c
	{ $(if $(CONFIG_BROKEN),echo '#error this kernel is broken';) \
		echo '#include <linux/module.h>'; grep '^MODULE_VERSION(' $<; } | \
		$(CC) $(ccflags-y) -I$(srctree)/include -x c -c -o $@ -

clean:
	rm -f $(M)/*.ko $(M)/src/module/*.o
