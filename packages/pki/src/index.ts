export {
  type Authority,
  type AuthorityOptions,
  createIntermediateAuthority,
  createRootAuthority,
  issueCertificate,
  issueForRequest,
  type LeafOptions,
  type Validity,
  validFor,
} from './authority.ts';
export { type ChainCheck, type ChainProblem, type ChainVerdict, checkChain } from './certificate-chain.ts';
export { type CertificateFacts, readCertificate, splitCertificates } from './certificate-facts.ts';
export { type DeviceIdentity, deviceIdentityUri, identityOf, parseDeviceIdentityUri } from './device-identity.ts';
export {
  decryptPrivateKey,
  encryptPrivateKey,
  type KeyAlgorithm,
  type KeyPair,
  keysMatch,
  makeKeyPair,
  publicKeyOf,
  spkiSha256,
} from './key-pair.ts';
export { detectPfx, openPfx, type PfxContent, type PfxKind, repackPfx, writePfx } from './pfx.ts';
export { PkiError, type PkiErrorCode } from './pki-error.ts';
export type { AlternativeNames, KeyUse, Purpose } from './purposes.ts';
export {
  BANK_REQUEST_USES,
  createBankSigningRequest,
  createSigningRequest,
  readSigningRequest,
  type SigningRequest,
  type SigningRequestOptions,
} from './signing-request.ts';
export type { Subject } from './subject.ts';
