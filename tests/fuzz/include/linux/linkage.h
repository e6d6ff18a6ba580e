/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_LINKAGE_H
#define FUZZ_LINUX_LINKAGE_H

#define asmlinkage

#endif /* FUZZ_LINUX_LINKAGE_H */
