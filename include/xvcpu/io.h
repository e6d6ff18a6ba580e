/* SPDX-License-Identifier: GPL-2.0 */
/* Port I/O. */
#ifndef _XVCPU_IO_H
#define _XVCPU_IO_H

struct xvcpu_vcpu;

int xvcpu_io_access(struct xvcpu_vcpu *vcpu);
int xvcpu_io_access_slow(struct xvcpu_vcpu *vcpu);
int xvcpu_io_complete(struct xvcpu_vcpu *vcpu);

#endif /* _XVCPU_IO_H */
