import { arch, hostname, platform } from 'node:os';
import { sha256Hex } from '@tolem/base';

/**
 * Tells one machine from another, roughly: a copied data folder shows up at the hub under another fingerprint. Network
 * addresses and disks are left out, because shops replace them without meaning to replace the till.
 */
export function hostFingerprint(agentId: string): string {
  return sha256Hex([agentId, hostname(), platform(), arch()].join('\n'));
}
