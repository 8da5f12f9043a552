// Makes code lengths and codes from counts of symbols (RFC 1951, 3.2.2).

#include "deflate_block.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SYMBOLS = 288, MOST_BITS = 15 };

static int by_value(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/// Converts ascending weights to the depths of their leaves, descending (Moffat and Katajainen 1995).
static void depths_in_place(uint32_t *a, int n) {
    int leaf = 0, root = 0;
    for (int next = 0; next < n - 1; next++) {
        uint32_t sum = 0;
        for (int child = 0; child < 2; child++) {
            if (leaf >= n || (root < next && a[root] < a[leaf])) {
                sum += a[root];
                a[root++] = (uint32_t)next;
            } else {
                sum += a[leaf++];
            }
        }
        a[next] = sum;
    }
    a[n - 2] = 0;
    for (int next = n - 3; next >= 0; next--) a[next] = a[a[next]] + 1;
    int available = 1, used = 0, next = n - 1;
    uint32_t depth = 0;
    root = n - 2;
    while (available > 0) {
        while (root >= 0 && a[root] == depth) {
            used++;
            root--;
        }
        while (available > used) {
            a[next--] = depth;
            available--;
        }
        available = 2 * used;
        used = 0;
        depth++;
    }
}

void deflate_code_lengths(const uint32_t *counts, unsigned count, unsigned limit, uint8_t *lengths) {
    uint64_t order[MOST_SYMBOLS];
    uint32_t depths[MOST_SYMBOLS];
    int used = 0;
    memset(lengths, 0, count);
    for (unsigned symbol = 0; symbol < count; symbol++)
        if (counts[symbol]) order[used++] = (uint64_t)counts[symbol] << 16 | symbol;
    for (unsigned symbol = 0; used < 2; symbol++)
        if (!counts[symbol]) order[used++] = symbol;
    qsort(order, (size_t)used, sizeof *order, by_value);
    for (int i = 0; i < used; i++) depths[i] = (uint32_t)(order[i] >> 16);
    depths_in_place(depths, used);
    // Leaves deeper than the limit are moved up to it; the deepest of the others are moved down to make the code
    // complete.
    unsigned at[MOST_BITS + 1] = {0};
    for (int i = 0; i < used; i++) at[depths[i] < limit ? depths[i] : limit]++;
    uint32_t taken = 0;
    for (unsigned bits = 1; bits <= limit; bits++) taken += (uint32_t)at[bits] << (limit - bits);
    while (taken > 1u << limit) {
        unsigned bits = limit - 1;
        while (!at[bits]) bits--;
        at[bits]--;
        at[bits + 1] += 2;
        at[limit]--;
        taken--;
    }
    int next = 0;
    for (unsigned bits = limit; bits > 0; bits--)
        for (unsigned i = 0; i < at[bits]; i++) lengths[order[next++] & 0xffff] = (uint8_t)bits;
}

void deflate_codes(const uint8_t *lengths, unsigned count, uint16_t *codes) {
    unsigned at[MOST_BITS + 2] = {0}, next[MOST_BITS + 2] = {0};
    for (unsigned symbol = 0; symbol < count; symbol++) at[lengths[symbol]]++;
    at[0] = 0;
    for (unsigned bits = 1; bits <= MOST_BITS; bits++) next[bits] = (next[bits - 1] + at[bits - 1]) << 1;
    for (unsigned symbol = 0; symbol < count; symbol++) {
        unsigned length = lengths[symbol], code = next[length]++, reversed = 0;
        for (unsigned bit = 0; bit < length; bit++) reversed |= (code >> bit & 1) << (length - 1 - bit);
        codes[symbol] = (uint16_t)reversed;
    }
}
