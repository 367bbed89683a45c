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
 *
 * Usage: vmm [late CAPABILITIES [LAXER-MODE...]]
 *	late	the module is loaded, for the first time, while the guest runs; it is unloaded at the end. The module
 *		cannot know that the VM is older, so the VMM's answer changes: this shows what happens to a guest then
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

#include "module.h"
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
static const struct mode *processor; /* the newest one that it has */

struct vcpu {
	const struct mode *mode;
	uint64_t reported; /* by the answer that the mode was chosen from; of a late one, by that at CAS */
	bool laxer;	   /* of a late one: the kernel gives the processor's mode although it is not reported */
	unsigned char *memory;
	int fd;
	struct kvm_run *run;
	uint64_t pvr;
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
static bool run_to(struct vcpu *vcpu, uint64_t call, uint64_t argument)
{
	const char *name = vcpu->mode->name;
	struct kvm_run *run = vcpu->run;
	struct kvm_regs regs;
	/* where all is well, old kernels return what they tell themselves by, RESUME_HOST, instead of 0 */
	int ret = ioctl(vcpu->fd, KVM_RUN, 0) < 0;
	bool called;

	if (!ok(!ret, "%s: KVM_RUN: %s", name, result(ret)))
		return false;
	called = run->exit_reason == KVM_EXIT_PAPR_HCALL && run->papr_hcall.nr == call;
	if (!ok(called && run->papr_hcall.args[0] == argument, "%s: the guest makes call %#" PRIx64, name, call)) {
		printf("# exit reason %u, call %#" PRIx64 "\n", run->exit_reason, (uint64_t)run->papr_hcall.nr);
		return false;
	}
	ok(!ioctl(vcpu->fd, KVM_GET_REGS, &regs) && regs.gpr[15] == 5050, "%s: it has computed", name);
	printf("# %s: pc %#" PRIx64 " msr %#" PRIx64 " ctr %" PRIu64 " r4 %#" PRIx64 " r15 %" PRIu64 " r16 %#" PRIx64 "\n",
	       name, (uint64_t)regs.pc, (uint64_t)regs.msr, (uint64_t)regs.ctr, (uint64_t)regs.gpr[4],
	       (uint64_t)regs.gpr[15], (uint64_t)regs.gpr[16]);
	return true;
}

/* A vCPU at the start of the guest, in its mode */
static bool make_vcpu(struct vcpu *vcpu)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_regs regs = { .pc = GUEST_START, .msr = GUEST_MSR };
	const char *name = vcpu->mode->name;
	struct kvm_sregs sregs;
	int ret;

	vcpu->fd = ioctl(vm_fd, KVM_CREATE_VCPU, 0);
	vcpu->run = mmap(NULL, ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	ret = ioctl(vcpu->fd, KVM_GET_SREGS, &sregs);
	asm("mfpvr %0" : "=r"(vcpu->pvr));
	sregs.pvr = vcpu->pvr;
	if (!ok(vcpu->run != MAP_FAILED && !ret && !ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) &&
		!ioctl(vcpu->fd, KVM_ENABLE_CAP, &papr) && !ioctl(vcpu->fd, KVM_SET_REGS, &regs),
		"%s: a PAPR vCPU with the PVR of the processor", name))
		return false;
	ret = set_mode(vcpu->fd, vcpu->mode);
	return ok(!ret, "%s: the vCPU is put into the mode: %s", name, result(ret));
}

/* The vCPU's thread: from its making to the guest's last call. */
static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	const char *name = vcpu->mode->name;
	const uint64_t cas_result = 0x5678;
	struct kvm_regs regs;
	__u64 again;
	int ret;

	if (!make_vcpu(vcpu))
		goto out;
	if (!run_to(vcpu, H_CAS, 0x1234))
		goto out;
	ret = kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &again);
	ok(ret == (vcpu->reported ? 0 : -ENOTTY) && again == vcpu->reported,
	   "%s: the vCPU's thread gets the same answer", name);
	ret = set_mode(vcpu->fd, vcpu->mode);
	ok(!ret, "%s: CAS puts the vCPU into the mode: %s", name, result(ret));
	vcpu->run->papr_hcall.ret = cas_result;

	if (!run_to(vcpu, H_RTAS, 5050))
		goto out;
	ok(!ioctl(vcpu->fd, KVM_GET_REGS, &regs) && regs.gpr[14] == vcpu->pvr, "%s: the guest has seen the PVR", name);
	ok(*(uint64_t *)(vcpu->memory + RESULT) == 5050 && *(uint64_t *)(vcpu->memory + RESULT + 8) == cas_result,
	   "%s: the guest has stored its result, and what CAS returned", name);
out:
	close(vcpu->fd);
	return NULL;
}

/*
 * That of a VMM which had no answer at the start, so that it took the processor as it is, and has one at CAS: the module
 * was loaded meanwhile, for the first time. As QEMU does, it takes the mode of the processor then.
 */
static void *run_late_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	const char *name = vcpu->mode->name;
	__u64 again;
	int ret;

	if (!make_vcpu(vcpu) || !run_to(vcpu, H_CAS, 0x1234))
		goto out;
	is("load the module", load_module(OURS, ""), "0");
	ret = kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &again);
	ok(!ret && again == vcpu->reported, "%s: the answer is there at CAS", name);
	ret = set_mode(vcpu->fd, processor);
	is("CAS puts the vCPU into the processor's mode", result(ret),
	   vcpu->laxer || processor->bit & again ? "0" : "EINVAL");
	is("unload the module", unload("kvm_ppc_compat"), "0");
out:
	close(vcpu->fd);
	return NULL;
}

/* Run the guest in the VM that there is, by @thread. */
static void run_guest(struct vcpu vcpu, void *(*thread)(void *))
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	pthread_t id;

	vcpu.memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(vcpu.memory + GUEST_START, guest, guest_end - guest);
	region.userspace_addr = (uintptr_t)vcpu.memory;
	if (ok(!ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region), "%s: the guest's memory", vcpu.mode->name) &&
	    !pthread_create(&id, NULL, thread, &vcpu))
		pthread_join(id, NULL);
	munmap(vcpu.memory, MEMORY);
}

int main(int argc, char **argv)
{
	static const struct mode raw = { .name = "no mode" };
	struct vcpu late = { .mode = &raw };
	uint32_t pvr;
	__u64 caps;
	size_t i;
	int ret;

	/* a guest that hangs is a failure, and soon */
	alarm(60);
	setvbuf(stdout, NULL, _IOLBF, 0);
	asm("mfpvr %0" : "=r"(pvr));
	for (i = 0; i < MODES; i++)
		if (pvr >> 16 == modes[i].processor)
			processor = &modes[i];
	kvm_fd = open("/dev/kvm", O_RDWR);
	if (argc > 2) {
		late.reported = strtoull(argv[2], NULL, 16);
		for (i = 3; i < (size_t)argc; i++)
			late.laxer |= !strcmp(argv[i], processor->name);
		vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
		run_guest(late, run_late_vcpu);
		close(vm_fd);
		return tap_done();
	}
	for (i = 0; i < MODES; i++) {
		vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
		ret = kvm_ppc_get_compat_caps(kvm_fd, vm_fd, &caps);
		if (!i)
			printf("# the host's answer: %s, %#" PRIx64 "\n", ret ? strerrorname_np(-ret) : "0", (uint64_t)caps);
		if (ret ? &modes[i] == processor : !!(caps & modes[i].bit))
			run_guest((struct vcpu){ .mode = &modes[i], .reported = caps }, run_vcpu);
		close(vm_fd);
	}
	return tap_done();
}
