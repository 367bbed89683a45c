# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Made-up kernel headers. They have the files that dkms and the module's Kbuild read, and kernel.mk as their Makefile. To be
# sourced after lib.sh.

# headers ROOT KERNEL: make up headers below that folder; the name of the kernel selects what is special about them
headers() {
	local root=$1 name=linux-headers-$2 folder=$1/usr/src/linux-headers-$2 shared=$1/usr/src/linux-headers-$2-common file
	rm -rf "$folder"*
	mkdir -p "$folder/include/"{config,generated,linux,uapi/linux} "$root/lib/modules/$2" "$root/boot"
	touch "$root/lib/modules/$2/modules."{order,builtin} "$root/boot/config-$2"
	[ "$2" != 6.12-no-headers ] || { rm -r "$folder"; return; }
	ln -sfn "/usr/src/$name" "$root/lib/modules/$2/build"
	printf 'CONFIG_%s=y\n' MODULES PPC64 CPU_LITTLE_ENDIAN KVM_BOOK3S_64_HV KPROBES LD_IS_BFD >"$folder/include/config/auto.conf"
	cat >"$folder/include/linux/module.h" <<-'END'
		#define __init
		#define ENODEV 19
		#define pr_info(format) ((void)(format))
		#define module_init(function) int init_module(void) { return function(); }
		#define MODULE_INFO(tag, info) static const char tag##_info[] \
			__attribute__((section(".modinfo"), used, aligned(1))) = #tag "=" info
		#define MODULE_DESCRIPTION(text) MODULE_INFO(description, text)
		#define MODULE_LICENSE(text) MODULE_INFO(license, text)
		#define MODULE_VERSION(text) MODULE_INFO(version, text)
	END
	: >"$folder/include/linux/printk.h"
	echo 'copy_from_user' >"$folder/include/linux/uaccess.h"
	echo '#define KVM_CAP_SOMETHING_ELSE 249' >"$folder/include/uapi/linux/kvm.h"
	cp "$top/tests/packages/kernel.mk" "$folder/Makefile"
	file=$folder/include/config/auto.conf
	case $2 in
	*native | *-future) echo '#define KVM_CAP_PPC_COMPAT_CAPS 250' >>"$folder/include/uapi/linux/kvm.h" ;;&
	# a future kernel that lacks the header of the presence tests, and for which only the stub compiles
	*-future) rm "$folder/include/linux/uaccess.h"; echo CONFIG_BROKEN=y >>"$file" ;;
	*-no-kvm-hv) sed -i /KVM/d "$file" ;;
	*-no-kprobes) sed -i /KPROBES/d "$file" ;;
	*-old-kprobes) echo 'kprobe_break_handler_t break_handler;' >"$folder/include/linux/kprobes.h" ;;
	*-broken*) echo CONFIG_BROKEN=y >>"$file" ;;
	*-no-auto.conf) rm "$file" ;;
	*-clang) echo CONFIG_CC_IS_CLANG=y >>"$file" ;;
	*-clang-lld) sed -i 's/BFD/LLD/; $a CONFIG_CC_IS_CLANG=y' "$file" ;;
	*-split* | *-relative* | *-symlinks*)
		mkdir -p "$shared/include"
		mv "$folder/Makefile" "$shared"
		mv "$folder/include/"{linux,uapi} "$shared/include"
		;;&
	*-split*) echo "include /usr/src/${shared##*/}/Makefile" >"$folder/Makefile" ;;
	*-relative*) echo "include ../${shared##*/}/Makefile" >"$folder/Makefile" ;;
	*-symlinks*)
		ln -s "../${shared##*/}/Makefile" "$folder"
		ln -s "../../${shared##*/}/include/"{linux,uapi} "$folder/include"
		;;
	esac
	[ ! -e "$file" ] || cp "$file" "$folder/.config"
}
