/* The peer around libmacaroons; PROTOCOL.md says what it measures. The library of Debian 12 knows
 * the V1 format alone, and reads and writes it as base64url, so that is part of every operation. */
#include <macaroons.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CAVEATS = 5, TOKEN_BYTES = 4096 };

typedef struct {
  unsigned char data[512];
  size_t size;
} bytes;

static bytes key, identifier, location, caveats[CAVEATS];
static char two[TOKEN_BYTES], five[TOKEN_BYTES], made[TOKEN_BYTES];
static struct macaroon_verifier *verifier;

static void check(int holds) {
  if (!holds) {
    fprintf(stderr, "bench_c: error: an operation failed\n");
    exit(1);
  }
}

static bytes from_hex(const char *word) {
  bytes value = {.size = strlen(word) / 2};
  check(value.size <= sizeof value.data);
  for (size_t i = 0; i < value.size; i++) {
    unsigned byte;
    check(sscanf(word + 2 * i, "%2x", &byte) == 1);
    value.data[i] = (unsigned char)byte;
  }
  return value;
}

static struct macaroon *append(struct macaroon *m, int from, int to) {
  enum macaroon_returncode error;
  check(m != NULL);
  for (int i = from; i < to; i++) {
    struct macaroon *next =
        macaroon_add_first_party_caveat(m, caveats[i].data, caveats[i].size, &error);
    macaroon_destroy(m);
    check(next != NULL);
    m = next;
  }
  return m;
}

static void write_token(struct macaroon *m, char *text) {
  enum macaroon_returncode error;
  check(macaroon_serialize(m, text, TOKEN_BYTES, &error) == 0);
  macaroon_destroy(m);
}

static void mint_into(char *text, int count) {
  enum macaroon_returncode error;
  struct macaroon *m = macaroon_create(location.data, location.size, key.data, key.size,
                                       identifier.data, identifier.size, &error);
  write_token(append(m, 0, count), text);
}

static void mint(void) { mint_into(made, CAVEATS); }

static void attenuate(void) {
  enum macaroon_returncode error;
  write_token(append(macaroon_deserialize(two, &error), 2, CAVEATS), made);
}

static void verify(void) {
  enum macaroon_returncode error;
  struct macaroon *m = macaroon_deserialize(five, &error);
  check(m != NULL);
  check(macaroon_verify(verifier, m, key.data, key.size, NULL, 0, &error) == 0);
  macaroon_destroy(m);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure(const char *name, void (*operation)(void)) {
  double best = 1e18;
  for (int round = 0; round < 9; round++) {
    double start = now(), end;
    long count = 0;
    do {
      for (int i = 0; i < 256; i++) operation();
      count += 256;
      end = now();
    } while (end - start < 50e6);
    if ((end - start) / (double)count < best) best = (end - start) / (double)count;
  }
  printf("%s %.2f\n", name, best);
}

int main(int count, char **words) {
  enum macaroon_returncode error;
  check(count == 4 + CAVEATS);
  key = from_hex(words[1]), identifier = from_hex(words[2]), location = from_hex(words[3]);
  verifier = macaroon_verifier_create();
  for (int i = 0; i < CAVEATS; i++) {
    caveats[i] = from_hex(words[4 + i]);
    check(macaroon_verifier_satisfy_exact(
              verifier, caveats[i].data, caveats[i].size, &error) == 0);
  }
  mint_into(two, 2);
  mint_into(five, CAVEATS);
  measure("mint", mint);
  measure("attenuate", attenuate);
  measure("verify", verify);
  attenuate();
  printf("token ");
  for (char *c = made; *c != '\0'; c++) printf("%02x", (unsigned char)*c);
  printf("\n");
  return 0;
}
