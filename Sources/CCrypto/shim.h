// The parts of libcrypto that Purser calls.
//
// The low-level SHA-256 functions are deprecated in OpenSSL 3 in favour of EVP, but they alone
// allow the inner and outer HMAC pads to be kept and copied, which makes a macaroon's chain about
// ten times faster than one-shot HMAC().
#ifndef PURSER_CCRYPTO_SHIM_H
#define PURSER_CCRYPTO_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

// A macro in OpenSSL, and so not visible from Swift.
static inline int purser_gcm_set_tag(EVP_CIPHER_CTX *context, void *tag, int length) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, tag);
}

static inline int purser_gcm_get_tag(EVP_CIPHER_CTX *context, void *tag, int length) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}

#endif
