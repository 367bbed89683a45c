// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The newest mode that this host offers its guests.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <kvm_ppc_compat.h>

int main(void)
{
	int kvm_fd = open("/dev/kvm", O_RDWR);
	int vm_fd = kvm_fd < 0 ? -1 : ioctl(kvm_fd, KVM_CREATE_VM, 0);
	__u64 modes;
	int err;

	if (vm_fd < 0) {
		perror("no VM");
		return 1;
	}
	err = kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &modes);
	if (err) {
		fprintf(stderr, "no modes: %s\n", strerror(-err));
		return 1;
	}
	printf("logical PVR %#x\n", kvm_ppc_newest_mode(modes));
	return 0;
}
