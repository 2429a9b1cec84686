import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TolemError } from '@tolem/base';
import { loadAgentConfig, parseBundle } from '@tolem/edge-agent/fuzz';
import { loadHubConfig, openTestDoors } from '@tolem/hub/fuzz';
import type { Dice } from '../dice.ts';
import { damaged, hostileYaml, spoiledJson } from '../hostile-files.ts';
import { hostileText } from '../hostile-values.ts';
import type { Door, OpenDoor, Verdict } from '../storm.ts';

/** A sentence that tells no person what to do, or more than it may. */
const NO_SENTENCE = /undefined is|Cannot read|is not a function|node_modules|\.ts:\d|BEGIN (EC |RSA )?PRIVATE|canary/;
const SENTENCE_MAX = 20_000;

/** Reading must give something whole or throw a coded error whose sentence a person understands. */
export function judgeReading(read: () => unknown, isWhole: (value: unknown) => string | undefined): Verdict {
  const startMono = performance.now();
  try {
    const fault = isWhole(read());
    return { outcome: 'taken', fault };
  } catch (error) {
    if (!(error instanceof TolemError)) {
      return { outcome: 'broke', fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    const outcome = `${error.code}`;
    if (NO_SENTENCE.test(error.message) || error.message.length > SENTENCE_MAX)
      return { outcome, fault: `its sentence: ${error.message.slice(0, 500)}` };
    const tookMs = performance.now() - startMono;
    return tookMs > SLOW_MS ? { outcome, fault: `it took ${Math.round(tookMs)} ms` } : { outcome };
  }
}

/** Even on a busy machine, nothing that is refused may take this long to read. */
const SLOW_MS = 8_000;

interface ConfigMessage {
  program: 'agent' | 'hub';
  yaml: string;
  env: Record<string, string>;
}

const AGENT_KEYS: readonly string[] = [
  'dataDir',
  'localApi.listen',
  'localApi.refunds.max',
  'localApi.refunds.within',
  'hub.grpc',
  'terminals',
  'posCompat.allow',
  'posCompat.terminal',
  'intervals.createWaitMs',
  'journal.keepDays',
  'log.level',
];
const HUB_KEYS: readonly string[] = [
  'dataDir',
  'chain',
  'http.listen',
  'http.hosts',
  'grpc.advertise',
  'mqtt.broker',
  'database.url',
  'kaspi.baseUrl',
  'kaspi.certificate',
  'kaspi.pins',
  'kaspi.scheme',
  'organizations',
  'intervals.lateWatch',
  'log.level',
];
const AGENT_YAML = 'terminals: [{ id: front, address: "192.168.1.15:8080" }]\n';
const HUB_YAML =
  'kaspi: { baseUrl: "https://127.0.0.1:1/r3/v01", ca: [a.crt] }\norganizations: [{ bin: "180340021791", name: Test }]\n';

/** Configuration files and variables of both programs. */
export const configuration: Door = {
  name: 'configuration',
  title: 'Configuration files and environment variables',
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'tolem-fuzz-'));
    const file = join(folder, 'config.yaml');
    let written: string | undefined;
    const read = ({ program, yaml, env }: ConfigMessage) => {
      if (yaml !== written) writeFileSync(file, yaml);
      written = yaml;
      return program === 'agent' ? loadAgentConfig({ file, env }) : loadHubConfig({ file, env, cwd: folder });
    };
    return {
      lanes: 1,
      make: (dice) => makeConfig(dice),
      send: async (message: ConfigMessage) => judgeReading(() => read(message), isPlain),
      show: (message) => JSON.stringify(message),
      async aftermath() {
        const good = (program: ConfigMessage['program'], yaml: string) =>
          judgeReading(() => read({ program, yaml, env: {} }), isPlain).outcome === 'taken'
            ? []
            : [`a good ${program}.yaml is refused`];
        return [...good('agent', AGENT_YAML), ...good('hub', HUB_YAML), ...pollution()];
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    } satisfies OpenDoor<ConfigMessage> as OpenDoor<unknown>;
  },
};

function makeConfig(dice: Dice): ConfigMessage {
  const program = dice.pick(['agent', 'hub'] as const);
  const [good, keys] = program === 'agent' ? [AGENT_YAML, AGENT_KEYS] : [HUB_YAML, HUB_KEYS];
  const [first = '', ...more] = good.split('\n');
  const isWhole = dice.oneIn(3);
  const yaml = dice.oneIn(5)
    ? damaged(dice, Buffer.from(good)).toString('latin1')
    : `${isWhole ? good : `${first}\n`}${hostileYaml(dice, keys)}\n${isWhole ? '' : more.join('\n')}`;
  // Half of the messages spoil the environment of a good file alone.
  return { program, yaml: dice.oneIn(2) ? good : yaml, env: variables(dice, program, keys) };
}

