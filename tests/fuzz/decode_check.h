/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DECODE_CHECK_H
#define DECODE_CHECK_H

#include <linux/types.h>

/*
 * Whether the decoder and the disassembler agree on an instruction; if not, it
 * says over what.  Code sizes are 2, 4 and 8.
 */
bool decode_check(const u8 *bytes, u32 size, u8 code_size);

extern unsigned long decode_accepted;	/* how many both took */

#endif /* DECODE_CHECK_H */
