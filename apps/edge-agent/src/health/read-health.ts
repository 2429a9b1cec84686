import type { Clock } from '@tolem/base';
import type { HubSession } from '../hub/hub-session.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { TerminalDesk } from '../terminal/terminal-desk.ts';
import type { HealthReading } from './health-board.ts';

/** The clock of this machine against the hub's [fleet.md, Time]: told, never set. */
const CLOCK_WARN_MS = 2_000;
const CLOCK_FAIL_MS = 300_000;
const DAY_MS = 86_400_000;
/** A certificate lives 90 days and is renewed at two thirds; below this the renewal has not worked. */
const CERTIFICATE_WARN_MS = 14 * DAY_MS;

export interface HealthSources {
  clock: Clock;
  store: EdgeStore;
  session: HubSession;
  desks: TerminalDesk[];
  /** Outbound reports: connected, any hub online, and why the hub refuses a row. */
  reports: () => { isConnected: boolean; isAnyHubOnline: boolean; refusal: string | undefined };
  /** The hub's time less ours, where the hub has told it. */
  clockOffsetMs: () => number | undefined;
  /** No clock that is right shows a moment before this program was made. */
  builtAtMs: number;
  certificateEndsMs: number | undefined;
}

/** Every layer with a named cause [architecture: presence]. */
export function readHealth(sources: HealthSources): HealthReading[] {
  return [
    agentLayer(sources),
    diskLayer(sources),
    clockLayer(sources),
    hubLayer(sources),
    certificateLayer(sources),
    kaspiLayer(sources),
    ...sources.desks.flatMap(terminalLayers),
  ];
}

const ok = (layer: HealthReading['layer'], subject = '', detail = ''): HealthReading => ({
  layer,
  subject,
  state: 'ok',
  cause: '',
  detail,
});

function agentLayer({ store, reports }: HealthSources): HealthReading {
  const { opening } = store;
  const { refusal } = reports();
  const about = { layer: 'agent', subject: '' } as const;
  if (refusal !== undefined) return { ...about, state: 'fail', cause: 'journal_refused', detail: refusal };
  if (opening.found === 'damaged' || opening.found === 'lost') {
    return { ...about, state: 'warn', cause: `journal_${opening.found}`, detail: opening.detail ?? '' };
  }
  return ok('agent');
}

function diskLayer({ store }: HealthSources): HealthReading {
  if (store.hasRoom()) return ok('disk');
  const detail = 'new payments are refused until there is room again';
  return { layer: 'disk', subject: '', state: 'fail', cause: 'disk_full', detail };
}

function clockLayer({ clock, clockOffsetMs, builtAtMs }: HealthSources): HealthReading {
  const about = { layer: 'clock', subject: '' } as const;
  if (clock.nowMs() < builtAtMs) {
    const detail = `the clock says ${new Date(clock.nowMs()).toISOString()}, before this program was made`;
    return { ...about, state: 'fail', cause: 'clock_before_build', detail };
  }
  const offsetMs = clockOffsetMs();
  if (offsetMs === undefined) return { ...about, state: 'unknown', cause: 'never_compared', detail: '' };
  const isFar = Math.abs(offsetMs);
  if (isFar <= CLOCK_WARN_MS) return ok('clock');
  const detail = `${Math.round(isFar / 1000)} s ${offsetMs > 0 ? 'behind' : 'ahead of'} the hub`;
  return { ...about, state: isFar > CLOCK_FAIL_MS ? 'fail' : 'warn', cause: 'clock_differs', detail };
}

function hubLayer({ session, reports }: HealthSources): HealthReading {
  const about = { layer: 'hub_link', subject: '' } as const;
  const state = session.state();
  if (state.state === 'superseded') {
    const detail = 'another process has this identity; restart the right one after finding out which it is';
    return { ...about, state: 'fail', cause: 'superseded', detail };
  }
  if (state.state === 'down') return { ...about, state: 'fail', cause: state.cause, detail: '' };
  const { isConnected, isAnyHubOnline } = reports();
  if (!isConnected) return { ...about, state: 'warn', cause: 'reports_disconnected', detail: '' };
  if (!isAnyHubOnline) return { ...about, state: 'warn', cause: 'no_hub_reads_reports', detail: '' };
  return ok('hub_link');
}

/** The bank as the hub tells of it with the payments that are open. */
function kaspiLayer({ store, session }: HealthSources): HealthReading {
  const about = { layer: 'kaspi', subject: '' } as const;
  if (!session.isUp()) return { ...about, state: 'unknown', cause: 'hub_unreachable', detail: '' };
  const waiting = store.openPayments().filter((payment) => payment.statusReason?.startsWith('bank_') === true);
  if (waiting.length === 0) return ok('kaspi');
  const detail = `${waiting.length} payments wait for the bank`;
  return { ...about, state: 'warn', cause: waiting[0]?.statusReason ?? '', detail };
}

function certificateLayer({ clock, certificateEndsMs }: HealthSources): HealthReading {
  const about = { layer: 'certificate', subject: '' } as const;
  if (certificateEndsMs === undefined) return { ...about, state: 'unknown', cause: 'unreadable', detail: '' };
  const leftMs = certificateEndsMs - clock.nowMs();
  const detail = `until ${new Date(certificateEndsMs).toISOString()}`;
  if (leftMs <= 0) return { ...about, state: 'fail', cause: 'expired', detail };
  if (leftMs < CERTIFICATE_WARN_MS) return { ...about, state: 'warn', cause: 'expires_soon', detail };
  return ok('certificate', '', detail);
}

function terminalLayers(desk: TerminalDesk): HealthReading[] {
  const subject = desk.setting.id;
  const { state, cause, detail } = desk.reach();
  const { blocked, unresolved } = desk.record();
  const port = (word: HealthReading['state']): HealthReading => ({
    layer: 'terminal_port',
    subject,
    state: word,
    cause,
    detail,
  });
  const held = blocked ?? unresolved;
  const app: HealthReading = held
    ? { layer: 'terminal_app', subject, state: 'fail', cause: held, detail: 'a person must look at it' }
    : ok('terminal_app', subject);
  const pairing: HealthReading = { layer: 'pairing', subject, state: 'fail', cause: 'pairing_needed', detail };
  switch (state) {
    case 'unknown':
      return [port('unknown'), app];
    case 'unreachable':
    case 'wrong_terminal':
      return [port('fail'), held ? app : { ...app, state: 'unknown', cause: 'not_reached' }];
    case 'unpaired':
      return [ok('terminal_port', subject), app, pairing];
    case 'ok':
      return [ok('terminal_port', subject), app, ...(desk.version === 'v2' ? [ok('pairing', subject)] : [])];
  }
}
