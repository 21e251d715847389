// The parts of OpenSSL 3 that Swift cannot import: function-like macros, and calls with macro
// arguments. Everything else is called directly.
#ifndef MOLTSEAL_COPENSSL_SHIM_H
#define MOLTSEAL_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static inline void *moltseal_secure_malloc(size_t count) {
  return OPENSSL_secure_malloc(count);
}

static inline void *moltseal_malloc(size_t count) { return OPENSSL_malloc(count); }

// Wipes and frees memory of either heap.
static inline void moltseal_clear_free(void *pointer, size_t count) {
  OPENSSL_secure_clear_free(pointer, count);
}

static inline void moltseal_free(void *pointer) { OPENSSL_free(pointer); }

// Sets OAEP with SHA-256 for digest and MGF1, and the label, which OpenSSL copies.
static inline int moltseal_set_oaep(EVP_PKEY_CTX *ctx, const void *label, size_t count) {
  static const char padding[] = OSSL_PKEY_RSA_PAD_MODE_OAEP;
  static const char digest[] = "SHA256";
  OSSL_PARAM params[5];
  params[0] = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, (char *)padding, 0);
  params[1] = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, (char *)digest, 0);
  params[2] = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, (char *)digest, 0);
  params[3] = OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, (void *)label, count);
  params[4] = OSSL_PARAM_construct_end();
  return EVP_PKEY_CTX_set_params(ctx, params);
}

// Changes only the label of a context that moltseal_set_oaep has set up.
static inline int moltseal_set_oaep_label(EVP_PKEY_CTX *ctx, const void *label, size_t count) {
  OSSL_PARAM params[2];
  params[0] = OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, (void *)label, count);
  params[1] = OSSL_PARAM_construct_end();
  return EVP_PKEY_CTX_set_params(ctx, params);
}

#endif