/** Names that say a key, spell it oddly or try to reach beyond the configuration. */
function variables(dice: Dice, program: 'agent' | 'hub', keys: readonly string[]): Record<string, string> {
  const entries = Array.from({ length: dice.below(3) }, () => {
    const path = dice.oneIn(4)
      ? dice.pick([
          '__PROTO__',
          'CONSTRUCTOR__PROTOTYPE__POLLUTED',
          'A',
          '',
          '__',
          'TERMINALS__0__ID',
          'TO_STRING',
          'KASPI',
        ])
      : dice.pick(keys).replace(/[A-Z]/g, '_$&').replaceAll('.', '__').toUpperCase();
    return [
      `TOLEM_${program.toUpperCase()}__${path}`,
      dice.oneIn(2) ? hostileText(dice) : hostileYaml(dice, ['a']),
    ] as const;
  });
  return Object.fromEntries(entries);
}

function isPlain(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'what was read is no configuration';
  return pollution()[0];
}

/** Whether something reached the prototype of every object. */
function pollution(): string[] {
  const [name] = [...Object.keys(Object.prototype), ...('polluted' in {} || 'isAdmin' in {} ? ['polluted'] : [])];
  return name === undefined ? [] : [`the prototype of every object was polluted: ${name}`];
}

/** The bundle of an agent: identity, key and addresses in one JSON file. */
export const bundle: Door = {
  name: 'bundle',
  title: "An agent's bundle",
  async open() {
    const doors = await openTestDoors();
    const { certificatePem: certificate, privateKeyPem: key } = await doors.addAgent('till-1');
    const foreign = await doors.addAgent('till-2');
    const ca = doors.authority.certificatePem;
    await doors.close();
    const hub = { grpc: '127.0.0.1:8443', mqtt: 'mqtts://127.0.0.1:8883' };
    const good = {
      v: 1,
      agentId: 'till-1',
      name: 'Касса 1',
      storeName: 'Магазин 1',
      chain: 'main',
      hub,
      ca,
      certificate,
      key,
    };
    const bytes = Buffer.from(JSON.stringify(good));
    const make = (dice: Dice): string => {
      switch (dice.below(4)) {
        case 0:
          return damaged(dice, bytes).toString('utf8');
        case 1:
          return spoiledJson(dice, { ...good, hub: { ...hub, [dice.pick(['grpc', 'mqtt', 'x'])]: hostileText(dice) } });
        case 2:
          return JSON.stringify({
            ...good,
            ...dice.pick([
              { key: foreign.privateKeyPem },
              { certificate: foreign.certificatePem },
              { certificate: ca },
              { ca: certificate },
              { agentId: 'till-2' },
              { chain: 'other' },
              { key: key.slice(0, -40) },
              { certificate: `${certificate}${'\n'.repeat(70_000)}` },
            ]),
          });
        default:
          return spoiledJson(dice, good);
      }
    };
    return {
      lanes: 1,
      make,
      send: async (text: string) =>
        judgeReading(
          () => parseBundle(text, 'bundle.json'),
          (value) => wholeBundle(value, good),
        ),
      show: (text) => JSON.stringify(text),
      async aftermath() {
        const verdict = judgeReading(
          () => parseBundle(bytes.toString('utf8'), 'bundle.json'),
          () => undefined,
        );
        return verdict.outcome === 'taken' ? pollution() : ['a good bundle is refused'];
      },
      async close() {},
    } satisfies OpenDoor<string> as OpenDoor<unknown>;
  },
};

/** What is taken must be able to connect: a key that belongs to the certificate, which names the agent. */
function wholeBundle(
  value: unknown,
  good: { certificate: string; key: string; ca: string; agentId: string; chain: string },
): string | undefined {
  const taken = value as typeof good;
  // What stands around the block of a PEM file is no part of it.
  const isSameKey = createPrivateKey(taken.key).equals(createPrivateKey(good.key));
  if (!isSameKey) return 'a bundle with another key was taken';
  for (const member of ['certificate', 'ca', 'agentId', 'chain'] as const) {
    if (
      member === 'agentId' || member === 'chain'
        ? taken[member] !== good[member]
        : !isSamePem(taken[member], good[member])
    )
      return `a bundle whose ${member} does not fit the rest was taken`;
  }
  return undefined;
}

function isSamePem(one: string, other: string): boolean {
  return new X509Certificate(one).fingerprint256 === new X509Certificate(other).fingerprint256;
}
