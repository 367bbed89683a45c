// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes each ioctl of the draft ABI once, on /dev/null, for strace.t.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/kvm_ppc_compat.h>

int main(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ioctl(fd, KVM_PPC_GET_COMPAT_CAPS_DRAFT, 0);
	ioctl(fd, KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT, 0);
	return 0;
}
