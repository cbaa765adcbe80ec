/* The peer around libmacaroons; PROTOCOL.md says what it reads and writes. The library of Debian 12
 * knows the V1 format alone and has no accessor for verification ids, so there is no `show`. */
#include <macaroons.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1 << 22, MAX_WORDS = 4096 };

typedef struct {
  unsigned char *data;
  size_t size;
} bytes;

static bytes from_hex(const char *word) {
  bytes value = {malloc(strlen(word) + 1), 0};
  if (value.data == NULL) abort();
  if (strcmp(word, "-") == 0) return value;
  for (unsigned byte; sscanf(word, "%2x", &byte) == 1; word += 2) {
    value.data[value.size++] = (unsigned char)byte;
    if (word[1] == '\0') break;
  }
  return value;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The library reads and writes base64url; the comparison wants the bytes. */
static char *to_base64(bytes value) {
  char *text = malloc(value.size * 4 / 3 + 8), *out = text;
  if (text == NULL) abort();
  for (size_t i = 0; i < value.size; i += 3) {
    unsigned bits = 0;
    size_t count = value.size - i < 3 ? value.size - i : 3;
    for (size_t j = 0; j < 3; j++) bits = bits << 8 | (j < count ? value.data[i + j] : 0);
    for (size_t j = 0; j <= count; j++) *out++ = alphabet[bits >> (18 - 6 * j) & 63];
  }
  *out = '\0';
  return text;
}

static void print_token(const char *text) {
  unsigned bits = 0, count = 0;
  printf("ok ");
  for (; *text != '\0' && *text != '='; text++) {
    bits = bits << 6 | (unsigned)(strchr(alphabet, *text) - alphabet);
    count += 6;
    if (count >= 8) printf("%02x", bits >> (count -= 8) & 255);
  }
  printf("\n");
}

static struct macaroon *append(struct macaroon *m, char **words, enum macaroon_returncode *error) {
  for (; m != NULL && *words != NULL; words++) {
    struct macaroon *next;
    if (strncmp(*words, "t:", 2) == 0) {
      char *location = *words + 2, *key = strchr(location, ':'), *id = strchr(key + 1, ':');
      *key++ = *id++ = '\0';
      bytes l = from_hex(location), k = from_hex(key), i = from_hex(id);
      next = macaroon_add_third_party_caveat(
          m, l.data, l.size, k.data, k.size, i.data, i.size, error);
      free(l.data), free(k.data), free(i.data);
    } else {
      bytes condition = from_hex(*words);
      next = macaroon_add_first_party_caveat(m, condition.data, condition.size, error);
      free(condition.data);
    }
    macaroon_destroy(m);
    m = next;
  }
  return m;
}

static void print_macaroon(struct macaroon *m) {
  enum macaroon_returncode error;
  if (m == NULL) {
    printf("error\n");
    return;
  }
  size_t size = macaroon_serialize_size_hint(m);
  char *text = malloc(size);
  if (text == NULL) abort();
  if (macaroon_serialize(m, text, size, &error) == 0) print_token(text);
  else printf("error\n");
  free(text);
  macaroon_destroy(m);
}

static struct macaroon *parse(const char *word, enum macaroon_returncode *error) {
  bytes token = from_hex(word);
  char *text = to_base64(token);
  struct macaroon *m = macaroon_deserialize(text, error);
  free(token.data), free(text);
  return m;
}

static int verifies(char **words, enum macaroon_returncode *error) {
  struct macaroon *m = parse(words[1], error);
  if (m == NULL) return 0;
  bytes key = from_hex(words[0]);
  struct macaroon_verifier *verifier = macaroon_verifier_create();
  for (char **word = words + 2; *word != NULL; word++) {
    bytes condition = from_hex(*word);
    macaroon_verifier_satisfy_exact(verifier, condition.data, condition.size, error);
    free(condition.data);
  }
  int accepted = macaroon_verify(verifier, m, key.data, key.size, NULL, 0, error) == 0;
  macaroon_verifier_destroy(verifier);
  macaroon_destroy(m);
  free(key.data);
  return accepted;
}

static void answer(char **words, int count) {
  enum macaroon_returncode error = MACAROON_SUCCESS;
  if (strcmp(words[1], "v1") != 0) {
    printf("error\n");
  } else if (count >= 5 && strcmp(words[0], "mint") == 0) {
    bytes key = from_hex(words[2]), id = from_hex(words[3]), location = from_hex(words[4]);
    struct macaroon *m = macaroon_create(
        location.data, location.size, key.data, key.size, id.data, id.size, &error);
    free(key.data), free(id.data), free(location.data);
    print_macaroon(append(m, words + 5, &error));
  } else if (count >= 3 && strcmp(words[0], "attenuate") == 0) {
    print_macaroon(append(parse(words[2], &error), words + 3, &error));
  } else if (count >= 4 && strcmp(words[0], "verify") == 0) {
    printf(verifies(words + 2, &error) ? "ok\n" : "refused\n");
  } else {
    printf("error\n");
  }
}

int main(void) {
  static char line[LINE_BYTES];
  static char *words[MAX_WORDS + 1];
  while (fgets(line, sizeof line, stdin) != NULL) {
    int count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && count < MAX_WORDS;
         word = strtok(NULL, " \n"))
      words[count++] = word;
    words[count] = NULL;
    if (count >= 2) answer(words, count);
    else printf("error\n");
    fflush(stdout);
  }
  return 0;
}
