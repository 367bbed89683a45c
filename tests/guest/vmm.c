// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VMM that asks for the modes where QEMU 11.2 does, and runs a guest of some instructions in them.
 *
 * QEMU asks after KVM_CREATE_VM, to choose the processor, and again from the vCPU's thread on each CAS call,
 * in which a guest negotiates its mode. Without an answer it takes the processor that it sees, in the mode of
 * its own, which is not there in a partition in an older mode. So does this one.
 *
 * The guest calls CAS and then, its result stored, says that it is done. Where all is well it runs once in each
 * mode that the answer names. The lines that start with "#" are a transcript, in which nothing depends on the
 * kernel, so that the output of two kernels can be compared as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <kvm_ppc_compat.h>

#include "tap.h"

#define MEMORY (1 << 20)
#define RESULT 0x8000	  /* where the guest stores its result */
#define GUEST_START 0x100 /* the system reset vector, where a vCPU starts */
#define GUEST_MSR (1ULL << 63 | 1ULL << 12 | 1) /* 64 bits, machine checks, little endian; real mode */

/* The hypercalls of KVM guests to their VMM that QEMU calls KVMPPC_H_* */
#define H_RTAS 0xf000
#define H_CAS 0xf002

/*
 * r3 to r12 are the call's, 14 the processor, 15 the sum of 1 to 100, 16 what CAS has returned.
 */
asm(".pushsection .rodata\n"
    ".balign 8\n"
    "guest:\n"
    "	mfpvr	14\n"
    "	li	15, 0\n"
    "	li	4, 100\n"
    "	mtctr	4\n"
    "1:	mfctr	4\n"
    "	add	15, 15, 4\n"
    "	bdnz	1b\n"
    "	li	4, 0x1234\n"
    "	li	3, 0\n"
    "	ori	3, 3, 0xf002\n"
    "	sc	1\n"
    "	mr	16, 3\n"
    "	li	5, 0\n"
    "	ori	5, 5, 0x8000\n"
    "	std	15, 0(5)\n"
    "	std	16, 8(5)\n"
    "	ld	4, 0(5)\n"
    "	li	3, 0\n"
    "	ori	3, 3, 0xf000\n"
    "	sc	1\n"
    "guest_end:\n"
    ".popsection\n");
extern const char guest[], guest_end[];

