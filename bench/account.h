/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks between which an emulator that can notes each instruction.
 */
#ifndef BENCH_ACCOUNT_H
#define BENCH_ACCOUNT_H

void account_begin(void);
void account_end(const char *row, int times);

#endif
