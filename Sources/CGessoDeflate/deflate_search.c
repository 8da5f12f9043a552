// Finds matches in the window by hash, and chooses between matches and literals.

#include "deflate_state.h"

#include <string.h>

enum {
    /// For a match of this length the search stops, and only its first and last positions are stored.
    LONG = 32,
    FIRST_PLACES = 16,
    LAST_PLACES = 4,
    KEY_BYTES = 6,
    /// The number of earlier positions tried in graphics, which have few candidates and gain much from them.
    DEEP_TRIES = 96,
};

typedef struct {
    /// The number of bits saved compared to literals, in sixteenths; 0 if there is no match.
    int gain;
    uint32_t length, distance;
} copy;

/// Distances at which the same bytes may occur: two for a fast search, four for a lazy one.
typedef struct {
    uint32_t distances[4];
} candidates;

static inline __attribute__((always_inline)) uint64_t load64(const uint8_t *from) {
    uint64_t word;
    memcpy(&word, from, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// Stores `position`, where `here` points, and returns the earlier positions with the same hash.
static inline __attribute__((always_inline)) candidates exchange(gesso_deflate *deflate, const uint8_t *here,
                                                                 uint16_t position, gesso_deflate_search search) {
    const uint64_t odd = 0x9E3779B97F4A7C15, other_odd = 0xC2B2AE3D27D4EB4F;
    uint64_t word = load64(here);
    uint32_t *places = &deflate->places[((word << (64 - 8 * KEY_BYTES)) * odd) >> (64 - DEFLATE_HASH_BITS)];
    candidates found = {{(uint16_t)(position - *places), (uint32_t)deflate->piece}};
    if (search == GESSO_DEFLATE_LAZY) {
        uint64_t hash = word * odd ^ load64(here + 8) * other_odd;
        uint16_t *far_place = &deflate->far_places[hash >> (64 - DEFLATE_HASH_BITS)];
        found.distances[2] = (uint16_t)(position - (*places >> 16));
        found.distances[3] = (uint16_t)(position - *far_place);
        *far_place = position;
        deflate->earlier[position] = (uint16_t)*places;
    }
    *places = *places << 16 | position;
    return found;
}

/// `distance`, or 0 unless six bytes at that distance are the same.
static inline __attribute__((always_inline)) uint64_t difference_of_key(const uint8_t *here, uint32_t distance) {
    return (load64(here - distance) ^ load64(here)) << (64 - 8 * KEY_BYTES);
}

/// The number of equal bytes at that distance, at most `most`.
static inline uint32_t common(const uint8_t *here, uint32_t distance, uint32_t most) {
    for (uint32_t length = 0; length < most; length += 8) {
        uint64_t difference = load64(here + length) ^ load64(here + length - distance);
        if (difference) {
            length += (uint32_t)__builtin_ctzll(difference) >> 3;
            return length < most ? length : most;
        }
    }
    return most;
}

/// The gain of a match of `length` bytes; `sums` are the costs of the literals from there on.
static inline int gain_of(const gesso_deflate *deflate, uint32_t distance, uint32_t length, const uint16_t *sums) {
    // Sums are modulo 2^16; the literals of one match never cost that much.
    return (uint16_t)(sums[length] - sums[0]) - deflate->length_costs[length]
        - deflate->distance_costs[deflate_distance_slot(distance)];
}

/// Follows the chain of earlier positions after the candidates.
static copy better_copy(const gesso_deflate *deflate, const uint8_t *here, uint16_t position, uint32_t most,
                        uint32_t reach, copy best, const uint16_t *sums) {
    uint32_t last = 0;
    uint16_t place = deflate->earlier[position];
    for (int i = 0; i < DEEP_TRIES && best.length < most; i++, place = deflate->earlier[place]) {
        uint32_t distance = (uint16_t)(position - place);
        // An outdated position ends the chain.
        if (distance <= last || distance > reach) break;
        last = distance;
        if (here[best.length] != *(here + best.length - distance) || difference_of_key(here, distance)) continue;
        uint32_t length = common(here, distance, most);
        if (length < KEY_BYTES) continue;
        int gain = gain_of(deflate, distance, length, sums);
        if (gain > best.gain) best = (copy){gain, length, distance};
    }
    return best;
}

/// The candidate with the largest gain.
static copy best_copy(const gesso_deflate *deflate, size_t at, size_t end, const candidates *found, int count,
                      const uint16_t *sums) {
    copy best = {0, 0, 0};
    const uint8_t *here = deflate->window + at;
    uint32_t most = end - at < DEFLATE_LONGEST ? (uint32_t)(end - at) : DEFLATE_LONGEST;
    uint32_t reach = at - deflate->origin < DEFLATE_HISTORY ? (uint32_t)(at - deflate->origin) : DEFLATE_HISTORY;
    for (int i = 0; i < count; i++) {
        uint32_t distance = found->distances[i];
        if (distance - 1 >= reach || difference_of_key(here, distance)) continue;
        uint32_t length = common(here, distance, most);
        if (length < KEY_BYTES) continue;
        int gain = gain_of(deflate, distance, length, sums);
        if (gain > best.gain) best = (copy){gain, length, distance};
    }
    if (!deflate->is_deep || !best.length) return best;
    return better_copy(deflate, here, (uint16_t)(deflate->base + at), most, reach, best, sums);
}

/// Sums up the costs of literals from `at` on, as far as matches of a chunk can extend.
static void sum_literals(gesso_deflate *deflate, size_t at, size_t end) {
    size_t most = DEFLATE_CHUNK + DEFLATE_LONGEST, count = end - at < most ? end - at : most;
    uint16_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        deflate->literal_sums[i] = sum;
        sum += deflate->literal_costs[deflate->window[at + i]];
    }
    deflate->literal_sums[count] = sum;
}

static inline void add_step(gesso_deflate *deflate, size_t literals, copy taken) {
    deflate->steps[deflate->step_count++] =
        (deflate_step){(uint32_t)literals, (uint16_t)taken.length, (uint16_t)taken.distance};
    if (!taken.length) return;
    deflate->chunk.lengths[DEFLATE_END + 1 + deflate->length_slots[taken.length]]++;
    deflate->chunk.distances[deflate_distance_slot(taken.distance)]++;
}

static inline __attribute__((always_inline)) size_t search_chunk(gesso_deflate *deflate, size_t at, size_t end,
                                                                 gesso_deflate_search search) {
    const uint8_t *window = deflate->window;
    uint32_t *counts = deflate->chunk.lengths;
    const uint16_t *sums = deflate->literal_sums, base = deflate->base;
    int count = search == GESSO_DEFLATE_LAZY ? 4 : 2;
    size_t from = at, literals_from = at, stop = end - at < DEFLATE_CHUNK ? end : at + DEFLATE_CHUNK;
    while (at < stop) {
        candidates found = exchange(deflate, window + at, (uint16_t)(base + at), search);
        // In a photograph most positions have no match: a single well-predicted branch covers all candidates.
        int differs = 1;
        for (int i = 0; i < count; i++) differs &= difference_of_key(window + at, found.distances[i]) != 0;
        copy taken = {0, 0, 0};
        if (!differs) taken = best_copy(deflate, at, end, &found, count, sums + (at - from));
        if (taken.gain == 0) {
            counts[window[at++]]++;
            continue;
        }
        size_t known = at + 1;
        // Emits a literal instead of a match if the match that begins one byte later gains more.
        while (search == GESSO_DEFLATE_LAZY && taken.length < LONG && known < stop) {
            found = exchange(deflate, window + known, (uint16_t)(base + known), search);
            copy next = best_copy(deflate, known, end, &found, count, sums + (known - from));
            known++;
            if (next.gain <= taken.gain) break;
            counts[window[at++]]++;
            taken = next;
        }
        add_step(deflate, at - literals_from, taken);
        int is_long = taken.length > LONG && !deflate->is_deep;
        size_t first = at + (is_long ? FIRST_PLACES : taken.length);
        for (; known < first; known++) exchange(deflate, window + known, (uint16_t)(base + known), search);
        at += taken.length;
        if (is_long)
            for (known = at - LAST_PLACES; known < at; known++)
                exchange(deflate, window + known, (uint16_t)(base + known), search);
        literals_from = at;
    }
    if (at > literals_from) add_step(deflate, at - literals_from, (copy){0, 0, 0});
    return at;
}

size_t deflate_search_chunk(gesso_deflate *deflate, size_t at, size_t end) {
    sum_literals(deflate, at, end);
    return deflate->search == GESSO_DEFLATE_FAST ? search_chunk(deflate, at, end, GESSO_DEFLATE_FAST)
                                                 : search_chunk(deflate, at, end, GESSO_DEFLATE_LAZY);
}
