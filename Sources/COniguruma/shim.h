#include <oniguruma.h>

/// `onig_error_code_to_str`, whose variable arguments Swift cannot pass: writes at most ONIG_MAX_ERROR_MESSAGE_LEN bytes
/// and returns their number.
static inline int shim_onig_error_text(OnigUChar *text, int code, OnigErrorInfo *information) {
  return onig_error_code_to_str(text, code, information);
}
