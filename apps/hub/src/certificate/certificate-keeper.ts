import { statSync } from 'node:fs';
import { type Context, TolemError } from '@tolem/base';
import type { TlsOptions } from '@tolem/kaspi-core';
import type { HubConfig } from '../config/hub-config.ts';
import { type BankCertificate, readBankCertificate, watchedFiles } from './bank-certificate.ts';
import { faultOf } from './client-credentials.ts';

/** What is known of the certificate that calls go out with. */
export interface CertificateStatus {
  origin: 'imported' | 'configured';
  subject: string;
  issuer: string;
  serial: string;
  notAfterMs: number;
  daysLeft: number;
  /** Why the newest files are not used, while an older certificate goes on serving. */
  refused?: string;
}

/**
 * Keeps the bank's certificate current without a restart: on a change of its files, or when told, the new one is read and
 * judged, and takes calls only after the bank has answered a ping through it. A bad one leaves the old in service.
 */
export interface CertificateKeeper {
  status(): CertificateStatus;
  /** Looks again now, whether or not files have changed; resolves with whether the newest files are in service. */
  reload(config: HubConfig): Promise<boolean>;
  start(): void;
  stop(): void;
}

export interface CertificateKeeperOptions {
  config: HubConfig;
  context: Context;
  first: BankCertificate;
  /** Puts new credentials into service; rejects where the bank does not answer through them. */
  replace(tls: TlsOptions): Promise<void>;
}

/** Looking at a handful of files costs microseconds; a swap within seconds is soon enough. */
const WATCH_MS = 5_000;
const DAY_MS = 86_400_000;
/** The bank needs days to issue; a quarter of a year leaves room for holidays. */
const WARN_DAYS = 60;
const ALARM_DAYS = 14;

export function createCertificateKeeper(options: CertificateKeeperOptions): CertificateKeeper {
  const { clock, log } = options.context;
  let { config, first: current } = options;
  let refused: string | undefined;
  let seen = fingerprint(config);
  let pending: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let isStopped = false;
  let timer = { cancel: () => {} };
  let warnedDay = -1;

  const swap = async (): Promise<boolean> => {
    try {
      const next = readBankCertificate(config);
      const fault = faultOf(next.credentials, { trustedPem: next.trustedPem, atMs: clock.nowMs(), anyIssuer: true });
      if (fault) throw new SwapRefused(`${fault.problem}: ${fault.detail}`);
      await options.replace(next.tls);
      current = next;
      refused = undefined;
      const { serial, notAfterMs } = next.credentials.facts;
      log.info({ serial, daysLeft: daysUntil(notAfterMs, clock.nowMs()) }, "the bank's certificate was replaced");
      return true;
    } catch (error) {
      refused = reasonOf(error);
      log.error({ error, reason: refused }, 'the new certificate for the bank is NOT used; the old one goes on');
      return false;
    }
  };
  const queued = (): Promise<boolean> => {
    const result = turn.then(swap);
    turn = result;
    return result;
  };
  const look = async (): Promise<void> => {
    const now = fingerprint(config);
    // Two equal looks: a file that is being copied is not read half.
    if (now !== seen && now === pending) {
      seen = now;
      await queued();
    }
    pending = now;
    warn();
  };
  const warn = (): void => {
    const daysLeft = daysUntil(current.credentials.facts.notAfterMs, clock.nowMs());
    const today = Math.floor(clock.nowMs() / DAY_MS);
    if (daysLeft > WARN_DAYS || today === warnedDay) return;
    warnedDay = today;
    const level = daysLeft <= ALARM_DAYS ? 'error' : 'warn';
    const sentence = daysLeft < 0 ? 'has expired' : 'expires soon';
    log[level](
      { daysLeft },
      `the bank's client certificate ${sentence}: ask the bank for a new one (tolem-hub cert csr)`,
    );
  };
  const schedule = (): void => {
    if (isStopped) return;
    timer = clock.after(config.intervals.certificateWatchMs ?? WATCH_MS, () => {
      look()
        .catch((error: unknown) => log.error({ error }, "the bank's certificate files could not be looked at"))
        .finally(schedule);
    });
  };
  return {
    status() {
      const { facts } = current.credentials;
      return {
        origin: current.origin,
        subject: facts.subject.commonName ?? '',
        issuer: facts.issuer,
        serial: facts.serial,
        notAfterMs: facts.notAfterMs,
        daysLeft: daysUntil(facts.notAfterMs, clock.nowMs()),
        ...(refused === undefined ? {} : { refused }),
      };
    },
    reload(newConfig) {
      config = newConfig;
      seen = fingerprint(config);
      return queued();
    },
    start() {
      warn();
      schedule();
    },
    stop() {
      isStopped = true;
      timer.cancel();
    },
  };
}

class SwapRefused extends Error {}

export function daysUntil(atMs: number, nowMs: number): number {
  return Math.floor((atMs - nowMs) / DAY_MS);
}

function reasonOf(error: unknown): string {
  if (error instanceof TolemError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : 'unknown';
}

function fingerprint(config: HubConfig): string {
  return watchedFiles(config)
    .map((file) => {
      try {
        const { ino, size, mtimeMs } = statSync(file);
        return `${ino}:${size}:${mtimeMs}`;
      } catch {
        return '-';
      }
    })
    .join(' ');
}
