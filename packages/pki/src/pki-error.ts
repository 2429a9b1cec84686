import { TolemError } from '@tolem/base';

/**
 * `passphrase_missing` and `passphrase_wrong` speak of an encrypted private key or a PFX; `key_unsupported` means a key
 * that the operation can't take (a PFX is written for RSA keys only); `request_not_signed` means a signing request whose
 * signature does not prove possession of its key; `identity_mismatch` a device certificate whose CN and SAN differ.
 */
export type PkiErrorCode =
  | 'key_unreadable'
  | 'key_unsupported'
  | 'passphrase_missing'
  | 'passphrase_wrong'
  | 'passphrase_unsupported'
  | 'certificate_unreadable'
  | 'request_unreadable'
  | 'request_not_signed'
  | 'pfx_unreadable'
  | 'identity_invalid'
  | 'identity_mismatch';

export class PkiError extends TolemError<PkiErrorCode> {}
