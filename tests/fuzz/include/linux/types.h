/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types in userspace, for the pure parts of the module. */
#ifndef FUZZ_LINUX_TYPES_H
#define FUZZ_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include_next <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int64_t s64;
typedef uint64_t u64;

#endif /* FUZZ_LINUX_TYPES_H */
