import { readFileSync } from 'node:fs';
import type { Context } from '@tolem/base';
import type { HubConfig } from '../config/hub-config.ts';
import { createHubCore } from '../create-hub-core.ts';
import { openDatabase } from '../database/open-database.ts';
import { eventWords } from '../http/event-words.ts';
import { HubError } from '../hub-error.ts';
import { completeSettings } from '../hub-settings.ts';
import type { Store } from '../store/store.ts';
import type { WebhookEndpoint } from '../webhook/webhook.ts';
import { openWebhookSender, type WebhookSender } from '../webhook-sender/open-webhook-sender.ts';
import { parseSecrets } from '../webhook-sender/webhook-secrets.ts';
import type { OpenCore } from './start-hub.ts';

/** The core on the configured database, its schema brought up to date; not started yet. */
export const openCore: OpenCore = async ({ config, context, bank, meter }) => {
  const { store, close } = await openDatabase(config.database, { dataDir: config.dataDir, context });
  try {
    const { certificateWatchMs: _ofTheDoors, ...intervals } = config.intervals;
    const settings = { organizations: config.organizations, intervals };
    const sender = openSender(config, context);
    const webhooks = { endpoints: endpointsOf(config), words: eventWords, send: sender.send };
    const core = await createHubCore({ store, bank, context, meter, settings, webhooks });
    return {
      core,
      async close() {
        sender.close();
        await close();
      },
      assertAlone: () => assertAlone(store, context, completeSettings(settings).intervals.leaseMs),
    };
  } catch (error) {
    await close();
    throw error;
  }
};

function openSender(config: HubConfig, context: Context): WebhookSender {
  const files = new Map(config.webhooks.map((one) => [one.id, one.secretFile]));
  // Better to learn at the start that nobody could be told anything.
  for (const file of files.values()) parseSecrets(readSecretFile(file));
  return openWebhookSender({ context, secretFileOf: (endpointId) => files.get(endpointId) ?? '' });
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HubError('webhook_secret_unusable', `the secret of a webhook can't be read: ${file}`, { cause });
  }
}

function endpointsOf(config: HubConfig): WebhookEndpoint[] {
  return config.webhooks.map(({ id, url, events }) => ({ endpointId: id, url, events }));
}

/** The embedded broker knows only its own agents: a second live hub on the database would not reach them. */
async function assertAlone(store: Store, { clock }: Context, leaseMs: number): Promise<void> {
  if (store.exclusive) return;
  const live = () => store.transaction((tx) => tx.leases.live());
  // A hub that was killed leaves a lease behind, which lapses by itself.
  const untilMono = clock.monoMs() + leaseMs + LOOK_MS;
  while ((await live()).length > 0) {
    if (clock.monoMs() > untilMono) {
      throw new HubError(
        'already_running',
        'another hub is live on this database, and the embedded broker serves one hub only; stop the other one',
      );
    }
    await clock.sleep(LOOK_MS);
  }
}

const LOOK_MS = 500;

/** Brings the schema up to date, as every start does, and tells what that was. */
export async function migrate({ config, context }: { config: HubConfig; context: Context }): Promise<string[]> {
  const database = await openDatabase(config.database, { dataDir: config.dataDir, context });
  try {
    return await database.migrate();
  } finally {
    await database.close();
  }
}
