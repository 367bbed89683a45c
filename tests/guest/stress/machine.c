// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine changes: its CPUs, its device tree.
 */
#define _GNU_SOURCE
#include "device_tree.h"
#include "stress.h"

void hotplug(int rounds)
{
	const char *name = "CPU-hotplug";
	unsigned int failed = tap_failed;
	char path[64];
	int i, cpu;

	start_callers(true);
	for (i = 0; i < rounds; i++) {
		for (cpu = 1; cpu < CALLERS; cpu++) {
			snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
			write_file(path, "0");
		}
		for (cpu = 1; cpu < CALLERS; cpu++) {
			snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
			write_file(path, "1");
		}
	}
	stop_callers(name, false);
	experiment(name, rounds * (CALLERS - 1), failed);
}

void device_tree_updates(int rounds)
{
	const char *name = "device-tree-updates";
	unsigned int failed = tap_failed;
	struct caller self = {};
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), i;
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	uint64_t own = own_caps;

	if (!ok(find_cpus(), "cpu nodes in the device tree"))
		return;
	other_caps = KVM_PPC_COMPAT_CAP_POWER9;
	start_callers(true);
	for (i = 0; i < rounds; i++) {
		struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };

		set_version(cpu_phandle[0], 0x0f000005);
		if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps) || caps.compat_capabilities != other_caps)
			wrong(&self, "after an update to POWER9", caps.compat_capabilities, 0);
		ofdt("update_property", cpu_phandle[0], own_version, 4);
		if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps) || caps.compat_capabilities != own)
			wrong(&self, "after an update back", caps.compat_capabilities, 0);
	}
	stop_callers(name, false);
	if (!ok(!self.wrong[0], "%s: no answer is older than the last update", name))
		printf("# %s\n", self.wrong);
	other_caps = own;
	close(vm_fd);
	close(kvm_fd);
	experiment(name, 2 * rounds, failed);
}
