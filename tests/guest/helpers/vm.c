// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VMM that stays: makes a VM and prints, for each line that it reads, whether the ioctl answers there, until
 * there are no more.
 */
#define _GNU_SOURCE
#include "vmm.h"

int main(void)
{
	struct kvm_ppc_compat_caps caps;
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	char line[8];

	if (vm_fd < 0) {
		perror("KVM_CREATE_VM");
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		caps = (struct kvm_ppc_compat_caps){ .size = sizeof(caps) };
		if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps))
			puts(strerrorname_np(errno));
		else
			printf("%#" PRIx64 "\n", (uint64_t)caps.compat_capabilities);
		fflush(stdout);
	}
	return 0;
}