static const struct mode {
	const char *name;
	uint32_t pvr;	    /* logical */
	uint32_t processor; /* upper half of the real PVR */
	uint64_t bit;
} modes[] = {
	{ "POWER9", 0x0f000005, 0x004e, KVM_PPC_COMPAT_CAP_POWER9 },
	{ "POWER10", 0x0f000006, 0x0080, KVM_PPC_COMPAT_CAP_POWER10 },
	{ "POWER11", 0x0f000007, 0x0082, KVM_PPC_COMPAT_CAP_POWER11 },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

static int kvm_fd, vm_fd;

struct vcpu {
	const struct mode *mode;
	uint64_t reported; /* by the answer that the mode was chosen from */
	unsigned char *memory;
};

static const char *result(int ret)
{
	return ret ? strerrorname_np(errno) : "0";
}

/* Put the vCPU into the mode, as QEMU does when it resets it and when CAS has chosen one. */
static int set_mode(int vcpu_fd, const struct mode *mode)
{
	uint32_t pvr = mode->pvr;
	struct kvm_one_reg reg = { .id = KVM_REG_PPC_ARCH_COMPAT, .addr = (uintptr_t)&pvr };

	return ioctl(vcpu_fd, KVM_SET_ONE_REG, &reg);
}

/* Run until the guest makes the call; whether it does, with its registers as they have to be. */
static bool run_to(int vcpu_fd, struct kvm_run *run, const char *name, uint64_t call, uint64_t argument)
{
	struct kvm_regs regs;
	/* where all is well, old kernels return what they tell themselves by, RESUME_HOST, instead of 0 */
	int ret = ioctl(vcpu_fd, KVM_RUN, 0) < 0;
	bool called;

	if (!ok(!ret, "%s: KVM_RUN: %s", name, result(ret)))
		return false;
	called = run->exit_reason == KVM_EXIT_PAPR_HCALL && run->papr_hcall.nr == call;
	if (!ok(called && run->papr_hcall.args[0] == argument, "%s: the guest makes call %#" PRIx64, name, call)) {
		printf("# exit reason %u, call %#" PRIx64 "\n", run->exit_reason, (uint64_t)run->papr_hcall.nr);
		return false;
	}
	ok(!ioctl(vcpu_fd, KVM_GET_REGS, &regs) && regs.gpr[15] == 5050, "%s: it has computed", name);
	printf("# %s: pc %#" PRIx64 " msr %#" PRIx64 " ctr %" PRIu64 " r4 %#" PRIx64 " r15 %" PRIu64 " r16 %#" PRIx64 "\n",
	       name, (uint64_t)regs.pc, (uint64_t)regs.msr, (uint64_t)regs.ctr, (uint64_t)regs.gpr[4],
	       (uint64_t)regs.gpr[15], (uint64_t)regs.gpr[16]);
	return true;
}

/* The vCPU's thread: from its making to the guest's last call. */
static void *run_vcpu(void *arg)
{
	const struct vcpu *vcpu = arg;
	const char *name = vcpu->mode->name;
	const uint64_t cas_result = 0x5678;
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	int vcpu_fd = ioctl(vm_fd, KVM_CREATE_VCPU, 0);
	size_t size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu_fd, 0);
	struct kvm_regs regs = { .pc = GUEST_START, .msr = GUEST_MSR };
	struct kvm_sregs sregs;
	__u64 again;
	int ret;

	ret = ioctl(vcpu_fd, KVM_GET_SREGS, &sregs);
	asm("mfpvr %0" : "=r"(sregs.pvr));
	if (!ok(run != MAP_FAILED && !ret && !ioctl(vcpu_fd, KVM_SET_SREGS, &sregs) &&
		!ioctl(vcpu_fd, KVM_ENABLE_CAP, &papr) && !ioctl(vcpu_fd, KVM_SET_REGS, &regs),
		"%s: a PAPR vCPU with the PVR of the processor", name))
		goto out;
	ret = set_mode(vcpu_fd, vcpu->mode);
	if (!ok(!ret, "%s: the vCPU is put into the mode: %s", name, result(ret)))
		goto out;

	if (!run_to(vcpu_fd, run, name, H_CAS, 0x1234))
		goto out;
	ret = kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &again);
	ok(ret == (vcpu->reported ? 0 : -ENOTTY) && again == vcpu->reported,
	   "%s: the vCPU's thread gets the same answer", name);
	ret = set_mode(vcpu_fd, vcpu->mode);
	ok(!ret, "%s: CAS puts the vCPU into the mode: %s", name, result(ret));
	run->papr_hcall.ret = cas_result;

	if (!run_to(vcpu_fd, run, name, H_RTAS, 5050))
		goto out;
	ok(!ioctl(vcpu_fd, KVM_GET_REGS, &regs) && regs.gpr[14] == sregs.pvr, "%s: the guest has seen the PVR", name);
	ok(*(uint64_t *)(vcpu->memory + RESULT) == 5050 && *(uint64_t *)(vcpu->memory + RESULT + 8) == cas_result,
	   "%s: the guest has stored its result, and what CAS returned", name);
out:
	close(vcpu_fd);
	return NULL;
}

/* Run the guest in that mode, which was chosen from an answer of these bits, in the VM that there is. */
static void run_guest(const struct mode *mode, uint64_t reported)
{
	struct vcpu vcpu = { .mode = mode, .reported = reported };
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	pthread_t thread;

	vcpu.memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(vcpu.memory + GUEST_START, guest, guest_end - guest);
	region.userspace_addr = (uintptr_t)vcpu.memory;
	if (ok(!ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region), "%s: the guest's memory", mode->name) &&
	    !pthread_create(&thread, NULL, run_vcpu, &vcpu))
		pthread_join(thread, NULL);
	munmap(vcpu.memory, MEMORY);
}

int main(void)
{
	uint32_t pvr;
	__u64 caps;
	size_t i;
	int ret;

	/* a guest that hangs is a failure, and soon */
	alarm(60);
	setvbuf(stdout, NULL, _IOLBF, 0);
	asm("mfpvr %0" : "=r"(pvr));
	kvm_fd = open("/dev/kvm", O_RDWR);
	for (i = 0; i < MODES; i++) {
		vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
		ret = kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &caps);
		if (!i)
			printf("# the host's answer: %s, %#" PRIx64 "\n", ret ? strerrorname_np(-ret) : "0", (uint64_t)caps);
		if (ret ? pvr >> 16 == modes[i].processor : !!(caps & modes[i].bit))
			run_guest(&modes[i], caps);
		close(vm_fd);
	}
	return tap_done();
}
