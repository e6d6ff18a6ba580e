/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what a vCPU does, for perf, trace-cmd and bpftrace. A vCPU is named
 * by its key, as netlink and the command do. The CPU, the time and the thread are
 * those of the record itself.
 *
 * xvcpu_bind is in the CPU's thread just after VMPTRLD, xvcpu_entry before each VM
 * entry, xvcpu_exit after each VM exit, and xvcpu_entry_failed instead of that.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xvcpu

#if !defined(_XVCPU_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XVCPU_TRACE_H

#include <linux/tracepoint.h>
#include <asm/vmx.h>

TRACE_EVENT(xvcpu_bind,
	TP_PROTO(u32 vcpu, int from),
	TP_ARGS(vcpu, from),
	TP_STRUCT__entry(
		__field(u32, vcpu)
		__field(int, from)
	),
	TP_fast_assign(
		__entry->vcpu = vcpu;
		__entry->from = from;
	),
	TP_printk("vcpu=%u from=%d", __entry->vcpu, __entry->from)
);

TRACE_EVENT(xvcpu_entry,
	TP_PROTO(u32 vcpu, bool launch),
	TP_ARGS(vcpu, launch),
	TP_STRUCT__entry(
		__field(u32, vcpu)
		__field(bool, launch)
	),
	TP_fast_assign(
		__entry->vcpu = vcpu;
		__entry->launch = launch;
	),
	TP_printk("vcpu=%u %s", __entry->vcpu,
		  __entry->launch ? "VMLAUNCH" : "VMRESUME")
);

TRACE_EVENT(xvcpu_exit,
	TP_PROTO(u32 vcpu, u32 reason, u64 qualification, u64 rip),
	TP_ARGS(vcpu, reason, qualification, rip),
	TP_STRUCT__entry(
		__field(u32, vcpu)
		__field(u32, reason)
		__field(u64, qualification)
		__field(u64, rip)
	),
	TP_fast_assign(
		__entry->vcpu = vcpu;
		__entry->reason = reason;
		__entry->qualification = qualification;
		__entry->rip = rip;
	),
	TP_printk("vcpu=%u reason=%s qualification=0x%llx rip=0x%llx",
		  __entry->vcpu,
		  __print_symbolic(__entry->reason & 0xffff, VMX_EXIT_REASONS),
		  __entry->qualification, __entry->rip)
);

/* @reason: a VM-instruction error, or an exit reason with bit 31. */
TRACE_EVENT(xvcpu_entry_failed,
	TP_PROTO(u32 vcpu, u64 reason),
	TP_ARGS(vcpu, reason),
	TP_STRUCT__entry(
		__field(u32, vcpu)
		__field(u64, reason)
	),
	TP_fast_assign(
		__entry->vcpu = vcpu;
		__entry->reason = reason;
	),
	TP_printk("vcpu=%u reason=0x%llx", __entry->vcpu, __entry->reason)
);

#endif /* _XVCPU_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH xvcpu
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
