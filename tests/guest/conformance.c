// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests the KVM_PPC_GET_COMPAT_CAPS ABI of Linux 7.3, or its draft, argument by argument.
 *
 * Usage: conformance mainline|draft|draft-iowr v1|v2 CAPABILITIES|stock
 *	mainline	the ABI; draft-iowr is the draft with its _IOWR command
 *	v1|v2		the nested API of the host
 *	CAPABILITIES	the modes that the ioctl must report, in hexadecimal
 *	stock		the kernel lacks the feature: the capability must be 0 and the ioctl unknown
 *
 * The output depends only on the page size and the answers of the kernel, so that the output of two kernels can be
 * compared.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vectors.h"
#include "device_tree.h"

static int kvm_fd;

static int call_ioctl(int fd, unsigned long command, void *argp)
{
	return ioctl(fd, command, argp);
}

static int dup_fd(int fd, unsigned long command, void *argp)
{
	int copy = dup(fd);
	int ret = ioctl(copy, command, argp);
	int err = errno;

	close(copy);
	errno = err;
	return ret;
}

struct thread_call {
	int fd;
	unsigned long command;
	void *argp;
	bool with_vcpu;
	int ret, err;
};

static void *thread_main(void *data)
{
	struct thread_call *call = data;
	int vcpu = -1;

	if (call->with_vcpu)
		vcpu = ioctl(call->fd, KVM_CREATE_VCPU, 0);
	call->ret = ioctl(call->fd, call->command, call->argp);
	call->err = errno;
	if (call->with_vcpu && close(vcpu)) {
		call->ret = -1;
		call->err = ENXIO; /* no vCPU: not what was to be tried */
	}
	return NULL;
}

static int in_thread(int fd, unsigned long command, void *argp, bool with_vcpu)
{
	struct thread_call call = { .fd = fd, .command = command, .argp = argp, .with_vcpu = with_vcpu };
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_main, &call)) {
		errno = EAGAIN;
		return -1;
	}
	pthread_join(thread, NULL);
	errno = call.err;
	return call.ret;
}

static int other_thread(int fd, unsigned long command, void *argp)
{
	return in_thread(fd, command, argp, false);
}

static int vcpu_thread(int fd, unsigned long command, void *argp)
{
	return in_thread(fd, command, argp, true);
}

static void callers(void)
{
	int fd, status;
	pid_t child;

	check_call("through a dup'd fd", &PLAIN(.size = 64), dup_fd, vm_fd);
	check_call("from a second thread", &PLAIN(.size = 64), other_thread, vm_fd);
	check_call("from a vCPU thread", &PLAIN(.size = 64), vcpu_thread, vm_fd);

	fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	ok(fd >= 0, "a second VM");
	check_call("on a second VM", &PLAIN(.size = 64), call_ioctl, fd);
	close(fd);
	check_call("on the first VM again", &PLAIN(.size = 64), call_ioctl, vm_fd);

	/* Only the process that has created a VM can use it: a child gets EIO, on any kernel. */
	fflush(stdout);
	child = fork();
	if (!child) {
		uint64_t caps[3] = {};

		caps[abi->size_at / 8] = sizeof(caps);
		_exit(ioctl(vm_fd, abi->command, caps) ? errno : 0);
	}
	waitpid(child, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EIO, "in a forked child: EIO");
	printf("# in a forked child -> %s\n", errno_name(WEXITSTATUS(status)));
}

static void wrong_files(void)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	uint64_t caps[3] = {};
	int vcpu = ioctl(vm_fd, KVM_CREATE_VCPU, 1); /* 0 is vcpu_thread()'s */
	int event = eventfd(0, 0);
	int pipes[2];

	caps[abi->size_at / 8] = sizeof(caps);
	check_errno(EINVAL, ioctl(kvm_fd, abi->command, caps), "on /dev/kvm");
	ok(vcpu >= 0, "a vCPU");
	check_errno(EINVAL, ioctl(vcpu, abi->command, caps), "on a vCPU");
	ok(!ioctl(vm_fd, KVM_CREATE_DEVICE, &device), "a device");
	check_errno(ENOTTY, ioctl(device.fd, abi->command, caps), "on a device");
	check_errno(ENOTTY, ioctl(event, abi->command, caps), "on an eventfd");
	ok(!pipe(pipes), "a pipe");
	check_errno(ENOTTY, ioctl(pipes[0], abi->command, caps), "on a pipe");
	check_errno(EBADF, ioctl(-1, abi->command, caps), "on no file");
	ok(caps[abi->size_at / 8] == sizeof(caps) && !caps[abi->flags_at / 8] && !caps[2],
	   "none of them wrote anything");
	close(vcpu);
	close(device.fd);
	close(event);
	close(pipes[0]);
	close(pipes[1]);
}

