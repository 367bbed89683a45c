// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests that KVM_PPC_GET_COMPAT_CAPS reports the modes that the kernel accepts for a vCPU, and no others.
 *
 * Usage: truth [MODE...]
 *	MODE	a mode that this kernel is known to accept although it is not reported
 *
 * The kernel accepts a mode if KVM_REG_PPC_ARCH_COMPAT of a new vCPU can be set to the mode's logical PVR and then has
 * that value.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm_ppc_compat.h>

#include "tap.h"

/*
 * Whether a vCPU of a new VM can be put into the mode of that logical PVR. Linux 7.3 accepts modes only if the vCPU has the
 * host's PVR and is that of a PAPR guest. *@usable: this was possible.
 */
static bool takes(int kvm_fd, uint32_t pvr, bool *usable)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	uint32_t value = pvr;
	struct kvm_one_reg reg = { .id = KVM_REG_PPC_ARCH_COMPAT, .addr = (uintptr_t)&value };
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	int vcpu_fd = ioctl(vm_fd, KVM_CREATE_VCPU, 0);
	struct kvm_sregs sregs;
	bool taken;

	*usable = !ioctl(vcpu_fd, KVM_GET_SREGS, &sregs) && !ioctl(vcpu_fd, KVM_SET_SREGS, &sregs) &&
		  !ioctl(vcpu_fd, KVM_ENABLE_CAP, &papr);
	taken = !ioctl(vcpu_fd, KVM_SET_ONE_REG, &reg);
	value = 0;
	taken = taken && !ioctl(vcpu_fd, KVM_GET_ONE_REG, &reg) && value == pvr;
	close(vcpu_fd);
	close(vm_fd);
	return taken;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint32_t pvr;
		uint64_t bit;
	} modes[] = {
		{ "POWER9", 0x0f000005, KVM_PPC_COMPAT_CAP_POWER9 },
		{ "POWER10", 0x0f000006, KVM_PPC_COMPAT_CAP_POWER10 },
		{ "POWER11", 0x0f000007, KVM_PPC_COMPAT_CAP_POWER11 },
	};
	struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };
	int kvm_fd = open("/dev/kvm", O_RDWR);
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	bool reported, taken, known, usable;
	size_t i;
	int arg;

	if (!ok(!ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps), "the modes are reported"))
		return tap_done();
	close(vm_fd);

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		for (known = false, arg = 1; arg < argc; arg++)
			known |= !strcmp(argv[arg], modes[i].name);
		reported = caps.compat_capabilities & modes[i].bit;
		taken = takes(kvm_fd, modes[i].pvr, &usable);
		ok(usable && taken == (reported || known), "%s is %sreported, a vCPU %s it%s",
		   modes[i].name, reported ? "" : "not ", taken ? "takes" : "refuses",
		   known ? " (the kernel is known to be laxer)" : "");
	}
	return tap_done();
}
