import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Context, createLog, createSystemContext, TolemError } from '@tolem/base';
import type { Command } from 'commander';
import { openSimPki } from '../certificates/sim-pki.ts';
import type { Upstream } from '../recording/forward-call.ts';
import type { RecordedPeer } from '../recording/recording-file.ts';
import { startRecorder } from '../recording/start-recorder.ts';
import { type Replay, startReplay } from '../recording/start-replay.ts';
import { SimError } from '../sim-error.ts';
import type { CommandProcess } from './sim-command.ts';

interface RecordOptions {
  to: string;
  bank?: string;
  terminal: string[];
  pfx?: string;
  passphraseFile?: string;
  ca?: string;
  terminalCa?: string;
  listen: string;
  data: string;
  readyJson?: true;
}

interface ReplayCommandOptions {
  listen: string;
  ignore: string[];
  keepPace?: true;
  untilDone?: true;
  data: string;
  readyJson?: true;
}

const LISTEN_HELP = 'the first peer listens here, each further one on the next port; port 0 takes free ones';
const DATA_HELP = "folder of the certificates that it shows (the simulator's own)";
const more = (value: string, earlier: string[]) => [...earlier, value];

const RECORD_HELP = `
Point your program at the printed addresses instead of the bank and the terminal, and trust DATA/pki/kbs_root_ca.crt (terminals:
terminal_ca.crt). Every call goes on to the real other side once, unchanged, and into the file with its answer; Api-Key, tokens, telephones,
names and cards are masked there, the same ones the same way.
  kaspi-sim record --to session.jsonl --bank https://mtokentest.kaspi.kz:8545/r3/v01 --pfx client.pfx --passphrase-file passphrase
  kaspi-sim record --to session.jsonl --terminal front=https://192.168.1.15:8080 --terminal old=http://192.168.1.16:8080
The format of the file: packages/kaspi-sim/docs/recording.md`;

/** `record` and `replay`. */
export function addRecordingCommands(program: Command, outside: CommandProcess): void {
  program
    .command('record')
    .description('Stand between a client and the real bank or terminals, and save what is said as a fixture')
    .requiredOption('--to <file>', 'the recording, made anew')
    .option('--bank <url>', 'base address of the real bank, such as https://mtokentest.kaspi.kz:8545/r3/v01')
    .option(
      '--terminal <id=url>',
      'a real terminal, such as front=https://192.168.1.15:8080; may be given again',
      more,
      [],
    )
    .option('--pfx <file>', "the client certificate for the bank's schemes 2 and 3")
    .option('--passphrase-file <file>', 'its passphrase, alone in a file')
    .option('--ca <file>', "the bank's authority in PEM (default: those of the machine)")
    .option('--terminal-ca <file>', 'the authority of v2 terminals in PEM (default: those of the machine)')
    .option('--listen <address>', LISTEN_HELP, '127.0.0.1:8645')
    .option('-d, --data <dir>', DATA_HELP, './data-sim')
    .option('--ready-json', 'print one line of JSON when ready')
    .addHelpText('after', RECORD_HELP)
    .action((options: RecordOptions) => attempt(outside, (context) => record(options, outside, context)));
  program
    .command('replay')
    .argument('<file>', 'a recording')
    .description(
      'Stand where the recorded bank and terminals stood: serve the answers in order, tell in what the calls differ',
    )
    .option('--listen <address>', LISTEN_HELP, '127.0.0.1:8645')
    .option(
      '--ignore <member>',
      'a member of requests that may differ; may be given again (ExternalId always may)',
      more,
      [],
    )
    .option('--keep-pace', 'answers take as long as they were recorded to take')
    .option('--until-done', 'end when every recorded answer has been given')
    .option('-d, --data <dir>', DATA_HELP, './data-sim')
    .option('--ready-json', 'print one line of JSON when ready')
    .addHelpText('after', '\nExits with 1 where the calls differed from the recording or some were never made.')
    .action((file: string, options: ReplayCommandOptions) =>
      attempt(outside, (context) => replay(file, options, outside, context)),
    );
}