static void extension(const char *where, int fd, uint64_t number, int expected)
{
	int ret = ioctl(fd, KVM_CHECK_EXTENSION, number);

	ok(ret == expected, "capability %#" PRIx64 " on %s: %d", number, where, expected);
	printf("# capability %#" PRIx64 " on %s -> %d\n", number, where, ret);
}

static void extensions(void)
{
	static const struct {
		const char *name;
		const int *fd;
	} files[] = { { "/dev/kvm", &kvm_fd }, { "a VM", &vm_fd } };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		extension(files[i].name, *files[i].fd, KVM_CAP_PPC_COMPAT_CAPS, !stock);
		extension(files[i].name, *files[i].fd, KVM_CAP_PPC_COMPAT_CAPS - 1, 0);
		extension(files[i].name, *files[i].fd, KVM_CAP_PPC_COMPAT_CAPS + 1, 0);
		extension(files[i].name, *files[i].fd,
			  KVM_CAP_PPC_COMPAT_CAPS | UINT64_C(1) << 32, 0);
		extension(files[i].name, *files[i].fd, ~UINT64_C(0) << 32 | KVM_CAP_PPC_COMPAT_CAPS, 0);
	}
}

#define ANOTHER_CPU "/cpus/PowerPC,POWER@100"

/* One CPU more than the machine can have: the kernel logs that, and keeps the node. */
static void add_cpu(uint32_t version)
{
	const uint32_t thread = __builtin_bswap32(0x100);
	char buffer[256];
	int size;

	version = __builtin_bswap32(version);
	size = sprintf(buffer, "add_node " ANOTHER_CPU " device_type 4 cpu%c ibm,ppc-interrupt-server#s 4 ", 0);
	size = mempcpy(buffer + size, &thread, sizeof(thread)) - (void *)buffer;
	size += sprintf(buffer + size, " cpu-version 4 ");
	size = mempcpy(buffer + size, &version, sizeof(version)) - (void *)buffer;
	write_ofdt(buffer, size);
}

static void remove_cpu(void)
{
	write_ofdt("remove_node " ANOTHER_CPU, strlen("remove_node " ANOTHER_CPU));
}

/* The capability does not mean that a mode is known. */
static void extension_without_modes(void)
{
	size_t i;

	for (i = 0; i < 2; i++)
		ofdt("remove_property", cpu_phandle[i], NULL, -1);
	extension("a VM, no node has cpu-version", vm_fd, KVM_CAP_PPC_COMPAT_CAPS, 1);
	for (i = 0; i < 2; i++)
		ofdt("add_property", cpu_phandle[i], own_version, sizeof(own_version));
}

int main(int argc, char **argv)
{
	size_t i;
	bool v1;

	for (i = 0; argc == 4 && i < ABIS; i++)
		if (!strcmp(argv[1], abis[i].name))
			abi = &abis[i];
	if (!abi) {
		fprintf(stderr, "usage: conformance mainline|draft|draft-iowr v1|v2 CAPABILITIES|stock\n");
		return 2;
	}
	v1 = !strcmp(argv[2], "v1");
	stock = !strcmp(argv[3], "stock");
	host_caps = strtoull(argv[3], NULL, 16);

	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (!make_arena(sysconf(_SC_PAGESIZE)) || kvm_fd < 0 || vm_fd < 0) {
		printf("Bail out! cannot make a VM: %s\n", errno_name(errno));
		return 1;
	}

	if (abi == abis)
		extensions();
	arguments();
	callers();
	wrong_files();
	if (!stock) {
		if (ok(find_cpus(), "two cpu nodes in the device tree")) {
			cpu_versions(v1);
			if (abi == abis)
				extension_without_modes();
		}
		if (abi == abis)
			extensions();
	}
	return tap_done();
}
