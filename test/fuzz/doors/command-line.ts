import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { type AgentProcess, runAgentCommand } from '@tolem/edge-agent/fuzz';
import { type HubProcess, runHubCommand } from '@tolem/hub/fuzz';
import type { Dice } from '../dice.ts';
import { hostileText } from '../hostile-values.ts';
import type { Door, OpenDoor, Verdict } from '../storm.ts';

interface CommandMessage {
  program: 'tolem-agent' | 'tolem-hub';
  argv: string[];
}

const WORDS = {
  'tolem-agent': [
    'run',
    'status',
    'link',
    'token',
    'token add',
    'token list',
    'token remove',
    'pin',
    'pin set',
    'help',
    '',
  ],
  'tolem-hub': [
    'run',
    'migrate',
    'agent',
    'agent add',
    'agent list',
    'agent revoke',
    'cert',
    'cert status',
    'cert import',
    'help',
    '',
  ],
} as const;
const FLAGS: readonly string[] = [
  '--config',
  '-c',
  '--data',
  '-d',
  '--bundle',
  '--json',
  '--ready-json',
  '--display',
  '--name',
  '--scope',
  '--id',
  '--out',
  '--store',
  '--device',
  '--bin',
  '--trade-point',
  '--days',
  '--reissue',
  '--reason',
  '--pfx',
  '--cert',
  '--key',
  '--passphrase-file',
  '--any-issuer',
  '--help',
  '--version',
  '--unknown',
  '--',
  '-',
  '-cd',
  '--config=',
  '--no-json',
  '--__proto__',
  '--constructor',
];
/** Exit codes of both programs: well, trouble, wrong usage. */
const CODES: ReadonlySet<number> = new Set([0, 1, 2]);
const INSIDES = /node_modules|^\s+at |\.ts:\d|TypeError|Cannot read|undefined is not|ERR_[A-Z]/m;

/**
 * Command lines of both programs in this process. A variable of the environment spoils every configuration, so that whatever gets
 * through all checks still cannot start anything.
 */
export const commandLine: Door = {
  name: 'command-line',
  title: 'Command lines of tolem-agent and tolem-hub',
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'tolem-fuzz-'));
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'bytes'), Buffer.from([0, 0xff, 0xfe, 0x30, 0x82]));
    const values = [
      'folder',
      'empty',
      'bytes',
      'missing',
      '/dev/zero',
      '/dev/null',
      '/proc/self/mem',
      '/',
      '.',
      '..',
    ].map((name) => (name.startsWith('/') ? name : join(folder, name)));
    return {
      lanes: 1,
      make: (dice) => makeCommand(dice, values),
      send: (message: CommandMessage) => perform(message, folder),
      show: (message) => JSON.stringify(message),
      async aftermath() {
        const { fault } = await perform({ program: 'tolem-agent', argv: ['--version'] }, folder);
        return fault === undefined ? [] : [fault];
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    } satisfies OpenDoor<CommandMessage> as OpenDoor<unknown>;
  },
};

function makeCommand(dice: Dice, values: readonly string[]): CommandMessage {
  const program = dice.pick(['tolem-agent', 'tolem-hub'] as const);
  const words = dice.pick(WORDS[program]).split(' ').filter(Boolean);
  const value = () =>
    dice.oneIn(2)
      ? dice.pick(values)
      : dice.oneIn(3)
        ? dice.pick(['pay', 'refund,settle', 'till-1', '30', '-1', '0', '1e9'])
        : hostileText(dice);
  const rest = Array.from({ length: dice.below(7) }, () => (dice.oneIn(2) ? dice.pick(FLAGS) : value()));
  return { program, argv: dice.oneIn(12) ? [...rest, ...words] : [...words, ...rest] };
}

async function perform({ program, argv }: CommandMessage, folder: string): Promise<Verdict> {
  const out: string[] = [];
  const errors: string[] = [];
  let code = 0;
  const outside = {
    print: (line: string) => void out.push(line),
    printError: (line: string) => void errors.push(line),
    onStop() {},
    onReload() {},
    setExitCode: (given: number) => {
      code = given;
    },
  };
  try {
    await (program === 'tolem-agent'
      ? runAgentCommand(agentOf(outside, folder), argv)
      : runHubCommand(hubOf(outside, folder), argv));
  } catch (error) {
    return { outcome: 'broke', fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const said = errors.join('\n');
  const outcome = `${program} ${code}`;
  if (!CODES.has(code)) return { outcome, fault: `exit code ${code}` };
  if (code !== 0 && said === '' && out.length === 0) return { outcome, fault: 'it fails without a word' };
  if (INSIDES.test(said)) return { outcome, fault: `it shows its insides: ${said.slice(0, 500)}` };
  return { outcome };
}

type Outside = Pick<AgentProcess, 'print' | 'printError' | 'onStop' | 'onReload' | 'setExitCode'>;

function agentOf(outside: Outside, folder: string): AgentProcess {
  const env = { TOLEM_AGENT__DATA_DIR: join(folder, 'data'), TOLEM_AGENT__LOG__LEVEL: 'spoiled' };
  return { ...outside, env, readLine: async () => '1234', abort() {} };
}

function hubOf(outside: Outside, folder: string): HubProcess {
  return {
    ...outside,
    env: { TOLEM_HUB__DATA_DIR: join(folder, 'data'), TOLEM_HUB__LOG__LEVEL: 'spoiled' },
    cwd: folder,
    ask: async () => undefined,
    createContext: () => createSystemContext(createSilentLog()),
    openCore: async () => {
      throw new Error('a spoiled configuration was taken');
    },
    migrate: async () => [],
  };
}
