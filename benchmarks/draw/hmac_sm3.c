/* As many HMAC-SM3 tickets as a draw has entries, and nothing else: the other side of benchmarks/draw/run.py.
 *
 * GM/T 0004-2012 (SM3) and RFC 2104 (HMAC), portable C. The two padded keys are absorbed once, as any careful
 * program would: two compressions a ticket. Usage: hmac_sm3 N; prints the first four bytes of the last ticket so that
 * nothing is optimised away.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rotl(uint32_t x, int n) { n &= 31; return n ? (x << n) | (x >> (32 - n)) : x; }
static uint32_t p0(uint32_t x) { return x ^ rotl(x, 9) ^ rotl(x, 17); }
static uint32_t p1(uint32_t x) { return x ^ rotl(x, 15) ^ rotl(x, 23); }

static const uint32_t START[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                  0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};
static uint32_t TURNED[64];

static void compress(uint32_t state[8], const uint8_t block[64]) {
    uint32_t w[68];
    for (int j = 0; j < 16; j++)
        w[j] = (uint32_t)block[4 * j] << 24 | (uint32_t)block[4 * j + 1] << 16 | (uint32_t)block[4 * j + 2] << 8 | block[4 * j + 3];
    for (int j = 16; j < 68; j++)
        w[j] = p1(w[j - 16] ^ w[j - 9] ^ rotl(w[j - 3], 15)) ^ rotl(w[j - 13], 7) ^ w[j - 6];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int j = 0; j < 64; j++) {
        uint32_t ss1 = rotl(rotl(a, 12) + e + TURNED[j], 7), ss2 = ss1 ^ rotl(a, 12);
        uint32_t ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
        uint32_t gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
        uint32_t tt1 = ff + d + ss2 + (w[j] ^ w[j + 4]), tt2 = gg + h + ss1 + w[j];
        d = c; c = rotl(b, 9); b = a; a = tt1;
        h = g; g = rotl(f, 19); f = e; e = p0(tt2);
    }
    state[0] ^= a; state[1] ^= b; state[2] ^= c; state[3] ^= d;
    state[4] ^= e; state[5] ^= f; state[6] ^= g; state[7] ^= h;
}

/* Finish a hash that has absorbed one block of padded key, with one short text. */
static void finish(const uint32_t keyed[8], const uint8_t *text, size_t length, uint8_t out[32]) {
    uint32_t state[8];
    uint8_t block[64] = {0};
    uint64_t bits = (64 + length) * 8;
    memcpy(state, keyed, sizeof state);
    memcpy(block, text, length); /* length <= 55: checked by main */
    block[length] = 0x80;
    for (int j = 0; j < 8; j++) block[63 - j] = (uint8_t)(bits >> (8 * j));
    compress(state, block);
    for (int j = 0; j < 8; j++) {
        out[4 * j] = state[j] >> 24; out[4 * j + 1] = state[j] >> 16;
        out[4 * j + 2] = state[j] >> 8; out[4 * j + 3] = state[j];
    }
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 1000000;
    uint8_t key[32], pad[64], ticket[32] = {0}, middle[32];
    uint32_t inner[8], outer[8];
    for (int j = 0; j < 64; j++) TURNED[j] = rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j);
    memset(key, 0x11, sizeof key);
    memset(pad, 0x36, 64);
    for (int j = 0; j < 32; j++) pad[j] ^= key[j];
    memcpy(inner, START, sizeof inner);
    compress(inner, pad);
    memset(pad, 0x5c, 64);
    for (int j = 0; j < 32; j++) pad[j] ^= key[j];
    memcpy(outer, START, sizeof outer);
    compress(outer, pad);
    uint32_t all = 0;
    for (long i = 0; i < n; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "B|T-%07ld", i);
        if (length < 0 || length > 55) return 2;
        finish(inner, (const uint8_t *)text, (size_t)length, middle);
        finish(outer, middle, 32, ticket);
        all ^= ticket[0] ^ (uint32_t)ticket[31] << 8;
    }
    for (int j = 0; j < 32; j++) printf("%02x", ticket[j]);
    printf(" %08x\n", all);
    return 0;
}
