import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { KaspiError } from '../kaspi-error.ts';
import type { ClientIdentity, TlsOptions } from './http-transport.ts';

/**
 * Certificate, key and trust as OpenSSL takes them, TLS 1.2 or newer [QR 3.9 §1.3.2].
 * Throws `credentials_invalid`, or `credentials_legacy` for a PFX in the old RC2/3DES form, before any call is made.
 */
export function openCredentials(options: TlsOptions): SecureContext {
  for (const pem of options.ca ?? []) checkAuthority(pem);
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
      ...(options.identity === undefined ? {} : identityOptions(options.identity)),
    });
  } catch (cause) {
    throw credentialsError(cause, options.identity);
  }
}

/** OpenSSL skips what it cannot read, and would then trust less than was meant without a word. */
function checkAuthority(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new KaspiError('credentials_invalid', 'the CA list holds something that is no certificate in PEM', {
      effect: 'none',
      cause,
    });
  }
}

function identityOptions(identity: ClientIdentity) {
  if ('pfx' in identity) return { pfx: Buffer.from(identity.pfx), passphrase: identity.passphrase };
  const { certificate, privateKey, passphrase } = identity;
  return { cert: certificate, key: privateKey, ...(passphrase === undefined ? {} : { passphrase }) };
}

/** OpenSSL's words are misleading: an old cipher is called "unsupported", or even a wrong password. */
function credentialsError(cause: unknown, identity: ClientIdentity | undefined): KaspiError {
  const words = cause instanceof Error ? `${cause.message} ${'code' in cause ? String(cause.code) : ''}` : '';
  const isPfx = identity !== undefined && 'pfx' in identity;
  const details = { effect: 'none', cause } as const;
  if (isPfx && /unsupported/i.test(words)) {
    return new KaspiError(
      'credentials_legacy',
      'the PFX is encrypted with an old cipher (RC2 or 3DES): re-pack it with `tolem-hub cert import`',
      details,
    );
  }
  if (/mac verify|bad decrypt|bad password|interrupted or cancelled/i.test(words)) {
    return new KaspiError('credentials_invalid', 'the passphrase does not open the private key', details);
  }
  if (/mismatch/i.test(words)) {
    return new KaspiError('credentials_invalid', 'the private key does not belong to the certificate', details);
  }
  return new KaspiError(
    'credentials_invalid',
    `the ${isPfx ? 'PFX' : 'certificate, key or CA list'} cannot be read`,
    details,
  );
}
