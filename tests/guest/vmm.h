/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest's programs share besides TAP: loading modules, and a VMM's questions.
 */
#ifndef VMM_H
#define VMM_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kvm_ppc_compat.h>

/*
 * One finit_module(2); returns the name of its errno, or "0". (insmod of busybox tries a second way
 * when the first fails, which runs a module's init twice.)
 */
static inline const char *load_module(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *result = "0";

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		result = strerrorname_np(errno);
	close(fd);
	return result;
}

/*
 * What a VMM sees: the answers to KVM_CHECK_EXTENSION on /dev/kvm and on a VM and to
 * KVM_PPC_GET_COMPAT_CAPS, asked for as QEMU 11.2 does, but without giving up after a 0.
 */
static inline const char *query(void)
{
	static char answer[80];
	struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	int kvm, vm;

	if (vm_fd < 0) {
		snprintf(answer, sizeof(answer), "no VM: %s", strerrorname_np(errno));
		close(kvm_fd);
		return answer;
	}
	kvm = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS);
	vm = ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS);
	if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps))
		snprintf(answer, sizeof(answer), "kvm=%d vm=%d ioctl=%s", kvm, vm, strerrorname_np(errno));
	else
		snprintf(answer, sizeof(answer), "kvm=%d vm=%d ioctl=%#" PRIx64, kvm, vm,
			 (uint64_t)caps.compat_capabilities);
	close(vm_fd);
	close(kvm_fd);
	return answer;
}

#endif /* VMM_H */