async function record(options: RecordOptions, outside: CommandProcess, context: Context): Promise<void> {
  const pki = await openSimPki(join(resolve(options.data), 'pki'), context);
  const peers = [...bankPeer(options), ...options.terminal.map((text) => terminalPeer(text, options))];
  if (peers.length === 0)
    throw new SimError('not_possible', 'name what to record: --bank URL, --terminal ID=URL, or both');
  const recorder = await startRecorder({ file: options.to, peers, listen: options.listen, pki }, context);
  outside.onStop(async () => {
    await recorder.stop();
    outside.print(`${recorder.written} exchanges are in ${options.to}`);
  });
  const lines = peers.map(
    (peer) => `  ${peer.name.padEnd(16)}  ${addressOf(peer, recorder.addresses)}  goes on to  ${peer.upstream.origin}`,
  );
  const ready = { ready: true, addresses: recorder.addresses, pki: pki.dir };
  outside.print(
    options.readyJson ? JSON.stringify(ready) : ['kaspi-sim records.', ...lines, 'Ctrl+C ends it.'].join('\n'),
  );
}

async function replay(
  file: string,
  options: ReplayCommandOptions,
  outside: CommandProcess,
  context: Context,
): Promise<void> {
  const pki = await openSimPki(join(resolve(options.data), 'pki'), context);
  const { listen, ignore, keepPace = false } = options;
  let isStopped = false;
  const finish = async (started: Replay): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    await started.stop();
    const { served, repeated, differences, unserved } = started.report();
    outside.print(
      `${served} served, ${repeated} reads repeated, ${differences.length} differences, ${unserved.length} never asked for`,
    );
    for (const call of unserved) outside.print(`never asked for: ${call}`);
    if (differences.length + unserved.length > 0) outside.fail();
  };
  const started: Replay = await startReplay(
    {
      file,
      listen,
      pki,
      ignore,
      keepPace,
      onDifference: ({ peer, call, what }) => outside.print(`differs: ${peer} ${call}: ${what}`),
      onDone: () => {
        if (options.untilDone) void finish(started);
      },
    },
    context,
  );
  outside.onStop(() => finish(started));
  const ready = { ready: true, addresses: started.addresses, bankUrl: started.bankUrl, pki: pki.dir };
  const lines = Object.entries(started.addresses).map(([name, address]) => `  ${name.padEnd(16)}  ${address}`);
  outside.print(
    options.readyJson ? JSON.stringify(ready) : ['kaspi-sim replays.', ...lines, 'Ctrl+C ends it.'].join('\n'),
  );
}

type PeerToRecord = RecordedPeer & { upstream: Upstream };

function bankPeer(options: RecordOptions): PeerToRecord[] {
  if (options.bank === undefined) return [];
  const { origin, pathname, protocol } = readUrl(options.bank, '--bank');
  const upstream: Upstream = {
    origin,
    ...(options.pfx === undefined ? {} : { pfx: readGiven(options.pfx, '--pfx') }),
    ...(options.passphraseFile === undefined
      ? {}
      : { passphrase: readGiven(options.passphraseFile, '--passphrase-file').toString('utf8').trim() }),
    ...(options.ca === undefined ? {} : { ca: [readGiven(options.ca, '--ca').toString('utf8')] }),
  };
  const tls = protocol === 'https:' ? ('bank' as const) : ('none' as const);
  return [{ name: 'bank', tls, basePath: pathname.replace(/\/$/, ''), upstream }];
}

function terminalPeer(text: string, options: RecordOptions): PeerToRecord {
  const [id = '', ...rest] = text.split('=');
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(id) || rest.length === 0)
    throw new SimError('not_possible', `--terminal ${text} is not ID=URL, such as front=https://192.168.1.15:8080`);
  const { origin, protocol } = readUrl(rest.join('='), '--terminal');
  if (protocol === 'http:') return { name: `terminal:${id}`, tls: 'none', upstream: { origin } };
  const ca =
    options.terminalCa === undefined ? {} : { ca: [readGiven(options.terminalCa, '--terminal-ca').toString('utf8')] };
  return { name: `terminal:${id}`, tls: 'terminal', upstream: { origin, servername: 'terminal.kaspipos.kz', ...ca } };
}

function addressOf(peer: PeerToRecord, addresses: Record<string, string>): string {
  return `${peer.tls === 'none' ? 'http' : 'https'}://${addresses[peer.name]}${peer.basePath ?? ''}`;
}

function readUrl(text: string, option: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text);
  throw new SimError('not_possible', `${option} ${text} is no address such as https://127.0.0.1:8545/r3/v01`);
}

function readGiven(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SimError('not_possible', `${option} ${file} can't be read: ${String(cause)}`, { cause });
  }
}

async function attempt(outside: CommandProcess, work: (context: Context) => Promise<void>): Promise<void> {
  try {
    await work(createSystemContext(createLog({ name: 'kaspi-sim', level: 'warn' })));
  } catch (error) {
    if (!(error instanceof TolemError)) throw error;
    outside.printError(`kaspi-sim: ${error.message}`);
    outside.fail();
  }
}
