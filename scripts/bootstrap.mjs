// From a bare machine (Linux, Node 20, npm) to a running script: installs the pinned pnpm into .tools/, the
// dependencies into node_modules/, then hands over to the script of the task on the Node that came with them.
// Plain JavaScript without dependencies, because nothing is installed when it starts.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.tools');
const oldestNode = 20;

/** What each `npm run` task starts; arguments after `--` are added. */
const tasks = {
  start: ['test/product/start.ts'],
  test: ['scripts/gate.ts'],
  check: ['scripts/gate.ts', '--no-tests'],
  bundle: ['scripts/bundle.ts'],
  bench: ['test/bench/bench.ts'],
  'till-client': ['scripts/pack-till-client.ts'],
  'kaspi-sim': ['packages/kaspi-sim/src/main.ts'],
  fuzz: ['test/fuzz/fuzz.ts'],
};

await main(process.argv.slice(2));

async function main([task = '', ...args]) {
  const entry = tasks[task];
  if (entry === undefined) fail(`unknown task "${task}"; there are: ${Object.keys(tasks).join(', ')}`);
  checkMachine();
  const bare = cleanEnvironment();
  const env = { ...bare, PATH: [join(root, 'node_modules/.bin'), join(tools, 'bin'), bare.PATH].join(delimiter) };
  installPnpm(bare);
  installDependencies(env);
  process.exitCode = await run(join(root, 'node_modules/.bin/node'), [...entry, ...args], env);
}

function checkMachine() {
  const { platform, arch, versions } = process;
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    fail(`development needs Linux on x64 or arm64 (WSL and containers will do); this is ${platform} ${arch}`);
  }
  if (Number.parseInt(versions.node, 10) < oldestNode)
    fail(`Node ${oldestNode} or newer is needed, this is ${versions.node}`);
  if (process.report.getReport().header.glibcVersionRuntime === undefined) {
    fail('a Linux with glibc 2.28 or newer is needed (Debian, Ubuntu, Fedora …); this one has another C library');
  }
}

/** npm passes its own settings and the outer Node to what it runs; the tools inside must not see them. */
function cleanEnvironment() {
  const isForeign = (name) => /^npm_/i.test(name) || name === 'NODE' || name === 'INIT_CWD';
  const kept = Object.entries(process.env).filter(([name]) => !isForeign(name));
  return { ...Object.fromEntries(kept), DO_NOT_TRACK: '1', TURBO_TELEMETRY_DISABLED: '1' };
}

/** Puts the pnpm that package.json names into .tools/. The binary lies in a package of its own: no install script. */
function installPnpm(env) {
  const version = readJson(join(root, 'package.json')).packageManager.split('@')[1];
  const binary = `node_modules/@pnpm/exe.linux-${process.arch}/pnpm`;
  const link = join(tools, 'bin/pnpm');
  if (installedPnpm() === version && existsSync(link)) return;
  say(`installing pnpm ${version} into .tools/`);
  mkdirSync(join(tools, 'bin'), { recursive: true });
  writeFileSync(join(tools, 'package.json'), '{ "private": true }\n');
  const flags = [
    '--save-exact',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ];
  const npm = spawnSync('npm', ['install', `pnpm@${version}`, ...flags], { cwd: tools, env, stdio: 'inherit' });
  if (npm.status !== 0) fail(`npm could not install pnpm ${version}: is the npm registry reachable?`);
  if (!existsSync(join(tools, binary)))
    fail(`pnpm ${version} came without its program ${binary}: were optional packages omitted?`);
  rmSync(link, { force: true });
  symlinkSync(join('..', binary), link);
}

function installedPnpm() {
  const manifest = join(tools, 'node_modules/pnpm/package.json');
  return existsSync(manifest) ? readJson(manifest).version : undefined;
}

function installDependencies(env) {
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) say('installing the dependencies (a minute or two the first time)');
  const flags = ['--frozen-lockfile', '--prefer-offline', '--reporter=append-only', '--loglevel=error'];
  const pnpm = spawnSync(join(tools, 'bin/pnpm'), ['install', ...flags], {
    cwd: root,
    env: { ...env, CI: '1' },
    encoding: 'utf8',
  });
  if (pnpm.status === 0 && existsSync(node)) return;
  process.stdout.write(`${pnpm.stdout ?? ''}${pnpm.stderr ?? ''}`);
  fail('pnpm could not install the dependencies; its messages are above');
}

/** Runs the script to its end and returns its exit code; signals that only this process got are passed on. */
function run(program, args, env) {
  const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
  // Ctrl-C in a terminal reaches the whole process group, so the script has it already.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (cause) => fail(`${program} did not start: ${cause.message}`));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function say(message) {
  process.stdout.write(`» ${message}\n`);
}

function fail(message) {
  process.stderr.write(`✗ ${message}\n`);
  process.exit(1);
}
