// COUNT raw RSA public operations with a certificate's key: the minimum cost of sealing COUNT values.
// Prints CPU seconds. Usage: raw_rsa CERTIFICATE COUNT

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double cpu(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  FILE *file = argc == 3 ? fopen(argv[1], "r") : NULL;
  X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
  EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;
  EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
  if (!context || EVP_PKEY_encrypt_init(context) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) != 1)
    return 1;
  size_t size = EVP_PKEY_get_size(key);
  unsigned char *input = calloc(1, size), *output = malloc(size);
  for (size_t i = 1; i < size; i++) input[i] = (unsigned char)(i * 37 + 11);
  long count = atol(argv[2]);
  double start = cpu();
  for (long i = 0; i < count; i++) {
    size_t written = size;
    input[size - 1 - i % 8] ^= (unsigned char)i;
    if (EVP_PKEY_encrypt(context, output, &written, input, size) != 1) return 1;
  }
  printf("%.6f\n", cpu() - start);
  return 0;
}
